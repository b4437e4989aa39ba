"""What the exchange answers, as programs read it."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from coursehub.grading.actions.releases import Released
from coursehub.grading.actions.submissions import HandedIn
from coursehub.grading.rules.exchange import FileEntry, notebooks_of

SignedMoment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""A moment as it was signed: pydantic would write another offset, and break the signature."""


class Assignment(BaseModel):
    """An assignment and what students fetch of it; `notebooks` are nbgrader's ids."""

    name: str
    title: str
    points: float
    due_at: datetime | None
    released_at: datetime | None
    notebooks: list[str]
    files: list[FileEntry]


class Receipt(BaseModel):
    """That these files arrived at that time; `signature` is a detached JWS over all the rest."""

    id: str
    course: str
    assignment: str
    student: str
    received_at: SignedMoment
    late_s: float
    files: list[FileEntry]
    signature: str


class Submission(Receipt):
    """A version of someone's work, and what became of it."""

    notebooks: list[str]
    has_feedback: bool
    feedback: list[FileEntry]
    feedback_released_at: datetime | None
    score: float | None


class GivenFeedback(BaseModel):
    """The submission that has feedback now, and its files."""

    submission: str
    files: list[FileEntry]


def assignment_shown(released: Released) -> Assignment:
    """An assignment as it is answered."""
    row = released.assignment
    return Assignment(
        name=row.name,
        title=row.title,
        points=row.points,
        due_at=released.due_at or row.due_at,
        released_at=row.released_at,
        notebooks=notebooks_of(file.path for file in released.files),
        files=list(released.files),
    )


def submission_shown(found: HandedIn) -> Submission:
    """A submission as it is answered: its receipt, word for word, and what followed."""
    return Submission.model_validate(
        {
            **found.receipt.as_json(),
            "signature": found.signature,
            "notebooks": notebooks_of(file.path for file in found.receipt.files),
            "has_feedback": bool(found.feedback),
            "feedback": found.feedback,
            "feedback_released_at": found.feedback_released_at,
            "score": found.score,
        }
    )
