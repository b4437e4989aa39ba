"""Grading jobs: asked for, claimed, graded, recorded; each submission once, whoever dies."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from coursehub.errors import CoursehubError
from coursehub.grading.actions import claims, scoring
from coursehub.grading.actions.claims import Claim
from coursehub.grading.actions.scoring import Counted
from coursehub.grading.rules import autograde as rules
from coursehub.model.assignment import Assignment, Submission
from coursehub.model.grading import GradingJob, JobState
from coursehub.model.institution import Person
from coursehub.ports import Autograder, Clock
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey

_UNSETTLED = (JobState.WAITING, JobState.CLAIMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """One job as staff see it."""

    job_id: int
    student: str
    state: JobState
    reason: str
    attempts: int


def ask(
    store: Store,
    course: CourseKey,
    assignment: str,
    students: Collection[str] | None = None,
    *,
    at: datetime,
) -> int:
    """
    How many counted submissions are waiting to be graded now.

    Asking again takes up what was done or failed, and leaves alone what waits
    or is being graded. Older submissions' waiting jobs are superseded.
    """
    try:
        return _ask(store, course, assignment, students, at)
    except IntegrityError:
        # Someone else asked for the same at the same moment, and was first.
        return _ask(store, course, assignment, students, at)


def _ask(
    store: Store,
    course: CourseKey,
    assignment: str,
    students: Collection[str] | None,
    at: datetime,
) -> int:
    with store.writing(EVERYONE) as session:
        row = scoring.find_assignment(session, course, assignment)
        wanted = [
            of
            for student, of in scoring.counted(session, row).items()
            if students is None or student in students
        ]
        jobs = _jobs_of(session, row)
        current = {of.submission_id: of.person_id for of in wanted}
        for job, person_id in jobs.values():
            if job.submission_id not in current and person_id in current.values():
                _supersede(job)
        for of in wanted:
            known, _ = jobs.get(of.submission_id, (None, 0))
            session.add(_waiting(known, of, at))
        return len(wanted)


def _jobs_of(session: Session, row: Assignment) -> dict[str, tuple[GradingJob, int]]:
    """The assignment's jobs and their submissions' authors, by submission."""
    found = session.exec(
        select(GradingJob, Submission.person_id)
        .join(Submission, col(Submission.id) == GradingJob.submission_id)
        .where(Submission.assignment_id == row.id)
    )
    return {job.submission_id: (job, person_id) for job, person_id in found}


def _supersede(job: GradingJob) -> None:
    if job.state is JobState.WAITING:
        job.state, job.reason = JobState.SUPERSEDED, "A newer submission is graded instead."


def _waiting(known: GradingJob | None, of: Counted, at: datetime) -> GradingJob:
    job = known or GradingJob(institution_id=of.institution_id, submission_id=of.submission_id)
    if known is None or known.state not in _UNSETTLED:
        job.state, job.attempts, job.reason = JobState.WAITING, 0, ""
        job.asked_at = job.next_at = at
        job.claimed_until = job.finished_at = None
    return job


async def work_once(store: Store, autograder: Autograder, clock: Clock, *, at_once: int = 4) -> int:
    """
    How many jobs were brought to an end: all that are due, `at_once` side by side.

    May run in several processes; a job is one worker's until its claim runs out.
    """

    async def work() -> int:
        ended = 0
        while mine := await asyncio.to_thread(claims.claim, store, clock.now()):
            with structlog.contextvars.bound_contextvars(grading_job=mine.job_id):
                ended += await _grade(store, autograder, clock, mine)
        return ended

    # An unexpected error of one job waits until the others are at their end.
    results = await asyncio.gather(*(work() for _ in range(at_once)), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return sum(result for result in results if isinstance(result, int))


async def _grade(store: Store, autograder: Autograder, clock: Clock, claim: Claim) -> bool:
    """Whether the job is at its end: done, failed for good, or somebody else's by now."""
    async with _prolonged(store, clock, claim):
        try:
            grade = await autograder.grade(claim.request)
        except CoursehubError as error:
            return await asyncio.to_thread(claims.fail, store, claim, error, clock.now())
    try:
        await asyncio.to_thread(claims.finish, store, claim, grade, clock.now())
    except IntegrityError:
        # The same person's other submission was recorded at the same moment.
        await asyncio.to_thread(claims.finish, store, claim, grade, clock.now())
    return True


@asynccontextmanager
async def _prolonged(store: Store, clock: Clock, claim: Claim) -> AsyncIterator[None]:
    """While this lasts, the claim does not run out."""

    async def prolong() -> None:
        while True:
            await asyncio.sleep(rules.CLAIM.total_seconds() / 3)
            await asyncio.to_thread(claims.prolong, store, claim, clock.now())

    beat = asyncio.create_task(prolong())
    try:
        yield
    finally:
        beat.cancel()
        with suppress(asyncio.CancelledError):
            await beat


def jobs(
    store: Store, *, course: CourseKey, assignment: str, after: int, limit: int
) -> list[JobLine]:
    """The assignment's jobs, ordered by key, for those above `after`."""
    with store.reading(EVERYONE) as session:
        row = scoring.find_assignment(session, course, assignment)
        found = session.exec(
            select(GradingJob, Person.hub_name)
            .join(Submission, col(Submission.id) == GradingJob.submission_id)
            .join(Person, col(Person.id) == Submission.person_id)
            .where(Submission.assignment_id == row.id, col(GradingJob.id) > after)
            .order_by(col(GradingJob.id))
            .limit(limit)
        )
        return [
            JobLine(
                job_id=job.id or 0,
                student=student or "",
                state=job.state,
                reason=job.reason,
                attempts=job.attempts,
            )
            for job, student in found
        ]
