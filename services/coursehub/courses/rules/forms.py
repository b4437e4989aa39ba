"""Forms for a course's settings: what can be changed on its pages, and by which fields."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType
from typing import Final

from coursehub.courses.rules.fields import NAME
from coursehub.courses.rules.settings import Place

OWN_LATE: Final = "own_late"
"""The tick by which an assignment has a late policy of its own."""


class Kind(StrEnum):
    """What a field is like on the page."""

    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"
    DAY = "day"
    WORDS = "words"
    DAYS = "days"
    TICK = "tick"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """
    One field; its name is where its setting stands in the thing, `line_item.label`.

    Left empty, the setting is what it is by default. Fields of a `group` are
    folded away until somebody wants them.
    """

    name: str
    label: str
    kind: Kind = Kind.TEXT
    help: str = ""
    required: bool = False
    group: str = ""

    @property
    def path(self) -> Place:
        """Where its setting stands within the thing."""
        return tuple(self.name.split("."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """
    The fields of one thing of a course, or of one kind of named things.

    `key` is theirs in the course file; a named thing may be made anew.
    """

    key: str
    title: str
    fields: tuple[Field, ...]
    is_named: bool = False
    note: str = ""
    can_be_removed: bool = False

    @property
    def has_own_late(self) -> bool:
        """Whether the thing may have a late policy of its own, which is one setting."""
        return any(field.name == OWN_LATE for field in self.fields)

    @property
    def groups(self) -> tuple[tuple[str, tuple[Field, ...]], ...]:
        """Its fields in their order, by what they are folded away under."""
        return tuple((key, tuple(of)) for key, of in groupby(self.fields, lambda f: f.group))

    def fault_of_name(self, name: str) -> str:
        """What is wrong with a name for such a thing; empty where nothing is."""
        if not self.is_named or re.match(NAME, name):
            return ""
        return "Write a name of letters, digits, hyphens, dots and underscores, 64 at most."

    def place(self, name: str) -> Place:
        """Where the thing's settings stand."""
        return (self.key, name) if self.is_named else (self.key,)


_LATE_WORK: Final = "Late work"
_COLUMN: Final = "Column in the LMS"
_LENGTH: Final = "Such as 15 minutes, 12 hours or 2 days."
_MEMORY: Final = "Such as 512M or 2G; the Hub's own where it is empty."
_LATE: Final = (
    Field(name="late.grace", label="Grace", help=f"Late by less costs nothing. {_LENGTH}"),
    Field(name="late.per_day", label="Points off a day", help="A share of the points, like 10%."),
    Field(name="late.at_most", label="Points off at most", help="Like 50%."),
    Field(name="late.closes", label="Closes after", help=f"Nothing is taken later. {_LENGTH}"),
)


def _bare(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The same fields where what they are of is the thing itself."""
    return tuple(replace(field, name=field.name.partition(".")[2]) for field in fields)


def _limits(role: str, label: str) -> tuple[Field, ...]:
    return (
        Field(name=f"{role}.memory", label=f"Memory {label}", help=_MEMORY),
        Field(name=f"{role}.cpu", label=f"Cores {label}", kind=Kind.NUMBER),
        Field(name=f"{role}.disk", label=f"Disk {label}", help=_MEMORY),
    )


_FORMS: Final = (
    Form(
        key="term",
        title="Term",
        note="Due moments stay when the term's days move: for another term, begin a new one. In "
        "another time zone they keep the time that the clock on the wall shows.",
        fields=(
            Field(name="starts", label="First day", kind=Kind.DAY, required=True),
            Field(name="ends", label="Last day", kind=Kind.DAY),
            Field(
                name="time_zone", label="Time zone", help="Such as America/Toronto.", required=True
            ),
            Field(
                name="holidays",
                label="Days without teaching",
                kind=Kind.DAYS,
                help="One on a line: 2027-03-26, or 2027-02-15/2027-02-19 Reading week.",
            ),
        ),
    ),
    Form(
        key="late",
        title="Late work",
        note="For every assignment that has no policy of its own.",
        fields=_bare(_LATE),
    ),
    Form(
        key="assignments",
        title="Assignment",
        is_named=True,
        note="Its notebooks are made in the grader, in the folder of the same name.",
        fields=(
            Field(name="title", label="Title", required=True),
            Field(name="points", label="Points", kind=Kind.NUMBER),
            Field(
                name="release", label="Release", kind=Kind.MOMENT, help="By hand where it is empty."
            ),
            Field(name="due", label="Due", kind=Kind.MOMENT),
            Field(
                name=OWN_LATE,
                label="A late policy of its own",
                kind=Kind.TICK,
                help="Without it, the course's holds.",
                group=_LATE_WORK,
            ),
            *(replace(field, group=_LATE_WORK) for field in _LATE),
            Field(
                name="line_item.shown",
                label="Has a column in the LMS's gradebook",
                kind=Kind.TICK,
                group=_COLUMN,
            ),
            Field(
                name="line_item.label",
                label="The column's title",
                help="Its own where it is empty.",
                group=_COLUMN,
            ),
        ),
    ),
    Form(
        key="modules",
        title="Module",
        is_named=True,
        fields=(
            Field(name="title", label="Title", required=True),
            Field(
                name="source",
                label="Repository",
                help="Its git address, like https://git.example.edu/data8/materials.git.",
                required=True,
            ),
            Field(name="path", label="Folder in it", help="Such as 01-tables.", required=True),
            Field(
                name="pin",
                label="Commit, tag or branch",
                help="The newest of the main branch where it is empty.",
            ),
            Field(
                name="release", label="Release", kind=Kind.MOMENT, help="At once where it is empty."
            ),
        ),
    ),
    Form(
        key="exams",
        title="Exam",
        is_named=True,
        can_be_removed=True,
        note="Some hours with limits of their own.",
        fields=(
            Field(name="title", label="Title", required=True),
            Field(name="starts", label="Begins", kind=Kind.MOMENT, required=True),
            Field(name="ends", label="Ends", kind=Kind.MOMENT, required=True),
            Field(
                name="assignments",
                label="Assignments written in it",
                kind=Kind.WORDS,
                help="Their names, with spaces between.",
            ),
            Field(name="quota.memory", label="Memory of a server", help=_MEMORY),
            Field(name="quota.cpu", label="Cores of a server", kind=Kind.NUMBER),
            Field(name="seats", label="Servers at once", kind=Kind.NUMBER),
        ),
    ),
    Form(
        key="quotas",
        title="Limits",
        fields=(
            *_limits("student", "of a student"),
            *_limits("ta", "of a teaching assistant"),
            *_limits("instructor", "of an instructor"),
            Field(
                name="seats",
                label="Servers at once",
                kind=Kind.NUMBER,
                help="The next person is asked to wait.",
            ),
        ),
    ),
    Form(
        key="budget",
        title="Budget",
        fields=(
            Field(name="total", label="For the whole term", help="Such as 500 USD."),
            Field(name="per_student", label="For each student", help="Such as 3 USD."),
            Field(name="warn_at", label="Warn at", help="A share of it, like 80%."),
        ),
    ),
)
FORMS: Final[Mapping[str, Form]] = MappingProxyType({form.key: form for form in _FORMS})
