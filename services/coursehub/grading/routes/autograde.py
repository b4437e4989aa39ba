"""Autograding over HTTP: jobs, scores and feedback of one assignment, for its staff."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from coursehub.grading.actions import autograde, feedback, scoring
from coursehub.grading.actions.autograde import JobLine
from coursehub.grading.actions.desk import Desk
from coursehub.grading.actions.scoring import Standing
from coursehub.web.house import InHouse
from coursehub.web.identity import IsStaff
from coursehub.web.paging import AskedPage, Page, Paging

api = APIRouter(prefix="/api/v1", tags=["autograding"])

_ASSIGNMENT = "/courses/{course}/assignments/{assignment}"


class Asked(BaseModel):
    """Whose submissions to grade; everyone's where `students` is null."""

    model_config = ConfigDict(extra="forbid")

    students: Annotated[list[str], Field(max_length=10_000)] | None = None


class Queued(BaseModel):
    """How many submissions are waiting to be graded."""

    jobs: int


class Refreshed(BaseModel):
    """How many scores were read, and how many of them must go to the LMS."""

    scores: int
    queued: int


class WithheldFeedback(BaseModel):
    """A student who is graded and has no feedback, and why."""

    student: str
    reason: str


class ReleasedFeedback(BaseModel):
    """How many submissions have feedback now, and whose could not be released."""

    released: int
    failed: list[WithheldFeedback]


class Job(BaseModel):
    """One grading job."""

    student: str
    state: str
    reason: str
    attempts: int


class ScoreLine(BaseModel):
    """What we have for a student, and what became of it on its way to the LMS."""

    student: str
    points: float
    max_points: float
    needs_manual: bool
    graded_at: datetime
    state: str
    attempts: int
    last_error: str
    delivered_at: datetime | None


@api.post(f"{_ASSIGNMENT}/autograde", status_code=202)
async def post_autograde(assignment: str, staff: IsStaff, house: InHouse, asked: Asked) -> Queued:
    """Jobs for the counted submissions; the schedule takes them up."""
    jobs = await asyncio.to_thread(
        autograde.ask,
        house.store,
        staff.course_key,
        assignment,
        asked.students,
        at=house.clock.now(),
    )
    return Queued(jobs=jobs)


@api.get(f"{_ASSIGNMENT}/jobs")
def get_jobs(assignment: str, staff: IsStaff, house: InHouse, paging: AskedPage) -> Page[Job]:
    """Where each job stands, and why it failed."""
    rows = autograde.jobs(
        house.store,
        course=staff.course_key,
        assignment=assignment,
        after=_after(paging),
        limit=paging.fetch,
    )
    return paging.page(rows, key=lambda row: (row.job_id,), show=_job)


@api.post(f"{_ASSIGNMENT}/scores")
async def post_scores(assignment: str, staff: IsStaff, house: InHouse) -> Refreshed:
    """Every grade read again from the gradebook, manual points included; changed ones go out."""
    scores, queued = await scoring.refresh(
        house.store,
        house.autograder,
        house.clock,
        course=staff.course_key,
        assignment=assignment,
    )
    return Refreshed(scores=scores, queued=queued)


@api.get(f"{_ASSIGNMENT}/scores")
def get_scores(
    assignment: str, staff: IsStaff, house: InHouse, paging: AskedPage
) -> Page[ScoreLine]:
    """Per student: the score, and how far it got on its way to the LMS."""
    rows = scoring.standings(
        house.store,
        course=staff.course_key,
        assignment=assignment,
        after=_after(paging),
        limit=paging.fetch,
    )
    return paging.page(rows, key=lambda row: (row.person_id,), show=_line)


@api.post(f"{_ASSIGNMENT}/feedback")
async def post_feedback(assignment: str, staff: IsStaff, house: InHouse) -> ReleasedFeedback:
    """Feedback made and released for everyone who is graded; whoever it failed for, with why."""
    desk = Desk(
        store=house.store,
        blobs=house.blobs,
        institution_id=staff.institution_id,
        course_id=staff.course_id,
        course_key=staff.course_key,
    )
    released = await feedback.release(desk, house.autograder, house.clock, assignment)
    failed = await asyncio.to_thread(feedback.withheld, desk, assignment)
    return ReleasedFeedback(
        released=released,
        failed=[WithheldFeedback(student=one.student, reason=one.reason) for one in failed],
    )


def _after(paging: Paging) -> int:
    position = paging.position(int)
    return int(position[0]) if position else 0


def _job(row: JobLine) -> Job:
    return Job(student=row.student, state=row.state, reason=row.reason, attempts=row.attempts)


def _line(row: Standing) -> ScoreLine:
    delivery = row.delivery
    return ScoreLine(
        student=row.student,
        points=row.score.points,
        max_points=row.score.max_points,
        needs_manual=row.score.needs_manual,
        graded_at=row.score.graded_at,
        state=delivery.state if delivery else "",
        attempts=delivery.attempts if delivery else 0,
        last_error=delivery.last_error if delivery else "",
        delivered_at=delivery.delivered_at if delivery else None,
    )
