"""Where a roster is listed, and what a plan of it does to one person."""

from enum import StrEnum
from typing import Final


class SourceKind(StrEnum):
    """A kind of roster source."""

    LTI = "lti"
    CANVAS = "canvas"
    MOODLE = "moodle"
    ONEROSTER = "oneroster"
    ONEROSTER_CSV = "oneroster-csv"
    CSV = "csv"

    @property
    def is_service(self) -> bool:
        """Whether it is asked over the network, by an address and a course of its own."""
        return self in {SourceKind.CANVAS, SourceKind.MOODLE, SourceKind.ONEROSTER}


class StepKind(StrEnum):
    """
    One person's part of a plan.

    Missing people stay for now: they leave when the next listing lacks them too.
    """

    JOIN = "join"
    LEAVE = "leave"
    CHANGE = "change"
    MISSING = "missing"

    @property
    def words(self) -> str:
        """What becomes of the person, after their name."""
        return _WORDS[self]


_WORDS: Final = {
    StepKind.JOIN: "joins",
    StepKind.LEAVE: "leaves",
    StepKind.CHANGE: "changes role",
    StepKind.MISSING: "is not listed any more",
}
