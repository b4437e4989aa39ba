"""Pages of a list, and the address of the next one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from fastapi import Request
from starlette.datastructures import URL

from coursehub_demo_lms.errors import Refusal

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
LAST_PAGE = 1_000_000

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page, and the page after it if there is one."""

    items: list[Item]
    number: int
    next_url: str


def page_of(
    items: Iterable[Item], request: Request, *, base: str, most: int = MAX_LIMIT
) -> Page[Item]:
    """The page that the query asks for; `limit` above the maximum is lowered to it."""
    limit = min(positive(request, "limit", DEFAULT_LIMIT), most)
    number = positive(request, "page", 1)
    start = (number - 1) * limit
    rest: Iterator[Item] = islice(items, start, start + limit + 1)
    found = list(rest)
    more = len(found) > limit
    return Page(
        items=found[:limit],
        number=number,
        next_url=page_url(request, base=base, limit=limit, page=number + 1) if more else "",
    )


def page_url(request: Request, *, base: str, limit: int, page: int) -> str:
    """The same request for another page: every filter is kept."""
    asked = URL(f"{base}?{request.url.query}")
    return str(asked.include_query_params(limit=limit, page=page))


def positive(request: Request, name: str, default: int) -> int:
    """A whole number above zero from the query."""
    value = request.query_params.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and 0 < int(value[:9]) <= LAST_PAGE):
        raise Refusal(400, f"bad-{name}", f"{name} is not a whole number above zero.")
    return int(value)
