"""What a plan of a roster does to one person."""

from enum import StrEnum


class StepKind(StrEnum):
    """
    One person's part of a plan.

    Missing people stay for now: they leave when the next listing lacks them too.
    """

    JOIN = "join"
    LEAVE = "leave"
    CHANGE = "change"
    MISSING = "missing"
