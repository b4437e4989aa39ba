"""What students hand in and get back: submissions with their receipts, and feedback."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from joserfc.jwk import OKPKey
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from coursehub.errors import Conflict, Missing
from coursehub.grading.actions.desk import Desk, id_of, taking_work
from coursehub.grading.actions.receipts import sign
from coursehub.grading.rules.exchange import (
    FileEntry,
    Receipt,
    check_idempotency_key,
    late_s,
    manifest_digest,
)
from coursehub.model.assignment import Assignment, FeedbackFile, Submission, SubmittedFile
from coursehub.model.deadlines import deadlines
from coursehub.model.institution import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One upload by a student, its files already in the blobs."""

    person_id: int
    student: str
    assignment: str
    files: tuple[FileEntry, ...]
    idempotency_key: str
    received_at: datetime


def submit(desk: Desk, delivery: Delivery, *, key: OKPKey) -> tuple[Receipt, str]:
    """
    The receipt and its signature, once the submission is in the database.

    The same key with the same files finds the first receipt, with other files
    a Conflict.
    """
    check_idempotency_key(delivery.idempotency_key)
    try:
        return _record(desk, delivery, key)
    except IntegrityError:
        # The same delivery came in twice at the same moment and the other was first.
        return _record(desk, delivery, key)


def _record(desk: Desk, delivery: Delivery, key: OKPKey) -> tuple[Receipt, str]:
    with desk.store.writing(desk.institution_id) as session:
        row = taking_work(session, desk, delivery.assignment)
        first = session.exec(
            select(Submission)
            .where(Submission.assignment_id == row.id)
            .where(Submission.person_id == delivery.person_id)
            .where(Submission.idempotency_key == delivery.idempotency_key)
        ).first()
        if first is not None:
            return _same(desk, first, delivery), first.signature
        submission = Submission(
            institution_id=desk.institution_id,
            assignment_id=id_of(row),
            person_id=delivery.person_id,
            received_at=delivery.received_at,
            digest=manifest_digest(delivery.files),
            idempotency_key=delivery.idempotency_key,
            late_s=late_s(
                delivery.received_at,
                deadlines(session, desk.course_id, delivery.person_id).due(row),
            ),
        )
        receipt = _receipt(desk, submission, delivery)
        submission.signature = sign(receipt.as_json(), key)
        session.add(submission)
        session.flush()
        session.add_all(
            SubmittedFile(
                institution_id=desk.institution_id,
                submission_id=submission.id,
                path=file.path,
                sha256=file.sha256,
                size_bytes=file.size_bytes,
            )
            for file in delivery.files
        )
    return receipt, submission.signature


def _same(desk: Desk, first: Submission, delivery: Delivery) -> Receipt:
    """The first receipt again; Conflict if this upload is another."""
    if first.digest != manifest_digest(delivery.files):
        raise Conflict(
            "other-content",
            "Other files were handed in under this Idempotency-Key; use a new key for them.",
        )
    return _receipt(desk, first, delivery)


def _receipt(desk: Desk, row: Submission, delivery: Delivery) -> Receipt:
    return Receipt(
        id=row.id,
        course=desk.course_key,
        assignment=delivery.assignment,
        student=delivery.student,
        received_at=row.received_at,
        late_s=row.late_s,
        files=delivery.files,
    )


def release_feedback(
    desk: Desk,
    name: str,
    student: str,
    files: Sequence[FileEntry],
    *,
    at: datetime,
    received_at: datetime | None,
) -> str:
    """
    The id of the submission whose feedback this now is.

    It is the counted one (the last received), or the one received at the
    given moment: feedback on an earlier version must not land on a later.
    """
    with desk.store.writing(desk.institution_id) as session:
        wanted = (
            select(Submission)
            .join(Person, col(Person.id) == Submission.person_id)
            .join(Assignment, col(Assignment.id) == Submission.assignment_id)
            .where(Assignment.course_id == desk.course_id, Assignment.name == name)
            .where(Person.hub_name == student)
            .order_by(col(Submission.received_at).desc(), col(Submission.id).desc())
        )
        if received_at is not None:
            wanted = wanted.where(Submission.received_at == received_at)
        row = session.exec(wanted).first()
        if row is None:
            raise Missing("no-such-submission", f"{student} handed in no such version of {name}.")
        session.exec(delete(FeedbackFile).where(col(FeedbackFile.submission_id) == row.id))
        session.add_all(
            FeedbackFile(
                institution_id=desk.institution_id,
                submission_id=row.id,
                path=file.path,
                sha256=file.sha256,
                size_bytes=file.size_bytes,
                released_at=at,
            )
            for file in files
        )
    return row.id
