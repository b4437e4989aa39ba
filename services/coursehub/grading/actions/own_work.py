"""What an assignment's own page shows a student: what was received, and what it is worth."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from coursehub.grading.actions.board import Heading, found, heading_of
from coursehub.grading.actions.desk import Desk, id_of, no_assignment
from coursehub.model.assignment import Assignment, FeedbackFile, Submission
from coursehub.model.grading import GradingJob, JobState, Score

_MOST_VERSIONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One submission; the newest counts."""

    receipt_id: str
    received_at: datetime
    late_s: float
    feedback_released_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWork:
    """A person's own work on an assignment; points only once nobody has to mark anything more."""

    heading: Heading
    versions: tuple[Version, ...]
    received: int
    job: JobState | None
    is_graded: bool
    needs_manual: bool
    is_of_earlier_version: bool
    points: float | None
    max_points: float | None


def own_work(desk: Desk, name: str, *, person_id: int) -> OwnWork:
    """The newest versions of someone's work; Missing where the assignment is not released."""
    with desk.store.reading(desk.institution_id) as session:
        row = found(session, desk, name)
        if row.released_at is None:
            raise no_assignment(name)
        return _own_work(session, desk, row, person_id)


def _own_work(session: Session, desk: Desk, row: Assignment, person_id: int) -> OwnWork:
    assignment_id = id_of(row)
    received = session.exec(
        select(func.count())
        .select_from(Submission)
        .where(Submission.assignment_id == assignment_id, Submission.person_id == person_id)
    ).one()
    versions = _versions(session, assignment_id, person_id)
    counted = versions[0].receipt_id if versions else ""
    score = session.exec(
        select(Score).where(Score.assignment_id == assignment_id, Score.person_id == person_id)
    ).first()
    job = session.exec(select(GradingJob).where(GradingJob.submission_id == counted)).first()
    is_final = score is not None and not score.needs_manual
    return OwnWork(
        heading=heading_of(session, desk, row),
        versions=versions,
        received=received,
        job=job.state if job else None,
        is_graded=score is not None,
        needs_manual=score is not None and score.needs_manual,
        is_of_earlier_version=score is not None and score.submission_id != counted,
        points=score.points if score and is_final else None,
        max_points=score.max_points if score and is_final else None,
    )


def _versions(session: Session, assignment_id: int, person_id: int) -> tuple[Version, ...]:
    rows = session.exec(
        select(Submission, func.max(FeedbackFile.released_at))
        .join(FeedbackFile, col(FeedbackFile.submission_id) == Submission.id, isouter=True)
        .where(Submission.assignment_id == assignment_id, Submission.person_id == person_id)
        .group_by(col(Submission.id))
        .order_by(col(Submission.received_at).desc(), col(Submission.id).desc())
        .limit(_MOST_VERSIONS)
    )
    return tuple(
        Version(
            receipt_id=row.id,
            received_at=row.received_at,
            late_s=row.late_s,
            feedback_released_at=feedback_at,
        )
        for row, feedback_at in rows
    )
