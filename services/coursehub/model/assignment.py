"""Assignments, their released files, and what was handed in."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from coursehub.model.columns import UtcDateTime, new_id, now
from coursehub.model.institution import TenantOwned


class Assignment(TenantOwned, table=True):
    """An nbgrader assignment; `name` is nbgrader's assignment id."""

    __table_args__ = (UniqueConstraint("course_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    name: str
    title: str
    points: float = 0.0
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ReleasedFile(TenantOwned, table=True):
    """A file of the version that students fetch, kept as a blob."""

    __table_args__ = (UniqueConstraint("assignment_id", "path"),)

    id: int | None = Field(default=None, primary_key=True)
    assignment_id: int = Field(foreign_key="assignment.id", index=True)
    path: str
    sha256: str
    size_bytes: int


class Submission(TenantOwned, table=True):
    """
    One whole submission: a version of someone's work, never changed afterwards.

    `idempotency_key` makes a retry find the first; `digest` (of its manifest)
    tells a retry from another upload under the same key. `signature` is the
    receipt's, kept so that it outlives a change of keys.
    """

    __table_args__ = (UniqueConstraint("assignment_id", "person_id", "idempotency_key"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    assignment_id: int = Field(foreign_key="assignment.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    received_at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)
    digest: str
    idempotency_key: str = Field(default_factory=new_id)
    late_s: float = 0.0
    signature: str = ""


class SubmittedFile(TenantOwned, table=True):
    """A file of a submission, kept as a blob under its SHA-256."""

    __table_args__ = (UniqueConstraint("submission_id", "path"),)

    id: int | None = Field(default=None, primary_key=True)
    submission_id: str = Field(foreign_key="submission.id", index=True)
    path: str
    sha256: str
    size_bytes: int


class FeedbackFile(TenantOwned, table=True):
    """A file of the feedback on a submission, released to its author."""

    __table_args__ = (UniqueConstraint("submission_id", "path"),)

    id: int | None = Field(default=None, primary_key=True)
    submission_id: str = Field(foreign_key="submission.id", index=True)
    path: str
    sha256: str
    size_bytes: int
    released_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
