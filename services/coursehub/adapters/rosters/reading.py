"""The bounds within which one list is read: pages, people and time."""

import time
from collections.abc import Iterable
from typing import Final

from coursehub.errors import Unreachable

MOST_PEOPLE: Final = 100_000
LONGEST: Final = 255
"""The most characters of a name, an address or an id."""
MOST_CHARACTERS: Final = 100_000
"""The most characters of any one field: more is no entry of a person."""
_MOST_PAGES: Final = 2_000
_MOST_ENTRIES: Final = 500_000  # a person may have several: one for each section
_MOST_S: Final = 1_800.0


class Reading:
    """One list's reading; it ends with an error where the list would not end by itself."""

    def __init__(self, *, most_s: float = _MOST_S) -> None:
        self._ends = time.monotonic() + most_s
        self._pages: set[str] = set()
        self._entries: set[str] = set()

    def turn(self, page: str) -> None:
        """Nothing, if that page may be asked for."""
        if page in self._pages or len(self._pages) >= _MOST_PAGES:
            raise _endless()
        if time.monotonic() > self._ends:
            raise Unreachable("roster-slow", "The list's source takes too long to give it.")
        self._pages.add(page)

    def new(self, entries: Iterable[str]) -> set[str]:
        """Those of a page's entries that no page before had; there must be some."""
        listed = set(entries)
        new = listed - self._entries
        if listed and not new:
            raise _endless()
        self._entries |= new
        if len(self._entries) > _MOST_ENTRIES:
            raise too_many()
        return new


def too_many() -> Unreachable:
    """The error for a list of more people than a Hub takes."""
    return Unreachable("roster-too-large", f"The list has more than {MOST_PEOPLE:,} people.")


def malformed(source: str) -> Unreachable:
    """The error for an answer of a source, called by its name, that cannot be read."""
    return Unreachable("roster-malformed", f"{source} gave a list that cannot be read.")


def _endless() -> Unreachable:
    return Unreachable("roster-endless", "The list's source gives the same page again and again.")
