"""An assignment's own page: for its staff the class and what to do, for students their own work."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from coursehub.grading.actions import autograde, board, feedback, own_work, scoring
from coursehub.grading.actions.desk import Desk
from coursehub.web import pages as web_pages
from coursehub.web.course_place import crumbs, tabs
from coursehub.web.house import House, InHouse
from coursehub.web.identity import IsMember, IsStaff, Membership, member
from coursehub.web.pages import Crumb, page
from coursehub.web.paging import AskedPage, Paging

pages = APIRouter(tags=["grading"], include_in_schema=False)

_HERE = "/courses/{course}/assignments/{assignment}"

Search = Annotated[str, Query(alias="q", max_length=100)]
Many = Annotated[int, Query(ge=0, le=1_000_000)]


class Done(StrEnum):
    """An action that ended a moment ago."""

    NOTHING = ""
    ASKED = "asked"
    SCORES = "scores"
    FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was done, to how many, and how many of them were news; the page has the words."""

    done: Done
    many: int
    new: int


def _said(done: Done = Done.NOTHING, many: Many = 0, new: Many = 0) -> Said:
    return Said(done=done, many=many, new=new)


def _desk(house: InHouse, membership: Annotated[Membership, Depends(member)]) -> Desk:
    return Desk(
        store=house.store,
        blobs=house.blobs,
        institution_id=membership.institution_id,
        course_id=membership.course_id,
        course_key=membership.course_key,
    )


AtDesk = Annotated[Desk, Depends(_desk)]


@pages.get(_HERE)
def show(
    *,
    request: Request,
    assignment: str,
    membership: IsMember,
    desk: AtDesk,
    paging: AskedPage,
    q: Search = "",
    said: Annotated[Said, Depends(_said)],
) -> Response:
    """The class's work for the course's staff, their own for everyone else."""
    if not membership.role.is_staff:
        return _own(request, membership, desk, assignment)
    heading = board.heading(desk, assignment)
    # Before the lines: a page that says all is over, and so looks no more, then shows the end.
    counts = board.counts(desk, assignment)
    after = paging.position(str, int)
    rows, total = board.lines(
        desk,
        assignment,
        search=q,
        after=(str(after[0]), int(after[1])) if after else None,
        limit=paging.fetch,
    )
    return page(
        request,
        "grading/assignment_staff.html",
        crumbs=crumbs(membership, Crumb(label=heading.title)),
        tabs=tabs(membership, ""),
        course=membership,
        assignment=heading,
        counts=counts,
        rows=rows[: paging.limit],
        next=_next(paging, rows),
        total=total,
        said=said,
        withheld=feedback.withheld(desk, assignment),
    )


def _own(request: Request, membership: Membership, desk: Desk, assignment: str) -> Response:
    work = own_work.own_work(desk, assignment, person_id=membership.person_id)
    return page(
        request,
        "grading/assignment_student.html",
        crumbs=crumbs(membership, Crumb(label=work.heading.title)),
        course=membership,
        assignment=work.heading,
        work=work,
    )


def _next(paging: Paging, rows: list[board.Line]) -> str | None:
    # Rows hold the database's own objects, which Page would copy: only its cursor is wanted.
    return paging.page(rows, key=lambda row: (row.name, row.person_id), show=lambda _: None).next


@pages.post(f"{_HERE}/autograde")
async def ask(assignment: str, staff: IsStaff, house: InHouse) -> Response:
    """The page again, once every counted submission waits to be graded."""
    jobs = await asyncio.to_thread(
        autograde.ask, house.store, staff.course_key, assignment, at=house.clock.now()
    )
    return _back(house, staff, assignment, done=Done.ASKED, many=jobs)


@pages.post(f"{_HERE}/scores")
async def send_scores(assignment: str, staff: IsStaff, house: InHouse) -> Response:
    """The page again, once the gradebook was read and what changed is on its way to the LMS."""
    scores, queued = await scoring.refresh(
        house.store, house.autograder, house.clock, course=staff.course_key, assignment=assignment
    )
    return _back(house, staff, assignment, done=Done.SCORES, many=scores, new=queued)


@pages.post(f"{_HERE}/feedback")
async def release_feedback(
    assignment: str, staff: IsStaff, desk: AtDesk, house: InHouse
) -> Response:
    """The page again, once everyone who is graded has feedback to fetch."""
    released = await feedback.release(desk, house.autograder, house.clock, assignment)
    return _back(house, staff, assignment, done=Done.FEEDBACK, many=released)


def _back(
    house: House, staff: Membership, assignment: str, *, done: Done, many: int, new: int = 0
) -> Response:
    here = web_pages.url(house.settings, f"courses/{staff.course_key}/assignments/{assignment}")
    said = urlencode({"done": done.value, "many": many, "new": new})
    return RedirectResponse(f"{here}?{said}", status_code=303)
