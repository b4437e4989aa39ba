"""Claims on grading jobs: one worker's at a time, void when the worker dies."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from coursehub.errors import CoursehubError, Unreachable
from coursehub.grading.actions import scoring
from coursehub.grading.actions.scoring import Counted
from coursehub.grading.rules import autograde as rules
from coursehub.model.assignment import Assignment, Submission, SubmittedFile
from coursehub.model.course import Course
from coursehub.model.grading import GradingJob, JobState
from coursehub.model.institution import Person
from coursehub.ports import Grade, GradeRequest
from coursehub.store import EVERYONE, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One job that is this worker's, as its `attempt`-th try."""

    job_id: int
    attempt: int
    of: Counted
    request: GradeRequest


def claim(store: Store, at: datetime) -> Claim | None:
    """The job that has waited longest, claimed; None if none is due."""
    with store.writing(EVERYONE) as session:
        while job := session.exec(_due(at)).first():
            if job.attempts >= rules.MOST_ATTEMPTS:
                job.state, job.reason, job.finished_at = JobState.FAILED, rules.CUT_SHORT, at
                session.flush()
                continue
            job.state, job.claimed_until = JobState.CLAIMED, at + rules.CLAIM
            job.attempts += 1
            return _claim_of(session, job)
    return None


def _due(at: datetime) -> SelectOfScalar[GradingJob]:
    """
    The next job: waiting, or claimed by someone who died.

    Not one whose author has another version being graded at this moment: the
    gradebook holds one, and the later must come last.
    """
    other, same = aliased(GradingJob), aliased(Submission)
    busy = (
        select(col(other.id))
        .join(same, col(same.id) == other.submission_id)
        .where(other.state == JobState.CLAIMED, col(other.claimed_until) > at)
        .where(same.assignment_id == Submission.assignment_id)
        .where(same.person_id == Submission.person_id)
        .exists()
    )
    return (
        select(GradingJob)
        .join(Submission, col(Submission.id) == GradingJob.submission_id)
        .where(
            or_(
                and_(col(GradingJob.state) == JobState.WAITING, col(GradingJob.next_at) <= at),
                and_(
                    col(GradingJob.state) == JobState.CLAIMED, col(GradingJob.claimed_until) <= at
                ),
            )
        )
        .where(~busy)
        .order_by(col(GradingJob.asked_at), col(GradingJob.id))
        .limit(1)
        .with_for_update(skip_locked=True, of=GradingJob)
    )


def _claim_of(session: Session, job: GradingJob) -> Claim:
    submission, student, assignment, course = session.exec(
        select(Submission, Person.hub_name, Assignment.name, Course.key)
        .join(Person, col(Person.id) == Submission.person_id)
        .join(Assignment, col(Assignment.id) == Submission.assignment_id)
        .join(Course, col(Course.id) == Assignment.course_id)
        .where(Submission.id == job.submission_id)
    ).one()
    files = session.exec(select(SubmittedFile).where(SubmittedFile.submission_id == submission.id))
    of = Counted(
        submission_id=submission.id,
        institution_id=submission.institution_id,
        assignment_id=submission.assignment_id,
        person_id=submission.person_id,
        student=student or "",
        received_at=submission.received_at,
    )
    request = GradeRequest(
        course=course,
        assignment=assignment,
        student=of.student,
        received_at=of.received_at,
        files={file.path: file.sha256 for file in files},
    )
    return Claim(job_id=job.id or 0, attempt=job.attempts, of=of, request=request)


def _mine(session: Session, claim: Claim) -> GradingJob | None:
    """The job, if it is still this worker's."""
    job = session.exec(
        select(GradingJob).where(GradingJob.id == claim.job_id).with_for_update()
    ).one()
    is_mine = job.state is JobState.CLAIMED and job.attempts == claim.attempt
    return job if is_mine else None


def prolong(store: Store, claim: Claim, at: datetime) -> None:
    with store.writing(EVERYONE) as session:
        if job := _mine(session, claim):
            job.claimed_until = at + rules.CLAIM


def finish(store: Store, claim: Claim, grade: Grade, at: datetime) -> None:
    """The score and its way to the LMS, in one transaction with the job's end."""
    with store.writing(EVERYONE) as session:
        job = _mine(session, claim)
        if job is None:
            return
        job.state, job.reason, job.finished_at = JobState.DONE, "", at
        scoring.record(session, claim.of, grade, at=at)


def fail(store: Store, claim: Claim, error: CoursehubError, at: datetime) -> bool:
    """Whether that was the last attempt; what another try cannot mend is not tried again."""
    wait = rules.retry_in(claim.attempt) if isinstance(error, Unreachable) else None
    with store.writing(EVERYONE) as session:
        job = _mine(session, claim)
        if job is None:
            return True
        job.reason = error.message
        if wait is None:
            job.state, job.finished_at = JobState.FAILED, at
        else:
            job.state, job.next_at = JobState.WAITING, at + wait
    return wait is None
