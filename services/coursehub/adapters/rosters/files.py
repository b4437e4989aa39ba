"""ports.RosterFiles over every kind of file that lists a course's people."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime

from coursehub.adapters.rosters import oneroster_csv, plain
from coursehub.errors import Invalid
from coursehub.ports import RosterFile
from coursehub.vocabulary.roster import SourceKind


def _today() -> date:
    return datetime.now(UTC).date()


class ListFiles:
    """
    Plain CSV files, and OneRoster's in a zip.

    A reading takes a second or two of one core for the largest: give it a
    worker thread.
    """

    def __init__(self, *, today: Callable[[], date] = _today) -> None:
        self._today = today

    def read(
        self, kind: SourceKind, content: bytes, *, course: str, columns: Mapping[str, str]
    ) -> RosterFile:
        """The list; Invalid with line and reason where it cannot be understood."""
        if kind is SourceKind.CSV:
            return plain.read(content, course=course, columns=columns)
        if kind is SourceKind.ONEROSTER_CSV:
            return oneroster_csv.read(content, course=course, today=self._today)
        raise Invalid("roster-kind", "This list is not a file: it is read from its own address.")

    def kinds(self) -> Collection[SourceKind]:
        """The kinds that are files."""
        return (SourceKind.CSV, SourceKind.ONEROSTER_CSV)
