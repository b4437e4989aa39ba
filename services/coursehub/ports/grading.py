"""Grading by nbgrader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRequest:
    """
    One submission to grade.

    `files` maps paths within the submission to their blobs' SHA-256; reading
    and feedback need none.
    """

    course: str
    assignment: str
    student: str
    received_at: datetime
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """What nbgrader's gradebook holds for one submission."""

    points: float
    max_points: float
    needs_manual: bool


class Autograder(Protocol):
    """Grading by nbgrader, the student's code in a sandbox, the gradebook outside of it."""

    async def grade(self, request: GradeRequest) -> Grade:
        """Collect and autograde; Invalid with a reason the student can act on, or Unreachable."""
        ...

    async def read(self, request: GradeRequest) -> Grade | None:
        """The grade as the gradebook has it now, manual points included; None before grading."""
        ...

    async def feedback(self, request: GradeRequest) -> Mapping[str, bytes]:
        """Feedback files (HTML) by path, generated from the gradebook as it is now."""
        ...

    async def prepare(self, course: str, assignment: str) -> None:
        """The assignment generated from its source, where it is not in the gradebook yet."""
        ...

    async def close(self) -> None: ...
