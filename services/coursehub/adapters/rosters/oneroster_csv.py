"""
OneRoster's CSV files in a zip, 1.1 and 1.2: bulk ones, and deltas.

In 1.2 a person's roles are in roles.csv; the role in a class is the
enrolment's in both. A delta names those alone who came, changed or left, and
is no whole list.

Sources: OneRoster 1.1, CSV tables; OneRoster 1.2 CSV binding.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from coursehub.adapters.rosters.archives import files_of
from coursehub.adapters.rosters.entries import together
from coursehub.adapters.rosters.oneroster_words import roles_of, status_of, worse_of
from coursehub.adapters.rosters.reading import LONGEST, MOST_PEOPLE
from coursehub.adapters.rosters.tables import Row, rows, text_of
from coursehub.errors import Invalid, Missing
from coursehub.ports import Member, RosterFile

_WANTED: Final = frozenset({"manifest.csv", "users.csv", "enrollments.csv", "classes.csv"})
_NEEDED: Final = {
    "users.csv": ("sourcedId", "givenName", "familyName"),
    "enrollments.csv": ("classSourcedId", "userSourcedId", "role"),
    "classes.csv": ("sourcedId", "title"),
    "manifest.csv": ("propertyName", "value"),
}
_VERSIONS: Final = frozenset({"", "1.0", "1.1", "1.2"})
_MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of one of the files: its number, and its cells by column."""

    number: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """What the column holds, cut to what is kept; empty where the file has no such column."""
        return self.cells.get(column, "")[:LONGEST]


_NOBODY: Final = _Line(0, MappingProxyType({}))


def read(content: bytes, *, course: str, today: Callable[[], date]) -> RosterFile:
    """The people of class `course`, else of the only one; Invalid where the files do not tell."""
    files = files_of(content, wanted=_WANTED)
    manifest = {
        one.text("propertyName"): one.text("value")
        for one in _lines(files, "manifest.csv", needed=False)
    }
    if manifest.get("oneroster.version", "") not in _VERSIONS:
        raise Invalid("roster-file", "This OneRoster export is of a version other than 1.1 or 1.2.")
    delta = "delta" in {manifest.get("file.enrollments"), manifest.get("file.users")}
    enrolments = _lines(files, "enrollments.csv")
    classes = {one.text("sourcedId"): one for one in _lines(files, "classes.csv", needed=False)}
    users = {one.text("sourcedId"): one for one in _lines(files, "users.csv", needed=not delta)}
    chosen = _chosen(course, {one.text("classSourcedId") for one in enrolments} | set(classes))
    title = classes.get(chosen, _NOBODY).text("title")
    members = []
    for one in enrolments:
        if one.text("classSourcedId") == chosen:
            user = users.get(one.text("userSourcedId"))
            if user is None and not delta:
                raise Invalid(
                    "roster-line",
                    f"Line {one.number} of enrollments.csv names somebody of whom users.csv says "
                    "nothing.",
                )
            members.append(_member(one, user or _NOBODY, title, today=today()))
    return RosterFile(members=_bounded(members), columns={}, is_whole=not delta)


def _bounded(members: list[Member]) -> tuple[Member, ...]:
    if len({member.subject for member in members}) > MOST_PEOPLE:
        raise Invalid("roster-file-size", f"The list has more than {MOST_PEOPLE:,} people.")
    return tuple(together(members))


def _lines(files: Mapping[str, bytes], name: str, *, needed: bool = True) -> list[_Line]:
    """A file's lines; Invalid where the file is needed and not there, or cannot be understood."""
    if name not in files:
        if not needed:
            return []
        raise Invalid("roster-file", f"The archive has no {name}.")
    every = rows(text_of(files[name]), separator=",")
    header = next(every, Row(1, ()))
    for column in _NEEDED[name]:
        if column not in header.cells:
            shown = ", ".join(one[:40] for one in header.cells[:_MOST_SHOWN] if one) or "none"
            raise Invalid(
                "roster-columns", f"{name} has no column {column}. The columns are: {shown}."
            )
    return [_line(row, header, name) for row in every]


def _line(row: Row, header: Row, name: str) -> _Line:
    width = len(header.cells)
    if any(row.cells[width:]):
        raise Invalid("roster-line", f"Line {row.line} of {name} has more cells than its header.")
    cells = dict(zip(header.cells, (*row.cells, *[""] * width), strict=False))
    for column in _NEEDED[name]:
        if column.lower().endswith("sourcedid") and not 0 < len(cells[column]) <= LONGEST:
            raise Invalid("roster-line", f"Line {row.line} of {name} has no usable {column}.")
    return _Line(row.line, cells)


def _chosen(course: str, there: set[str]) -> str:
    """The class to read: the one that was said, else the only one there is."""
    if course:
        if course not in there:
            raise Missing("roster-course", "The export has no class of that id.")
        return course
    if len(there) != 1:
        raise Invalid("roster-course", f"The export has {len(there)} classes: say the id of yours.")
    return next(iter(there))


def _member(enrolment: _Line, user: _Line, title: str, *, today: date) -> Member:
    enrolled = status_of(
        enrolment.text("status"),
        begins=enrolment.text("beginDate"),
        ends=enrolment.text("endDate"),
        today=today,
    )
    enabled = "Inactive" if user.text("enabledUser").lower() == "false" else "Active"
    first = user.text("preferredGivenName") or user.text("givenName")
    last = user.text("preferredFamilyName") or user.text("familyName")
    return Member(
        subject=enrolment.text("userSourcedId"),
        roles=roles_of(enrolment.text("role")),
        status=worse_of(enrolled, enabled, status_of(user.text("status"), today=today)),
        name=" ".join(part for part in (first, last) if part)[:LONGEST],
        email=user.text("email"),
        sections=(title,) if title else (),
        login=user.text("username"),
        sis_id=user.text("userMasterIdentifier") or user.text("identifier"),
    )
