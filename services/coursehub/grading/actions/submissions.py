"""What was handed in, for its author or for the staff: lists, files, feedback."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session, and_, col, or_, select
from sqlmodel.sql.expression import Select

from coursehub.errors import Missing
from coursehub.grading.actions.desk import Desk
from coursehub.grading.rules.exchange import FileEntry, Receipt
from coursehub.model.assignment import Assignment, FeedbackFile, Submission, SubmittedFile
from coursehub.model.grading import Score
from coursehub.model.institution import Person

_File = TypeVar("_File", SubmittedFile, FeedbackFile)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """One version of someone's work, and what became of it."""

    receipt: Receipt
    signature: str
    feedback: tuple[FileEntry, ...]
    feedback_released_at: datetime | None
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which submissions: by person where `person_id` is set, by Hub name, by assignment."""

    person_id: int | None = None
    student: str = ""
    assignment: str = ""
    after: tuple[datetime, str] | None = None
    limit: int


def submissions(desk: Desk, wanted: Wanted) -> tuple[HandedIn, ...]:
    """At most `limit` submissions, oldest first."""
    query = _of_course(desk).order_by(col(Submission.received_at), col(Submission.id))
    if wanted.person_id is not None:
        query = query.where(Submission.person_id == wanted.person_id)
    if wanted.student:
        query = query.where(Person.hub_name == wanted.student)
    if wanted.assignment:
        query = query.where(Assignment.name == wanted.assignment)
    if wanted.after is not None:
        at, last_id = wanted.after
        later = col(Submission.received_at) > at
        beside = and_(col(Submission.received_at) == at, col(Submission.id) > last_id)
        query = query.where(or_(later, beside))
    with desk.store.reading(desk.institution_id) as session:
        return _complete(session, desk, session.exec(query.limit(wanted.limit)).all())


def submission(desk: Desk, submission_id: str, *, person_id: int | None) -> HandedIn:
    """One submission of the course; Missing too where it is someone else's than `person_id`'s."""
    query = _of_course(desk).where(Submission.id == submission_id)
    if person_id is not None:
        query = query.where(Submission.person_id == person_id)
    with desk.store.reading(desk.institution_id) as session:
        found = _complete(session, desk, session.exec(query).all())
    if not found:
        raise Missing("no-such-submission", "There is no such submission, or it is not yours.")
    return found[0]


def _of_course(desk: Desk) -> Select[Submission, str, str | None]:
    return (
        select(Submission, col(Assignment.name), col(Person.hub_name))
        .join(Assignment, col(Assignment.id) == Submission.assignment_id)
        .join(Person, col(Person.id) == Submission.person_id)
        .where(Assignment.course_id == desk.course_id)
    )


def _complete(
    session: Session, desk: Desk, rows: Iterable[tuple[Submission, str, str | None]]
) -> tuple[HandedIn, ...]:
    """The rows with files, feedback and score, in one query each."""
    found = list(rows)
    ids = [row.id for row, _, _ in found]
    files = _files(session, SubmittedFile, ids)
    feedback = _files(session, FeedbackFile, ids)
    scores = {
        score.submission_id: score.points
        for score in session.exec(select(Score).where(col(Score.submission_id).in_(ids)))
    }
    return tuple(
        HandedIn(
            receipt=Receipt(
                id=row.id,
                course=desk.course_key,
                assignment=assignment,
                student=student or "",
                received_at=row.received_at,
                late_s=row.late_s,
                files=_entries(files[row.id]),
            ),
            signature=row.signature,
            feedback=_entries(feedback[row.id]),
            feedback_released_at=max((file.released_at for file in feedback[row.id]), default=None),
            score=scores.get(row.id),
        )
        for row, assignment, student in found
    )


def _files(session: Session, table: type[_File], ids: list[str]) -> dict[str, list[_File]]:
    """Each submission's files of that kind, by path."""
    grouped: dict[str, list[_File]] = {submission_id: [] for submission_id in ids}
    for file in session.exec(select(table).where(col(table.submission_id).in_(ids))):
        grouped[file.submission_id].append(file)
    return grouped


def _entries(files: Iterable[SubmittedFile] | Iterable[FeedbackFile]) -> tuple[FileEntry, ...]:
    entries = [
        FileEntry(path=file.path, sha256=file.sha256, size_bytes=file.size_bytes) for file in files
    ]
    return tuple(sorted(entries, key=lambda entry: entry.path))
