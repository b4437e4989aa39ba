"""The exchange over HTTP: nbgrader's shared directory, without the directory."""

from datetime import UTC, datetime
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from coursehub.errors import Invalid, Refused
from coursehub.grading.actions import autograde, exchange, receipts, releases, submissions
from coursehub.grading.actions.archives import archive
from coursehub.grading.actions.desk import Desk, check_open
from coursehub.grading.actions.exchange import Delivery
from coursehub.grading.actions.receiving import Bounds, received, stored
from coursehub.grading.actions.submissions import Wanted
from coursehub.grading.routes.answers import (
    Assignment,
    GivenFeedback,
    Receipt,
    Submission,
    assignment_shown,
    submission_shown,
)
from coursehub.grading.rules.exchange import FileEntry
from coursehub.model.columns import new_id
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.people import Role
from coursehub.web.house import House, InHouse
from coursehub.web.identity import IsMember, IsStaff, Membership, member
from coursehub.web.openapi import GIVES_A_TAR, TAKES_A_TAR, TAR, KeySet
from coursehub.web.paging import AskedPage, Page, Paging

api = APIRouter(prefix="/api/v1", tags=["exchange"])

_COURSE = "/courses/{course}"
_ASSIGNMENT = f"{_COURSE}/assignments/{{assignment}}"
_SUBMISSION = f"{_COURSE}/submissions/{{submission_id}}"


def _desk(house: InHouse, membership: Annotated[Membership, Depends(member)]) -> Desk:
    return Desk(
        store=house.store,
        blobs=house.blobs,
        institution_id=membership.institution_id,
        course_id=membership.course_id,
        course_key=membership.course_key,
    )


AtDesk = Annotated[Desk, Depends(_desk)]


@api.get(f"{_COURSE}/assignments")
def list_assignments(desk: AtDesk, membership: IsMember, paging: AskedPage) -> Page[Assignment]:
    """The course's assignments by name; students see the released ones."""
    (after,) = paging.position(str) or ("",)
    found = releases.assignments(
        desk, unreleased=membership.role.is_staff, person_id=membership.person_id
    )
    # In Python's own order, which is the one that the cursor is compared in.
    rows = sorted(found, key=lambda row: row.assignment.name)
    rest = [row for row in rows if row.assignment.name > str(after)]
    return paging.page(rest, key=lambda row: (row.assignment.name,), show=assignment_shown)


@api.put(f"{_ASSIGNMENT}/release", openapi_extra=TAKES_A_TAR)
async def put_release(
    *,
    assignment: str,
    desk: AtDesk,
    house: InHouse,
    request: Request,
    _staff: IsStaff,
    if_none_match: Annotated[str, Header()] = "",
) -> Assignment:
    """The files that students fetch from now on; `If-None-Match: *` keeps what is there."""
    files = await _files_of(request, house)
    result = await run_in_threadpool(
        releases.release,
        desk,
        assignment,
        files,
        at=house.clock.now(),
        replace=if_none_match != "*",
    )
    return assignment_shown(result)


@api.get(f"{_ASSIGNMENT}/release", response_class=StreamingResponse, responses=GIVES_A_TAR)
def get_release(assignment: str, desk: AtDesk) -> StreamingResponse:
    """The released files as a tar."""
    found = releases.released(desk, assignment)
    return _tar(desk, found.files, modified_at=found.assignment.released_at)


@api.delete(f"{_ASSIGNMENT}/release", status_code=204)
def delete_release(assignment: str, desk: AtDesk, _staff: IsStaff) -> None:
    """The assignment taken back; submissions stay."""
    releases.unrelease(desk, assignment)


@api.post(f"{_ASSIGNMENT}/submissions", status_code=201, openapi_extra=TAKES_A_TAR)
async def post_submission(
    *,
    assignment: str,
    desk: AtDesk,
    house: InHouse,
    membership: IsMember,
    request: Request,
    idempotency_key: Annotated[str, Header()] = "",
) -> Receipt:
    """The receipt of a submission that is on disk and in the database by now."""
    if membership.role is Role.AUDITOR:
        raise Refused(
            "auditors-keep-theirs",
            "You audit this course: your work stays with you and is not graded. If you take it "
            "for a grade, ask your instructor to have that changed in the LMS.",
        )
    if membership.role is not Role.STUDENT:
        raise Refused(
            "students-only", "Only the course's students hand in work; you are not one of them."
        )
    await run_in_threadpool(check_open, desk, assignment)
    files = await _files_of(request, house)
    delivery = Delivery(
        person_id=membership.person_id,
        student=membership.hub_name,
        assignment=assignment,
        files=files,
        idempotency_key=idempotency_key or new_id(),
        received_at=house.clock.now(),
    )
    return await run_in_threadpool(_submit, house, desk, delivery)


@api.get(f"{_COURSE}/submissions")
def list_submissions(
    *,
    desk: AtDesk,
    membership: IsMember,
    everyone: Annotated[bool, Query(alias="all")] = False,
    assignment: str = "",
    student: str = "",
    paging: AskedPage,
) -> Page[Submission]:
    """One's own submissions; with `all=1` or a student's name the staff's view."""
    others = everyone or student not in {"", membership.hub_name}
    if others and not membership.role.is_staff:
        raise Refused("staff-only", "Only the course's instructors and TAs see others' work.")
    wanted = Wanted(
        person_id=None if others else membership.person_id,
        student=student,
        assignment=assignment,
        after=_moment_and_id(paging),
        limit=paging.fetch,
    )
    return paging.page(
        submissions.submissions(desk, wanted),
        key=lambda each: (each.receipt.received_at.isoformat(), each.receipt.id),
        show=submission_shown,
    )


@api.get(f"{_SUBMISSION}/files", response_class=StreamingResponse, responses=GIVES_A_TAR)
def get_files(submission_id: str, desk: AtDesk, membership: IsMember) -> StreamingResponse:
    """What was handed in, as a tar, for its author and the staff."""
    found = submissions.submission(desk, submission_id, person_id=_own(membership))
    return _tar(desk, found.receipt.files, modified_at=found.receipt.received_at)


@api.get(f"{_SUBMISSION}/feedback", response_class=StreamingResponse, responses=GIVES_A_TAR)
def get_feedback(submission_id: str, desk: AtDesk, membership: IsMember) -> StreamingResponse:
    """The feedback released so far, as a tar (of nothing, where there is none)."""
    found = submissions.submission(desk, submission_id, person_id=_own(membership))
    return _tar(desk, found.feedback, modified_at=found.feedback_released_at)


@api.put(f"{_ASSIGNMENT}/feedback/{{student}}", openapi_extra=TAKES_A_TAR)
async def put_feedback(
    *,
    assignment: str,
    student: str,
    desk: AtDesk,
    house: InHouse,
    request: Request,
    _staff: IsStaff,
    received_at: datetime | None = None,
) -> GivenFeedback:
    """Feedback released on the student's counted submission, or on the one received then."""
    files = await _files_of(request, house)
    if any(not file.path.endswith(".html") for file in files):
        raise Invalid("not-html", "Feedback consists of HTML files alone.")
    if received_at is not None and received_at.tzinfo is None:
        received_at = received_at.replace(tzinfo=UTC)
    submission_id = await run_in_threadpool(
        exchange.release_feedback,
        desk,
        assignment,
        student,
        files,
        at=house.clock.now(),
        received_at=received_at,
    )
    return GivenFeedback(submission=submission_id, files=list(files))


@api.get("/receipt-keys")
def get_receipt_keys(house: InHouse) -> KeySet:
    """The public keys that receipts are checked with, as a JWK set."""
    key = receipts.receipt_key(house.settings.data_dir / "keys")
    return KeySet.model_validate(receipts.public_keys(key))


def _submit(house: House, desk: Desk, delivery: Delivery) -> Receipt:
    key = receipts.receipt_key(house.settings.data_dir / "keys")
    receipt, signature = exchange.submit(desk, delivery, key=key)
    if house.settings.autograde_on_submit:
        course = CourseKey(desk.course_key)
        autograde.ask(
            house.store, course, delivery.assignment, [delivery.student], at=delivery.received_at
        )
    return Receipt.model_validate({**receipt.as_json(), "signature": signature})


async def _files_of(request: Request, house: House) -> tuple[FileEntry, ...]:
    """The request's tar, whole and safely in the blobs."""
    bounds = Bounds(
        max_bytes=house.settings.submission_max_bytes, max_files=house.settings.submission_max_files
    )
    declared = request.headers.get("content-length", "")
    try:
        upload: BinaryIO = await received(
            request.stream(),
            declared_bytes=int(declared) if declared.isdecimal() else None,
            bounds=bounds,
            folder=house.settings.data_dir / "incoming",
        )
    except ClientDisconnect as cause:
        raise Invalid("cut-off", "The upload was cut off; nothing was received.") from cause
    with upload:
        return await run_in_threadpool(stored, upload, house.blobs, bounds=bounds)


def _moment_and_id(paging: Paging) -> tuple[datetime, str] | None:
    position = paging.position(str, str)
    if position is None:
        return None
    try:
        moment = datetime.fromisoformat(str(position[0]))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid("bad-cursor", "This page of the list does not exist; begin with the first.")
    return moment, str(position[1])


def _own(membership: Membership) -> int | None:
    """Whose submissions someone may open: the staff everyone's, others their own."""
    return None if membership.role.is_staff else membership.person_id


def _tar(
    desk: Desk, files: tuple[FileEntry, ...], *, modified_at: datetime | None
) -> StreamingResponse:
    packed = archive(files, desk.blobs, modified_at=modified_at or datetime.now(UTC))
    return StreamingResponse(
        packed.chunks,
        media_type=TAR,
        headers={"content-length": str(packed.size_bytes), "x-content-type-options": "nosniff"},
    )
