"""Grading jobs, scores, and the outbox of scores for the LMS."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from coursehub.model.columns import UtcDateTime, now
from coursehub.model.institution import TenantOwned


class JobState(StrEnum):
    """Where a grading job stands."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class GradingJob(TenantOwned, table=True):
    """
    The autograding of one submission: one row, one job, whoever asks and how often.

    A claim ends at `claimed_until` unless its worker, alive, prolongs it; a
    waiting job is not taken up before `next_at`.
    """

    id: int | None = Field(default=None, primary_key=True)
    submission_id: str = Field(foreign_key="submission.id", unique=True)
    state: JobState = Field(default=JobState.WAITING, index=True)
    attempts: int = 0
    asked_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    next_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str = ""


class Score(TenantOwned, table=True):
    """
    What a person has for an assignment, as nbgrader's gradebook holds it.

    `feedback_error` says why the last release brought no feedback on this
    submission; empty if it did, or if there was none. It is safe to show.
    """

    __table_args__ = (UniqueConstraint("assignment_id", "person_id"),)

    id: int | None = Field(default=None, primary_key=True)
    assignment_id: int = Field(foreign_key="assignment.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    submission_id: str = Field(foreign_key="submission.id")
    points: float
    max_points: float
    needs_manual: bool = False
    comment: str = ""
    graded_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    feedback_error: str = Field(default="", sa_column_kwargs={"server_default": ""})


class LineItem(TenantOwned, table=True):
    """The column of an LMS gradebook that an assignment's scores go to."""

    __table_args__ = (UniqueConstraint("assignment_id", "context_id"),)

    id: int | None = Field(default=None, primary_key=True)
    assignment_id: int = Field(foreign_key="assignment.id", index=True)
    context_id: int = Field(foreign_key="coursecontext.id")
    url: str


class OutcomeAddress(TenantOwned, table=True):
    """Where an LTI 1.1 platform takes a person's one score for an assignment."""

    __table_args__ = (UniqueConstraint("assignment_id", "person_id"),)

    id: int | None = Field(default=None, primary_key=True)
    assignment_id: int = Field(foreign_key="assignment.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    service_url: str
    sourcedid: str


class DeliveryState(StrEnum):
    """Where a score's way to the LMS stands; held until a person has marked the rest."""

    WAITING = "waiting"
    HELD = "held"
    DELIVERED = "delivered"
    REFUSED = "refused"


class ScoreDelivery(TenantOwned, table=True):
    """
    The outbox: the latest score that the LMS must hear of, per person and assignment.

    A newer score takes the row back to waiting. `last_error` is safe to show.
    """

    __table_args__ = (UniqueConstraint("assignment_id", "person_id"),)

    id: int | None = Field(default=None, primary_key=True)
    assignment_id: int = Field(foreign_key="assignment.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    points: float
    max_points: float
    comment: str = ""
    scored_at: datetime = Field(sa_type=UtcDateTime)
    state: DeliveryState = Field(default=DeliveryState.WAITING, index=True)
    attempts: int = 0
    next_at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_error: str = ""
