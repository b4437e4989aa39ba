"""Who is in a course: shown, and synced with the LMS."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from coursehub.errors import Conflict, Refused, Unreachable
from coursehub.model.roster import RosterSync
from coursehub.roster.actions import gradebook, listing, problems, settling, sync
from coursehub.roster.actions.hearing import Lists
from coursehub.roster.actions.listing import Listed, SectionLine
from coursehub.roster.actions.problems import Problem
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
InSection = Annotated[str, Query(alias="section", pattern=r"^(all|[0-9]{1,9})?$")]
"""A section's number, or `all`; empty for a teaching assistant's own sections, else for all."""


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
def roster(
    membership: IsStaff,
    house: InHouse,
    paging: AskedPage,
    q: Search = "",
    section: InSection = "all",
) -> Page[Listed]:
    """One page of who is in the course, or in one section of it, by name."""
    return _page(membership, house, paging, q, _chosen(_sections(membership, house), section))[0]


@api.get("/courses/{course}/roster/sections")
def sections(membership: IsStaff, house: InHouse, paging: AskedPage) -> Page[SectionLine]:
    """The course's sections, and which of them a teaching assistant looks after."""
    after = paging.position(str, int) or ("", 0)
    rows = sorted(_sections(membership, house), key=lambda row: (row.name, row.id))
    rest = [row for row in rows if (row.name, row.id) > after]
    return paging.page(rest, key=lambda row: (row.name, row.id), show=lambda row: row)


@api.get("/courses/{course}/roster/problems")
def hub_problems(membership: IsStaff, house: InHouse, paging: AskedPage) -> Page[Problem]:
    """Those whom the Hub does not take: why, and when it is asked again."""
    after = paging.position(str, str)
    found = problems.listed(house.store, membership.institution_id, membership.course_id)
    rows = sorted(found, key=lambda row: (row.name, row.hub_name))
    rest = [row for row in rows if after is None or (row.name, row.hub_name) > after]
    return paging.page(rest, key=lambda row: (row.name, row.hub_name), show=lambda row: row)


@pages.get("/courses/{course}/roster")
def people(
    request: Request,
    membership: IsStaff,
    house: InHouse,
    paging: AskedPage,
    *,
    q: Search = "",
    section: InSection = "",
) -> Response:
    """The course's people, with search, and how the last sync went."""
    known = _sections(membership, house)
    found, total = _page(membership, house, paging, q, _chosen(known, section))
    last = listing.last_sync(house.store, membership.institution_id, membership.course_id)
    return page(
        request,
        "roster/people.html",
        crumbs=crumbs(membership, Crumb(label="People")),
        tabs=tabs(membership, "People"),
        course=membership,
        found=found,
        total=total,
        sections=known,
        section=section or ("" if any(line.is_mine for line in known) else "all"),
        last=last,
        problems=problems.listed(house.store, membership.institution_id, membership.course_id),
        unread=listing.unread(house.store, membership.institution_id, last.id or 0) if last else [],
    )


def _sections(membership: Membership, house: House) -> list[SectionLine]:
    return listing.sections(
        house.store,
        membership.institution_id,
        membership.course_id,
        person_id=membership.person_id,
        role=membership.role,
    )


def _chosen(known: list[SectionLine], section: str) -> list[int] | None:
    """The sections to show, by number; None for everybody."""
    mine = [line.id for line in known if line.is_mine]
    if section == "all" or not (section or mine):
        return None
    return [int(section)] if section else mine


def _page(
    membership: Membership,
    house: House,
    paging: Paging,
    search: str,
    sections: list[int] | None,
) -> tuple[Page[Listed], int]:
    after = paging.position(str, int)
    rows, total = listing.roster(
        house.store,
        membership.institution_id,
        membership.course_id,
        search=search,
        sections=sections,
        after=(str(after[0]), int(after[1])) if after else None,
        limit=paging.fetch,
    )
    return paging.page(rows, key=lambda row: (row.name, row.person_id), show=lambda row: row), total


@pages.post("/courses/{course}/roster/plan")
async def plan_from_page(membership: IsStaff, house: InHouse) -> Response:
    """What a sync would change, and nothing is changed; the roster page while that is not known."""
    try:
        planned = await house.background.begin(sync_course(membership, house, only_plan=True))
    except (Refused, Unreachable, Conflict):  # kept with the sync, or one goes on already
        return back(membership, house)
    return back(membership, house, f"syncs/{planned.id}" if planned else "")


@pages.post("/courses/{course}/roster/sync")
async def sync_from_page(membership: IsStaff, house: InHouse) -> Response:
    """The roster page again, which shows how far the sync is, or what was refused."""
    with suppress(Refused, Unreachable, Conflict):  # kept with the sync, or one goes on already
        await house.background.begin(sync_course(membership, house))
    return back(membership, house)


def back(membership: Membership, house: House, below: str = "") -> Response:
    """The course's roster, or a page below it."""
    path = f"courses/{membership.course_key}/roster/{below}".rstrip("/")
    return RedirectResponse(web_pages.url(house.settings, path), status_code=303)


async def sync_course(
    membership: Membership, house: House, *, confirmed: bool = False, only_plan: bool = False
) -> RosterSync:
    """The finished sync that this person asked for."""
    wish = settling.Wish(
        largest_share=house.settings.roster_leave_share,
        confirmed=confirmed,
        only_plan=only_plan,
        by=membership.hub_name,
        names_ahead=house.settings.names_ahead,
    )
    course = membership.course_key
    lists = Lists(house.rosters, house.roster_files, house.blobs)
    done = await sync.sync(
        house.store, house.lms, house.hub, house.clock, course=course, wish=wish, others=lists
    )
    if not only_plan:
        with suppress(Unreachable):  # the schedule does it within a minute
            await gradebook.enrol(house.store, house.gradebooks, course=course)
    return done
