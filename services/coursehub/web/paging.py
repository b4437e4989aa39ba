"""
Lists in pages: `?limit=&after=`, where `after` is the cursor that the page before gave.

A cursor holds the sort values of the last item shown, so that a page stays
right while the list grows. It grants nothing: what it says is compared, with
the type it must have, and nothing else.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel

from coursehub.errors import Invalid

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200
_CURSOR_CHARS: Final = 1000
_LARGEST: Final = 2**63 - 1
"""The largest number that a database compares with."""

Key = tuple[str | int, ...]
Row = TypeVar("Row")
Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next` is null on the last."""

    items: list[Item]
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Which part of a list is asked for; read `fetch` rows, one more than are shown."""

    limit: int = DEFAULT_LIMIT
    after: str | None = None

    @property
    def fetch(self) -> int:
        """How many rows tell whether there is a next page."""
        return self.limit + 1

    def position(self, *types: type[str] | type[int]) -> Key | None:
        """The sort values after which the page starts; Invalid unless they have these types."""
        return None if self.after is None else _decoded(self.after, types)

    def page(
        self,
        rows: Sequence[Row],
        *,
        key: Callable[[Row], Key],
        show: Callable[[Row], Item],
    ) -> Page[Item]:
        """The rows as items, and the cursor of the next page if one row more came."""
        shown = rows[: self.limit]
        more = len(rows) > self.limit
        return Page(
            items=[show(row) for row in shown],
            next=cursor(key(shown[-1])) if more else None,
        )


def cursor(key: Key) -> str:
    """The opaque form of sort values."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def _decoded(after: str, types: tuple[type[str] | type[int], ...]) -> Key:
    try:
        padded = after.encode() + b"=" * (-len(after) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as cause:
        raise _bad() from cause
    # `type(...) is`, for a bool is an int to isinstance.
    if not isinstance(values, list) or [type(value) for value in values] != list(types):
        raise _bad()
    if any(isinstance(value, int) and abs(value) > _LARGEST for value in values):
        raise _bad()
    return tuple(values)


def _bad() -> Invalid:
    return Invalid("bad-cursor", "This page of the list does not exist; begin with the first one.")


def _asked(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    after: Annotated[str | None, Query(max_length=_CURSOR_CHARS)] = None,
) -> Paging:
    return Paging(limit=limit, after=after or None)


AskedPage = Annotated[Paging, Depends(_asked)]
