"""One student's work: the page for the course's staff, and the feedback as a browser shows it."""

from collections.abc import Iterator
from typing import Annotated, BinaryIO, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, StreamingResponse
from starlette.responses import Response

from coursehub.errors import Missing
from coursehub.grading.actions import reviewing, submissions
from coursehub.grading.actions.desk import Desk
from coursehub.web import pages as web_pages
from coursehub.web.course_place import crumbs, tabs
from coursehub.web.house import InHouse
from coursehub.web.identity import IsMember, Membership, member
from coursehub.web.pages import Crumb, page
from coursehub.web.row_keys import RowKey

pages = APIRouter(tags=["grading"], include_in_schema=False)

_CHUNK: Final = 1 << 18
_APART: Final = {
    # Feedback holds what students wrote and what their code printed. In a sandbox it has an
    # origin of its own (HTML, 7.1.1), runs nothing and loads nothing.
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
        "frame-ancestors 'none'"
    ),
    "Content-Disposition": "inline",
}


def _desk(house: InHouse, membership: Annotated[Membership, Depends(member)]) -> Desk:
    return Desk(
        store=house.store,
        blobs=house.blobs,
        institution_id=membership.institution_id,
        course_id=membership.course_id,
        course_key=membership.course_key,
    )


AtDesk = Annotated[Desk, Depends(_desk)]


@pages.get("/courses/{course}/assignments/{assignment}/people/{person}")
def show(
    *,
    request: Request,
    assignment: str,
    person: RowKey,
    membership: IsMember,
    desk: AtDesk,
    house: InHouse,
) -> Response:
    """Somebody's versions, score and feedback for the staff; one's own page for oneself."""
    here = f"courses/{membership.course_key}/assignments/{assignment}"
    if not membership.role.is_staff:
        if person != membership.person_id:
            raise Missing("no-such-student", "There is nobody of that kind in this course.")
        return RedirectResponse(web_pages.url(house.settings, here), status_code=303)
    found = reviewing.review(desk, assignment, person_id=person)
    return page(
        request,
        "grading/review.html",
        crumbs=crumbs(
            membership, Crumb(label=found.work.heading.title, path=here), Crumb(label=found.name)
        ),
        tabs=tabs(membership, ""),
        course=membership,
        found=found,
    )


@pages.get("/courses/{course}/submissions/{submission}/feedback/{path:path}")
def feedback(submission: str, path: str, membership: IsMember, desk: AtDesk) -> StreamingResponse:
    """A released feedback file, for the author and the staff, shown where it can do no harm."""
    author = None if membership.role.is_staff else membership.person_id
    found = submissions.submission(desk, submission, person_id=author)
    file = next((file for file in found.feedback if file.path == path), None)
    if file is None:
        raise Missing("no-such-feedback", "There is no feedback of that name, or not yet.")
    return StreamingResponse(
        _chunks(desk.blobs.open(file.sha256)),
        media_type="text/html; charset=utf-8",
        headers={**_APART, "Content-Length": str(file.size_bytes)},
    )


def _chunks(content: BinaryIO) -> Iterator[bytes]:
    with content:
        while chunk := content.read(_CHUNK):
            yield chunk
