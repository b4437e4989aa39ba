"""Who is in a course: shown, and synced with the LMS."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from coursehub.errors import Refused, Unreachable
from coursehub.model.roster import RosterSync
from coursehub.roster.actions import listing, sync
from coursehub.roster.actions.listing import Listed
from coursehub.roster.routes.plans import Synced
from coursehub.web import pages as web_pages
from coursehub.web.course_place import crumbs, tabs
from coursehub.web.house import House, InHouse
from coursehub.web.identity import IsStaff, Membership
from coursehub.web.pages import Crumb, page
from coursehub.web.paging import AskedPage, Page, Paging

api = APIRouter(prefix="/api/v1", tags=["roster"])
pages = APIRouter(tags=["roster"], include_in_schema=False)
routers = (api, pages)

Search = Annotated[str, Query(alias="q", max_length=100)]


class Asked(BaseModel):
    """
    How to sync; `confirmed` lets more people leave than a sync does by itself, and at once.

    With `only_plan` nothing is changed: what would be waits for a person.
    """

    model_config = ConfigDict(extra="forbid")

    confirmed: bool = False
    only_plan: bool = False


@api.post("/courses/{course}/roster/sync")
async def sync_now(membership: IsStaff, house: InHouse, asked: Asked | None = None) -> Synced:
    """The finished sync of the course with its LMS."""
    asked = asked or Asked()
    done = await sync_course(
        membership, house, confirmed=asked.confirmed, only_plan=asked.only_plan
    )
    return Synced.model_validate(done)


@api.get("/courses/{course}/roster")
def roster(membership: IsStaff, house: InHouse, paging: AskedPage, q: Search = "") -> Page[Listed]:
    """One page of who is in the course, by name."""
    return _page(membership, house, paging, q)[0]


@pages.get("/courses/{course}/roster")
def people(
    request: Request, membership: IsStaff, house: InHouse, paging: AskedPage, q: Search = ""
) -> Response:
    """The course's people, with search, and how the last sync went."""
    found, total = _page(membership, house, paging, q)
    return page(
        request,
        "roster/people.html",
        crumbs=crumbs(membership, Crumb(label="People")),
        tabs=tabs(membership, "People"),
        course=membership,
        found=found,
        total=total,
        last=listing.last_sync(house.store, membership.institution_id, membership.course_id),
    )


def _page(
    membership: Membership, house: House, paging: Paging, search: str
) -> tuple[Page[Listed], int]:
    after = paging.position(str, int)
    rows, total = listing.roster(
        house.store,
        membership.institution_id,
        membership.course_id,
        search=search,
        after=(str(after[0]), int(after[1])) if after else None,
        limit=paging.fetch,
    )
    return paging.page(rows, key=lambda row: (row.name, row.person_id), show=lambda row: row), total


@pages.post("/courses/{course}/roster/plan")
async def plan_from_page(membership: IsStaff, house: InHouse) -> Response:
    """What a sync would change, and nothing is changed; the roster page where that is not known."""
    try:
        planned = await sync_course(membership, house, only_plan=True)
    except (Refused, Unreachable):  # kept with the sync
        return back(membership, house)
    return back(membership, house, f"syncs/{planned.id}")


@pages.post("/courses/{course}/roster/sync")
async def sync_from_page(membership: IsStaff, house: InHouse) -> Response:
    """The roster page again, after a sync; what the rules or the LMS refused is shown there."""
    with suppress(Refused, Unreachable):  # kept with the sync
        await sync_course(membership, house)
    return back(membership, house)


def back(membership: Membership, house: House, below: str = "") -> Response:
    """The course's roster, or a page below it."""
    path = f"courses/{membership.course_key}/roster/{below}".rstrip("/")
    return RedirectResponse(web_pages.url(house.settings, path), status_code=303)


async def sync_course(
    membership: Membership, house: House, *, confirmed: bool = False, only_plan: bool = False
) -> RosterSync:
    """The finished sync that this person asked for."""
    wish = sync.Wish(
        largest_share=house.settings.roster_leave_share,
        confirmed=confirmed,
        only_plan=only_plan,
        by=membership.hub_name,
    )
    return await sync.sync(
        house.store, house.lms, house.hub, house.clock, course=membership.course_key, wish=wish
    )
