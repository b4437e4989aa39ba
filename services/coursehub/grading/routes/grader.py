"""The way into a course's grader server."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from coursehub.grading.actions import grader
from coursehub.vocabulary.courses import grader_of
from coursehub.web.course_place import crumbs
from coursehub.web.house import InHouse
from coursehub.web.identity import IsStaff
from coursehub.web.pages import Crumb, page

pages = APIRouter(tags=["grading"], include_in_schema=False)


@pages.get("/courses/{course}/grader")
async def enter(request: Request, membership: IsStaff, house: InHouse) -> Response:
    """Formgrader, as soon as the grader server is ready; until then a page that waits."""
    key = membership.course_key
    if await grader.start(house.hub, course=key):
        base = house.settings.hub_base_url.rstrip("/")
        return RedirectResponse(f"{base}/user/{grader_of(key)}/formgrader", status_code=303)
    waiting = page(
        request,
        "grading/grader_starting.html",
        crumbs=crumbs(membership, Crumb(label="Grader")),
        course=membership,
    )
    waiting.headers["Refresh"] = "3"  # works without scripts, and leaves the service when it must
    return waiting
