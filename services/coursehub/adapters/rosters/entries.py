"""The entries of a source's JSON: their fields by name, bounded, and nothing else of them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from coursehub.adapters.rosters.reading import LONGEST, MOST_CHARACTERS, MOST_PEOPLE, too_many
from coursehub.adapters.rosters.reading import malformed as malformed_list
from coursehub.errors import Unreachable
from coursehub.ports import Member

_MOST_PARTS: Final = 1_000
_RANK: Final = ("Active", "Inactive", "Deleted")


class Entry:
    """One JSON object of the source that is called `source` in errors."""

    def __init__(self, raw: Any, *, source: str) -> None:
        if not isinstance(raw, dict):
            raise malformed_list(source)
        if any(isinstance(value, str) and len(value) > MOST_CHARACTERS for value in raw.values()):
            raise Unreachable(
                "roster-too-large", f"{source} says more of one person than this Hub takes."
            )
        self._raw: Mapping[str, Any] = raw
        self._source = source

    def id(self, key: str) -> str:
        """The id in that field, a number or a text; Unreachable where there is none."""
        value = self._raw.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
            raise malformed_list(self._source)
        return value

    def text(self, key: str) -> str:
        """The text in that field, cut to what is kept of one; empty where there is none."""
        value = self._raw.get(key)
        return " ".join(value[: 4 * LONGEST].split())[:LONGEST] if isinstance(value, str) else ""

    def flag(self, key: str) -> bool | None:
        """Yes or no, also where the source writes them as words; None where it says neither."""
        value = self._raw.get(key)
        return {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())

    def part(self, key: str) -> "Entry":
        """The object in that field, with no fields where there is none."""
        return Entry(self._raw.get(key) or {}, source=self._source)

    def parts(self, key: str) -> list["Entry"]:
        """The objects of the list in that field."""
        return entries(self._raw.get(key) or [], source=self._source)[:_MOST_PARTS]


def entries(raw: Any, *, source: str) -> list[Entry]:
    """The objects of a JSON list."""
    if not isinstance(raw, list):
        raise malformed_list(source)
    return [Entry(one, source=source) for one in raw]


def together(members: Iterable[Member]) -> list[Member]:
    """
    Each person once, as their best status has them: all its roles and sections.

    A source has an entry for every section that a person is in. Who left one
    section and is in another is in the course.
    """
    found: dict[str, Member] = {}
    for member in members:
        before = found.get(member.subject)
        found[member.subject] = member if before is None else _joined(before, member)
        if len(found) > MOST_PEOPLE:
            raise too_many()
    return list(found.values())


def _joined(one: Member, other: Member) -> Member:
    better, worse = sorted((one, other), key=lambda member: _RANK.index(member.status))
    if better.status != worse.status:
        return better
    return replace(
        better,
        roles=tuple(dict.fromkeys(one.roles + other.roles)),
        sections=tuple(dict.fromkeys(one.sections + other.sections)),
    )
