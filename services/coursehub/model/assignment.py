"""Assignments, their released files, and what was handed in."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from coursehub.model.columns import AsJson, UtcDateTime, new_id, now
from coursehub.model.institution import TenantOwned
from coursehub.vocabulary.terms import LatePolicy


class Assignment(TenantOwned, table=True):
    """
    An nbgrader assignment; `name` is nbgrader's assignment id.

    `release_at` is when it is to be released, `released_at` when it was. The
    late policy is the course's where it has none of its own. The columns are
    the line item in the LMS: label and points are the assignment's where empty.
    """

    __table_args__ = (UniqueConstraint("course_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    name: str
    title: str
    points: float = 0.0
    notebooks: list[str] = Field(default_factory=list, sa_type=AsJson(list[str]))
    release_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    late: LatePolicy | None = Field(default=None, sa_type=AsJson(LatePolicy))
    column_label: str = ""
    column_points: float | None = None
    column_shown: bool = True
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Extension(TenantOwned, table=True):
    """
    More time for a person (by e-mail address or Hub name) or a section.

    It is for one assignment, for one exam, or for every assignment of the
    course where it names neither. Its end is `due_at`, or so much later.
    """

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    assignment_id: int | None = Field(default=None, foreign_key="assignment.id", index=True)
    exam_id: int | None = Field(default=None, foreign_key="exam.id")
    person: str = ""
    section: str = ""
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    by_days: int = 0
    by_seconds: int = 0
    reason: str = ""


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
