"""Grading by nbgrader."""

from collections.abc import Collection, Mapping
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


@dataclass(frozen=True, slots=True, kw_only=True)
class GradebookStudent:
    """A student as nbgrader's gradebook has them; `id` is the name on the Hub."""

    id: str
    name: str = ""
    email: str = ""


class Gradebooks(Protocol):
    """The students of each course's gradebook."""

    async def has(self, course: str) -> bool:
        """Whether the course has a gradebook yet."""
        ...

    async def enrol(self, course: str, students: Collection[GradebookStudent]) -> int:
        """
        How many were added or renamed; whoever is not among them stays as they are.

        0 for a course without a gradebook; Unreachable while others write to it.
        """
        ...


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
