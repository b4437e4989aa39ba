"""What a course's listings changed, or would change: shown, carried out and undone."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from coursehub.errors import Conflict, Unreachable
from coursehub.roster.actions import groups, plans, readings, staff
from coursehub.vocabulary.people import Role
from coursehub.vocabulary.roster import StepKind
from coursehub.web import pages as web_pages
from coursehub.web.course_place import crumbs, tabs
from coursehub.web.house import House, InHouse
from coursehub.web.identity import IsStaff, Membership
from coursehub.web.pages import Crumb, page
from coursehub.web.paging import AskedPage, Page
from coursehub.web.row_keys import RowKey

api = APIRouter(prefix="/api/v1", tags=["roster"])
pages = APIRouter(tags=["roster"], include_in_schema=False)
routers = (api, pages)


class Verb(StrEnum):
    """What can be decided of a plan."""

    APPLY = "apply"
    UNDO = "undo"


Decision = Callable[..., plans.Outcome]
VERBS: Final[Mapping[Verb, Decision]] = {Verb.APPLY: plans.apply, Verb.UNDO: plans.undo}
DONE: Final = {
    Verb.APPLY: ("success", "Done.", "The Hub's groups follow within a minute."),
    Verb.UNDO: (
        "success",
        "Undone.",
        "The next sync does not do it again by itself: it shows the same changes, which wait.",
    ),
    "nothing-waits": ("info", "Nothing waits here any more.", "Somebody else was faster."),
    "nothing-to-undo": ("info", "Nothing of this stands any more.", ""),
    "plan-overtaken": (
        "warning",
        "The list was read again since.",
        "Nothing was changed: look at the newest sync.",
    ),
}
"""What the page says after a decision."""


class Synced(BaseModel):
    """
    What one sync did; `by` nobody is the schedule, and what waits is for a person to decide.

    Until it has finished it is at `progress` of `goal` in its stage; a goal of 0 is not known.
    `changes_since` is there where the LMS told what had changed alone: `listed` are those it named.
    """

    model_config = ConfigDict(from_attributes=True)

    id: int
    source: str
    by: str
    finished_at: datetime | None
    applied_at: datetime | None
    applied_by: str
    undone_at: datetime | None
    undone_by: str
    changes_since: datetime | None
    listed: int
    joined: int
    left: int
    missing: int
    changed: int
    unchanged: int
    unplaced: int
    waiting: int
    error: str
    stage: str
    progress: int
    goal: int


class Step(BaseModel):
    """One person's part of a sync; the role is null where they are not in the course."""

    model_config = ConfigDict(from_attributes=True)

    kind: StepKind
    subject: str
    name: str
    before: Role | None
    after: Role | None
    sections_before: tuple[str, ...]
    sections_after: tuple[str, ...]
    done: bool


class Outcome(BaseModel):
    """How many steps were taken, and how many were left, since their people have changed."""

    model_config = ConfigDict(from_attributes=True)

    done: int
    overtaken: int


@api.get("/courses/{course}/roster/syncs")
def history(membership: IsStaff, house: InHouse, paging: AskedPage) -> Page[Synced]:
    """The syncs that changed something, wait or failed, the latest first."""
    rows = plans.history(
        house.store,
        membership.institution_id,
        membership.course_id,
        before=_position(paging.position(int)),
        limit=paging.fetch,
    )
    return paging.page(rows, key=lambda row: (row.id or 0,), show=Synced.model_validate)


@api.get("/courses/{course}/roster/syncs/{sync_id}")
def one(membership: IsStaff, house: InHouse, sync_id: RowKey) -> Synced:
    """One sync: what it did, or how far it is."""
    sync, _ = plans.show(
        house.store, membership.institution_id, membership.course_id, sync_id, limit=1
    )
    return Synced.model_validate(sync)


@api.get("/courses/{course}/roster/syncs/{sync_id}/steps")
def steps(membership: IsStaff, house: InHouse, paging: AskedPage, sync_id: RowKey) -> Page[Step]:
    """Who is changed by a sync, and how."""
    _, rows = plans.show(
        house.store,
        membership.institution_id,
        membership.course_id,
        sync_id,
        after=_position(paging.position(int)),
        limit=paging.fetch,
    )
    return paging.page(rows, key=lambda row: (row.id or 0,), show=Step.model_validate)


@api.post("/courses/{course}/roster/syncs/{sync_id}/apply")
async def apply(membership: IsStaff, house: InHouse, sync_id: RowKey) -> Outcome:
    """The outcome of what waits in a sync's plan, carried out."""
    return Outcome.model_validate(await _decided(plans.apply, membership, house, sync_id))


@api.post("/courses/{course}/roster/syncs/{sync_id}/undo")
async def undo(membership: IsStaff, house: InHouse, sync_id: RowKey) -> Outcome:
    """The outcome of undoing what a sync did."""
    return Outcome.model_validate(await _decided(plans.undo, membership, house, sync_id))


@api.get("/courses/{course}/roster/staff")
def staff_changes(membership: IsStaff, house: InHouse, paging: AskedPage) -> Page[staff.Changed]:
    """Who became staff of the course or ceased to be, by what and when; the latest first."""
    rows = staff.changes(
        house.store,
        membership.institution_id,
        membership.course_id,
        before=_position(paging.position(int)),
        limit=paging.fetch,
    )
    return paging.page(rows, key=lambda row: (row.id,), show=lambda row: row)


@pages.get("/courses/{course}/roster/staff")
def staff_page(
    request: Request, membership: IsStaff, house: InHouse, paging: AskedPage
) -> Response:
    """The changes of the course's staff."""
    return page(
        request,
        "roster/staff.html",
        crumbs=crumbs(membership, _people(membership), Crumb(label="Changes of the staff")),
        tabs=tabs(membership, "People"),
        course=membership,
        found=staff_changes(membership, house, paging),
    )


@pages.get("/courses/{course}/roster/syncs")
def syncs(request: Request, membership: IsStaff, house: InHouse, paging: AskedPage) -> Response:
    """What the course's listings have changed."""
    return page(
        request,
        "roster/syncs.html",
        crumbs=crumbs(membership, _people(membership), Crumb(label="Changes")),
        tabs=tabs(membership, "People"),
        course=membership,
        found=history(membership, house, paging),
    )


@pages.get("/courses/{course}/roster/syncs/{sync_id}")
def shown(
    request: Request,
    membership: IsStaff,
    house: InHouse,
    paging: AskedPage,
    *,
    sync_id: RowKey,
    done: str = "",
) -> Response:
    """One sync: whom it changed and how, what waits, and what can be done."""
    sync, _ = plans.show(
        house.store, membership.institution_id, membership.course_id, sync_id, limit=1
    )
    return page(
        request,
        "roster/sync.html",
        crumbs=crumbs(
            membership,
            _people(membership),
            Crumb(label="Changes", path=f"courses/{membership.course_key}/roster/syncs"),
            Crumb(label=f"Sync {sync_id}"),
        ),
        tabs=tabs(membership, "People"),
        course=membership,
        sync=sync,
        found=steps(membership, house, paging, sync_id),
        said=DONE.get(done),
        unplaced=readings.unplaced(house.store, membership.institution_id, sync_id),
    )


@pages.post("/courses/{course}/roster/syncs/{sync_id}/{verb}")
async def decide(membership: IsStaff, house: InHouse, sync_id: RowKey, verb: Verb) -> Response:
    """The sync's page again, after its plan was carried out or undone."""
    said: str = verb
    try:
        await _decided(VERBS[verb], membership, house, sync_id)
    except Conflict as conflict:
        said = conflict.code
    path = f"courses/{membership.course_key}/roster/syncs/{sync_id}?done={said}"
    return RedirectResponse(web_pages.url(house.settings, path), status_code=303)


async def _decided(
    action: Decision, membership: Membership, house: House, sync_id: int
) -> plans.Outcome:
    outcome = await run_in_threadpool(
        action,
        house.store,
        house.clock,
        membership.institution_id,
        membership.course_id,
        sync_id,
        by=membership.hub_name,
    )
    with suppress(Unreachable):  # the schedule does it within a minute
        await groups.align(house.store, house.hub, house.clock, course=membership.course_key)
    return outcome


def _people(membership: Membership) -> Crumb:
    return Crumb(label="People", path=f"courses/{membership.course_key}/roster")


def _position(after: tuple[str | int, ...] | None) -> int | None:
    return int(after[0]) if after else None
