"""Listings of a course's roster, what was planned from them, and what was done."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from coursehub.model.columns import Lines, UtcDateTime, now
from coursehub.model.institution import TenantOwned
from coursehub.vocabulary.people import Role
from coursehub.vocabulary.roster import StepKind


class RosterSync(TenantOwned, table=True):
    """
    One listing of a course's people, the plan made from it, and what became of that.

    `by`, `applied_by` and `undone_by` are Hub names; `by` is empty for the
    schedule, `applied_by` where nobody had to be asked.
    The counts are of the steps; `waiting` ones were not done. `error` is safe
    to show; `error_code` is the code of errors.py. Until it has finished, it is
    at `progress` of `goal` in its `stage`; a goal of 0 is not known.
    Where only what had changed was read, it is what changed since `changes_since`.
    """

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    platform_id: int | None = Field(default=None, foreign_key="platform.id")
    source: str = "nrps"
    by: str = ""
    started_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    applied_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    applied_by: str = ""
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_by: str = ""
    changes_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    listed: int = 0
    joined: int = 0
    left: int = 0
    missing: int = 0
    changed: int = 0
    unchanged: int = 0
    unplaced: int = 0
    waiting: int = 0
    error: str = ""
    error_code: str = ""
    stage: str = ""
    progress: int = 0
    goal: int = 0


class RosterReading(TenantOwned, table=True):
    """
    One list's part of a sync: how many it named, or why it could not be believed.

    It is an LMS course's, or that of another source, by its name.
    """

    id: int | None = Field(default=None, primary_key=True)
    sync_id: int = Field(foreign_key="rostersync.id", index=True)
    context_id: int | None = Field(default=None, foreign_key="coursecontext.id")
    source: str = ""
    listed: int = 0
    error: str = ""
    error_code: str = ""


class RosterDifferences(TenantOwned, table=True):
    """
    Where an LMS tells what changes in a list that was read and taken over entirely.

    Of use while the list's address is `roster_url` and the course's people are
    as the `fingerprint` marks them; the whole list was last read at `whole_at`.
    """

    id: int | None = Field(default=None, primary_key=True)
    context_id: int = Field(foreign_key="coursecontext.id", unique=True)
    roster_url: str
    url: str
    fingerprint: str
    read_at: datetime = Field(sa_type=UtcDateTime)
    whole_at: datetime = Field(sa_type=UtcDateTime)


class RosterStep(TenantOwned, table=True):
    """
    One person's part of a plan: the role before and after it, None where there is none.

    Sections are by their names. The person may not be here before it is done.
    `done` until it is undone.
    """

    id: int | None = Field(default=None, primary_key=True)
    sync_id: int = Field(foreign_key="rostersync.id", index=True)
    kind: StepKind
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    issuer: str = ""
    subject: str
    name: str = ""
    email: str = ""
    before: Role | None = None
    after: Role | None = None
    sections_before: tuple[str, ...] = Field(default=(), sa_type=Lines)
    sections_after: tuple[str, ...] = Field(default=(), sa_type=Lines)
    done: bool = False


class HubProblem(TenantOwned, table=True):
    """Somebody of a course whom the Hub did not take: why, how often, and when it is next asked."""

    __table_args__ = (UniqueConstraint("course_id", "person_id"),)

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    reason: str = ""
    tries: int = 0
    since: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    next_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class StaffChange(TenantOwned, table=True):
    """
    A change of somebody's role from, to or within a course's staff, kept for ever.

    The role is None where they were not in the course. `source` is launch, undo,
    or that of the list; `by` is a Hub name, empty for the schedule and for a launch.
    """

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    before: Role | None = None
    after: Role | None = None
    source: str
    by: str = ""
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    sync_id: int | None = Field(default=None, foreign_key="rostersync.id")
