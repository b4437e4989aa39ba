"""
A list as a plain CSV file, of Canvas, Moodle, Banner or somebody's own making.

Without a column of roles everybody is a student. Nobody is lost in silence: a
line that holds somebody and cannot be understood makes the whole file Invalid,
and a line that holds nobody is told of.
"""

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from coursehub.adapters.rosters import headings, words
from coursehub.adapters.rosters.entries import together
from coursehub.adapters.rosters.headings import Columns
from coursehub.adapters.rosters.reading import LONGEST, MOST_PEOPLE
from coursehub.adapters.rosters.tables import SEPARATORS, Row, rows, separator_of, text_of
from coursehub.errors import Invalid, Missing
from coursehub.ports import Member, RosterFile

_TITLES: Final = 30
"""Among how many first lines the header is looked for: reports begin with titles."""
_MOST_TOLD: Final = 100
_MOST_FAULTS: Final = 5
_FEW_COLUMNS: Final = 3
# What Moodle writes where somebody is in none.
_NO_GROUP: Final = frozenset(
    {"no groups", "aucun groupe", "sin grupos", "no hay grupos", "keine gruppen", "sem grupos"}
)
# Canvas's own lines in a gradebook, in English whatever the language (gradebook_exporter.rb).
_POINTS: Final = "Points Possible"
_MANUAL: Final = "Manual Posting"
_TEST_STUDENT: Final = "Test Student"


@dataclass(slots=True)
class _Told:
    """What is said of lines: faults end the reading, the rest is told with the list."""

    skipped: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def end(self) -> tuple[str, ...]:
        """The sentences; Invalid where there are faults."""
        if self.faults:
            more = len(self.faults) - _MOST_FAULTS
            rest = [f"And {more} more lines."] if more > 0 else []
            raise Invalid("roster-line", " ".join([*self.faults[:_MOST_FAULTS], *rest]))
        more = len(self.skipped) - _MOST_TOLD
        return (*self.skipped[:_MOST_TOLD], *([f"And {more} more lines."] if more > 0 else []))


def read(content: bytes, *, course: str, columns: Mapping[str, str]) -> RosterFile:
    """The list; Invalid, with line and reason, where it cannot be understood."""
    headings.require_known(columns)
    header, found, lines = _table(text_of(content), columns)
    headings.require(found, header.cells, columns)
    told = _Told()
    taken = _of_course(lines, found, course)
    people = [row for row in taken if _holds_somebody(row, header, found, told)]
    found = found.by(_best_known(people, found))
    members = [(row.line, member) for row in people if (member := _member(row, found, told))]
    once = _once(members, told)
    return RosterFile(members=tuple(once), columns=found.named, skipped=told.end())


def _table(text: str, known: Mapping[str, str]) -> tuple[Row, Columns, list[Row]]:
    """Header and lines below it, by the separator with which the header is told best."""
    best: tuple[Columns, Row, str] | None = None
    failed: Invalid | None = None
    for separator in separator_of(text) or SEPARATORS:
        try:
            titles = list(itertools.islice(rows(text, separator=separator), _TITLES))
        except Invalid as error:
            failed = failed or error
            continue
        for row in titles:
            columns = Columns(row.cells, known=known)
            if best is None or columns.score > best[0].score:
                best = (columns, row, separator)
    if best is None or (failed and not best[0].identifying):
        raise failed or Invalid("roster-file", "The file is empty.")
    columns, header, separator = best
    below = (row for row in rows(text, separator=separator) if row.line > header.line)
    return header, columns, list(below)


def _of_course(lines: list[Row], columns: Columns, course: str) -> list[Row]:
    """The lines of one course, where the file has several (Canvas's enrollments.csv)."""
    if columns.place("course") is None:
        return lines
    if course:
        mine = [row for row in lines if _cell(row, columns, "course") == course]
        if not mine:
            raise Missing("roster-course", "The file has no course of that id.")
        return mine
    if len({_cell(row, columns, "course") for row in lines} - {""}) > 1:
        raise Invalid("roster-course", "The file lists several courses: say the id of yours.")
    return lines


def _best_known(people: list[Row], columns: Columns) -> str:
    """What people are known by: as it was said, else the best that all of them have."""
    if columns.place(headings.PERSON) is None:
        for holds in headings.IDENTIFYING:
            if columns.place(holds) is not None and all(
                _cell(row, columns, holds) for row in people
            ):
                return holds
    return columns.identifying


def _holds_somebody(row: Row, header: Row, columns: Columns, told: _Told) -> bool:
    if row.cells == header.cells:
        told.skipped.append(f"Line {row.line} is the header again.")
    elif _is_canvas_own(row, columns):
        told.skipped.append(f"Line {row.line} is Canvas's own and holds nobody.")
    elif row.filled == 1 and header.filled >= _FEW_COLUMNS:
        told.skipped.append(f"Line {row.line} has one cell alone and holds nobody.")
    else:
        return True
    return False


def _is_canvas_own(row: Row, columns: Columns) -> bool:
    if row.cells[0] == _POINTS or _name(row, columns) == _TEST_STUDENT:
        return True
    return all(cell.startswith(_MANUAL) for cell in row.cells if cell)


def _member(row: Row, columns: Columns, told: _Told) -> Member | None:
    """The person of a line; None where it is at fault, which is told."""
    key = _cell(row, columns, columns.identifying)
    if any(row.cells[len(columns) :]):
        told.faults.append(f"Line {row.line} has more cells than the header.")
    elif not key or len(key) > LONGEST or (columns.identifying == "email" and "@" not in key):
        name = columns.named[headings.PERSON][:40]
        told.faults.append(f"Line {row.line} does not say who it is of in the column {name}.")
    else:
        return Member(
            subject=key.lower() if columns.identifying == "email" else key,
            roles=_roles(row, columns, told),
            status=_status(row, columns, told),
            name=_name(row, columns)[:LONGEST],
            email=_cell(row, columns, "email")[:LONGEST],
            sections=_sections(row, columns),
            login=_cell(row, columns, "login")[:LONGEST],
            sis_id=_cell(row, columns, "sis_id")[:LONGEST],
        )
    return None


def _cell(row: Row, columns: Columns, holds: str) -> str:
    place = columns.place(holds)
    return row.cells[place] if place is not None and place < len(row.cells) else ""


def _roles(row: Row, columns: Columns, told: _Told) -> tuple[str, ...]:
    if columns.place("role") is None:
        return ("Learner",)
    roles = words.roles_of(_cell(row, columns, "role")[:LONGEST])
    if roles is None:
        told.skipped.append(f"Line {row.line} names a role that is not known; it counts as none.")
    return roles or ()


def _status(row: Row, columns: Columns, told: _Told) -> str:
    status = words.status_of(_cell(row, columns, "status")[:LONGEST])
    if status is None:
        told.skipped.append(
            f"Line {row.line} names a status that is not known; the person counts as active."
        )
    return status or "Active"


def _name(row: Row, columns: Columns) -> str:
    """The name as it is said aloud, also where the list has "Last, First"."""
    whole = _cell(row, columns, "name")
    first, last = (_cell(row, columns, one) for one in ("first_name", "last_name"))
    if first or last:  # beside "Vorname", "Name" is the family's
        return " ".join(part for part in (first, last or whole) if part)
    last, comma, first = whole.partition(",")
    if not comma or "," in first or not first.strip():
        return f"{last}{comma}{first}".strip()
    return f"{first.strip()} {last.strip()}"


def _sections(row: Row, columns: Columns) -> tuple[str, ...]:
    groups = re.split(r"[,;]", _cell(row, columns, "groups"))
    every = (_cell(row, columns, "section"), *(group.strip() for group in groups))
    named = (one[:LONGEST] for one in every if one and one.casefold() not in _NO_GROUP)
    return tuple(dict.fromkeys(named))


def _once(members: Iterable[tuple[int, Member]], told: _Told) -> list[Member]:
    """Each person once; a line that gives somebody else's id to another name is at fault."""
    first: dict[str, tuple[int, Member]] = {}
    kept: list[Member] = []
    for line, member in members:
        before_line, before = first.setdefault(member.subject, (line, member))
        if before_line == line:
            kept.append(member)
        elif before.name and member.name and before.name.casefold() != member.name.casefold():
            told.faults.append(f"Line {line} has the id of line {before_line}, but another name.")
        else:
            told.skipped.append(f"Line {line} is of the same person as line {before_line}.")
            kept.append(member)
        if len(first) > MOST_PEOPLE:
            raise Invalid("roster-file-size", f"The list has more than {MOST_PEOPLE:,} people.")
    return together(kept)
