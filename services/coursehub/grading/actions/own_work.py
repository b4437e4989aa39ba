"""What an assignment's own page shows a student: what was received, and what it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session, col, func, select

from coursehub.grading.actions.board import Heading, found, heading_of
from coursehub.grading.actions.desk import Desk, id_of, no_assignment
from coursehub.model.assignment import Assignment, FeedbackFile, Submission, SubmittedFile
from coursehub.model.deadlines import deadlines
from coursehub.model.grading import GradingJob, JobState, Score

_MOST_VERSIONS = 20

_File = TypeVar("_File", SubmittedFile, FeedbackFile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One submission; the newest counts."""

    receipt_id: str
    received_at: datetime
    late_s: float
    files: tuple[str, ...]
    feedback: tuple[str, ...]
    feedback_released_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWork:
    """
    A person's own work on an assignment; points only once nobody has to mark anything more.

    The heading has the person's own due moment; `is_extended` where that is
    later than the others'.
    """

    heading: Heading
    is_extended: bool
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
        return work_of(session, desk, row, person_id)


def work_of(session: Session, desk: Desk, row: Assignment, person_id: int) -> OwnWork:
    """The newest versions of someone's work, whether or not the assignment is released."""
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
    own_due = deadlines(session, desk.course_id, person_id).due(row)
    return OwnWork(
        heading=replace(heading_of(session, desk, row), due_at=own_due),
        is_extended=own_due != row.due_at,
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
        select(Submission)
        .where(Submission.assignment_id == assignment_id, Submission.person_id == person_id)
        .order_by(col(Submission.received_at).desc(), col(Submission.id).desc())
        .limit(_MOST_VERSIONS)
    ).all()
    files = _by_submission(session, SubmittedFile, rows)
    feedback = _by_submission(session, FeedbackFile, rows)
    return tuple(
        Version(
            receipt_id=row.id,
            received_at=row.received_at,
            late_s=row.late_s,
            files=tuple(file.path for file in files[row.id]),
            feedback=tuple(file.path for file in feedback[row.id]),
            feedback_released_at=max((file.released_at for file in feedback[row.id]), default=None),
        )
        for row in rows
    )


def _by_submission(
    session: Session, table: type[_File], rows: Sequence[Submission]
) -> dict[str, list[_File]]:
    """Each submission's files of that kind, by path."""
    grouped: dict[str, list[_File]] = {row.id: [] for row in rows}
    wanted = select(table).where(col(table.submission_id).in_(list(grouped)))
    for file in session.exec(wanted.order_by(col(table.path))):
        grouped[file.submission_id].append(file)
    return grouped
