"""A course's roster: shown, and synced with the LMS."""

from contextlib import suppress
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from coursehub.errors import Refused, Unreachable
from coursehub.roster.actions import listing, sync
from coursehub.roster.actions.listing import Listed
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


class Synced(BaseModel):
    """What one sync did."""

    model_config = ConfigDict(from_attributes=True)

    listed: int
    joined: int
    left: int
    missing: int
    changed: int
    unchanged: int
    unplaced: int
    finished_at: datetime | None


class Asked(BaseModel):
    """How to sync; `confirmed` lets more people leave than a sync does by itself, and at once."""

    model_config = ConfigDict(extra="forbid")

    confirmed: bool = False


@api.post("/courses/{course}/roster/sync")
async def sync_now(membership: IsStaff, house: InHouse, asked: Asked | None = None) -> Synced:
    """The finished sync of the course with its LMS."""
    done = await _sync(membership, house, confirmed=bool(asked and asked.confirmed))
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


@pages.post("/courses/{course}/roster/sync")
async def sync_from_page(membership: IsStaff, house: InHouse) -> Response:
    """The roster page again, after a sync; what the rules or the LMS refused is shown there."""
    return await _sync_and_show(membership, house, confirmed=False)


@pages.get("/courses/{course}/roster/confirm")
def ask(request: Request, membership: IsStaff, house: InHouse) -> Response:
    """The question whether many may leave, for browsers without scripts."""
    return page(
        request,
        "roster/confirm.html",
        crumbs=crumbs(membership, Crumb(label="People")),
        course=membership,
        last=listing.last_sync(house.store, membership.institution_id, membership.course_id),
    )


@pages.post("/courses/{course}/roster/confirm")
async def confirm(membership: IsStaff, house: InHouse) -> Response:
    """The roster page again, after a sync in which any number may leave."""
    return await _sync_and_show(membership, house, confirmed=True)


async def _sync_and_show(membership: Membership, house: House, *, confirmed: bool) -> Response:
    with suppress(Refused, Unreachable):  # kept with the sync
        await _sync(membership, house, confirmed=confirmed)
    back = web_pages.url(house.settings, f"courses/{membership.course_key}/roster")
    return RedirectResponse(back, status_code=303)


async def _sync(membership: Membership, house: House, *, confirmed: bool) -> object:
    wish = sync.Wish(largest_share=house.settings.roster_leave_share, confirmed=confirmed)
    return await sync.sync(
        house.store, house.lms, house.hub, house.clock, course=membership.course_key, wish=wish
    )
