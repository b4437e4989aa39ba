"""
Which key signs, and which are published until when: told by file names and the time alone.

A key's file says in its name when the key begins to sign. One rename is thus one
whole change, and every process that lists the folder comes to the same answer.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

CACHED = timedelta(hours=24)
"""How long platforms may go on with a key set that they have read."""

LONGEST_TOKEN = timedelta(hours=1)
"""The longest life of anything that these keys sign."""

FIRST_NAME = "tool.pem"
"""The one key of installations from before keys could be changed."""

_NAME = re.compile(r"tool-(\d{8}T\d{6}\.\d{6}Z)-([\w-]{43})\.pem", re.ASCII)
_MOMENT = "%Y%m%dT%H%M%S.%fZ"


class State(StrEnum):
    """Where a key is in its life."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"
    SPENT = "spent"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """A key, as its file's name tells of it; that of `FIRST_NAME` tells no `kid`."""

    name: str
    signs_from: datetime
    made_at: datetime
    kid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A key in the state that it has since one moment and until another, if that is known."""

    key: KeyFile
    state: State
    since: datetime
    until: datetime | None


def name_for(kid: str, *, signs_from: datetime) -> str:
    """The name of a key's file."""
    return f"tool-{signs_from.astimezone(UTC).strftime(_MOMENT)}-{kid}.pem"


def key_file(name: str, *, made_at: datetime) -> KeyFile | None:
    """The key that a file of this name holds; None for any other file."""
    if name == FIRST_NAME:
        return KeyFile(name=name, signs_from=datetime.min.replace(tzinfo=UTC), made_at=made_at)
    if not (match := _NAME.fullmatch(name)):
        return None
    try:
        signs_from = datetime.strptime(match[1], _MOMENT).replace(tzinfo=UTC)
    except ValueError:  # thirteen months to a year
        return None
    return KeyFile(name=name, signs_from=signs_from, made_at=made_at, kid=match[2])


def turns(keys: Iterable[KeyFile], now: datetime) -> tuple[Turn, ...]:
    """
    Every key in the order of signing.

    The latest one that has begun signs. Where none has, by a clock that went
    back, the earliest does: there is always one that signs.
    """
    order = sorted(keys, key=lambda key: (key.signs_from, key.kid))
    begun = sum(key.signs_from <= now for key in order)
    active = max(begun - 1, 0)
    return tuple(
        _turn(key, order[place + 1] if place + 1 < len(order) else None, place - active, now)
        for place, key in enumerate(order)
    )


def _turn(key: KeyFile, after: KeyFile | None, distance: int, now: datetime) -> Turn:
    """The turn of the key that is `distance` places behind the active one."""
    if distance > 0:
        return Turn(key=key, state=State.NEXT, since=key.made_at, until=key.signs_from)
    ends = after.signs_from if after else None
    if distance == 0 or ends is None:
        began = key.made_at if key.name == FIRST_NAME else key.signs_from
        return Turn(key=key, state=State.ACTIVE, since=began, until=ends)
    needless = ends + LONGEST_TOKEN + CACHED
    state = State.SPENT if needless <= now else State.RETIRED
    return Turn(key=key, state=state, since=ends, until=needless)
