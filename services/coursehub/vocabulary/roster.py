"""Where a roster is listed, who is in which section, and what a plan does to one person."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from coursehub.vocabulary.people import Role

LONGEST_SECTION: Final = 120
"""Characters of a section's name that are kept."""


class SourceKind(StrEnum):
    """A kind of roster source."""

    LTI = "lti"
    CANVAS = "canvas"
    MOODLE = "moodle"
    ONEROSTER = "oneroster"
    ONEROSTER_CSV = "oneroster-csv"
    CSV = "csv"

    @property
    def words(self) -> str:
        """The kind, as people call it."""
        return _KINDS[self]

    @property
    def is_service(self) -> bool:
        """Whether it is asked over the network, by an address and a course of its own."""
        return self in {SourceKind.CANVAS, SourceKind.MOODLE, SourceKind.ONEROSTER}


_KINDS: Final = {
    SourceKind.LTI: "the LMS",
    SourceKind.CANVAS: "Canvas",
    SourceKind.MOODLE: "Moodle",
    SourceKind.ONEROSTER: "OneRoster",
    SourceKind.ONEROSTER_CSV: "OneRoster file",
    SourceKind.CSV: "file",
}


class StepKind(StrEnum):
    """
    One person's part of a plan.

    Missing people stay for now: they leave when the next listing lacks them too.
    """

    JOIN = "join"
    LEAVE = "leave"
    CHANGE = "change"
    SECTION = "section"
    MISSING = "missing"

    @property
    def words(self) -> str:
        """What becomes of the person, after their name."""
        return _WORDS[self]


_WORDS: Final = {
    StepKind.JOIN: "joins",
    StepKind.LEAVE: "leaves",
    StepKind.CHANGE: "changes role",
    StepKind.SECTION: "changes section",
    StepKind.MISSING: "is not listed any more",
}


class Stage(StrEnum):
    """What a sync is doing."""

    READING = "reading"
    PLANNING = "planning"
    ACCOUNTS = "accounts"
    GROUPS = "groups"

    @property
    def words(self) -> str:
        """The stage as people read it."""
        return _STAGES[self]


_STAGES: Final = {
    Stage.READING: "Reading the list from the LMS",
    Stage.PLANNING: "Comparing the list with the course",
    Stage.ACCOUNTS: "Making accounts on the Hub",
    Stage.GROUPS: "Changing the groups on the Hub",
}


def section_name(said: str) -> str:
    """A section's name as it is kept: in one line, no longer than pages show."""
    return " ".join(said.split())[:LONGEST_SECTION].rstrip()


def assisted(
    role: Role, sections: Collection[str], *, whole: Collection[str] = ()
) -> frozenset[str] | None:
    """
    The sections whose students somebody of the staff looks after; None for the whole course.

    A teaching assistant who is in sections has those; one who is in none, and
    an instructor, have everybody. `whole` sections are LMS courses of their
    own: who is in a smaller one besides has that alone.
    """
    if role is not Role.TA or not sections:
        return None
    return frozenset(sections) - frozenset(whole) or frozenset(sections)


def may_see(
    role: Role, sections: Collection[str], of: Collection[str], *, whole: Collection[str] = ()
) -> bool:
    """Whether that member of the staff looks after somebody who is in the sections `of`."""
    mine = assisted(role, sections, whole=whole)
    return role.is_staff and (mine is None or not mine.isdisjoint(of))
