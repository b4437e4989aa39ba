"""The end of a course's term: the next one begun, and this one archived."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from coursehub.courses.actions import archiving, overview, terms
from coursehub.courses.actions.applying import Wish
from coursehub.courses.routes import places
from coursehub.courses.rules import fields, filling_in
from coursehub.courses.rules.rollover import NextTerm
from coursehub.errors import Conflict, CoursehubError, Refused
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.people import Role
from coursehub.web import identity
from coursehub.web.house import House, InHouse
from coursehub.web.identity import IsInstructor, Membership
from coursehub.web.pages import Crumb

pages = APIRouter(tags=["courses"], include_in_schema=False)
routers = (pages,)
LOOK: Final = "look"


class Asked(BaseModel):
    """The form, as it was filled in; `holidays` has one on a line, `step` may be to look only."""

    into: Annotated[str, Field(max_length=100)] = ""
    starts: Annotated[str, Field(max_length=10)] = ""
    ends: Annotated[str, Field(max_length=10)] = ""
    holidays: Annotated[str, Field(max_length=10_000)] = ""
    step: Annotated[str, Field(max_length=10)] = ""


@pages.get("/courses/{course}/settings/next-term")
def next_term(request: Request, membership: IsInstructor, house: InHouse) -> Response:
    """The form of the next term."""
    return _page(request, house, membership, Asked())


@pages.post("/courses/{course}/settings/next-term")
async def begin(
    request: Request, membership: IsInstructor, house: InHouse, asked: Annotated[Asked, Form()]
) -> Response:
    """The new course's settings, begun with this one's file; or the form, with what moves."""
    planned, errors = await run_in_threadpool(_planned, house, membership, asked)
    if planned is not None and asked.step != LOOK:
        try:
            new = await run_in_threadpool(_begun, house, membership, asked, planned)
        except CoursehubError as error:
            errors = {"into": error.message}
        else:
            return places.back(house, new, "begun")
    return await run_in_threadpool(
        _page, request, house, membership, asked, planned=planned, errors=errors
    )


@pages.get("/courses/{course}/settings/archive")
def ask_to_archive(request: Request, membership: IsInstructor) -> Response:
    """What archiving does, and the button for it."""
    return places.shown(request, "courses/archive.html", membership, Crumb(label="Archive"))


@pages.post("/courses/{course}/settings/archive")
async def archive(membership: IsInstructor, house: InHouse) -> Response:
    """The settings of the course, which is archived now."""
    with suppress(Conflict):  # pressed twice
        await run_in_threadpool(archiving.archive, house.store, house.clock, membership.course_key)
    return places.back(house, membership, "archived")


@pages.post("/courses/{course}/settings/restore")
async def restore(membership: IsInstructor, house: InHouse) -> Response:
    """The settings of the course, which runs again."""
    with suppress(Conflict):
        await run_in_threadpool(archiving.restore, house.store, membership.course_key)
    return places.back(house, membership, "restored")


def _planned(
    house: House, membership: Membership, asked: Asked
) -> tuple[NextTerm | None, dict[str, str]]:
    """The next term's file, or what is wrong, by field."""
    errors, days = dict[str, str](), dict[str, date | None]()
    for name in ("starts", "ends"):
        words = getattr(asked, name).strip()
        try:
            days[name] = date.fromisoformat(words) if words else None
        except ValueError:
            errors[name] = "Write a date like 2027-09-06."
    try:
        holidays = tuple(
            fields.holiday(filling_in.day(line.strip()))
            for line in asked.holidays.splitlines()
            if line.strip()
        )
    except ValueError as error:
        errors["holidays"] = f"Days without teaching: {error}."
    starts = days.get("starts")
    if not errors and starts is None:
        errors["starts"] = "Say on which day the new term begins."
    if errors or starts is None:
        return None, errors
    try:
        return terms.next_term(
            house.store,
            membership.course_key,
            starts=starts,
            ends=days.get("ends"),
            holidays=holidays,
        ), errors
    except CoursehubError as error:
        return None, {"ends": error.message}


def _begun(house: House, membership: Membership, asked: Asked, planned: NextTerm) -> Membership:
    """The place in the new course, which is the next term of this one."""
    new = identity.membership(house.store, membership.hub_name, CourseKey(asked.into))
    if new.role is not Role.INSTRUCTOR:
        raise Refused("instructors-only", "Only that course's instructors may begin its term.")
    wish = Wish(
        origin="rollover",
        by=membership.hub_name,
        protocols=house.settings.protocols,
        is_administrator=False,
    )
    terms.begin(
        house.store,
        house.settings,
        old=membership.course_key,
        new=new.course_key,
        text=planned.text,
        wish=wish,
    )
    return new


def _page(
    request: Request,
    house: House,
    membership: Membership,
    asked: Asked,
    *,
    planned: NextTerm | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    mine = overview.my_courses(house.store, membership.hub_name)
    return places.shown(
        request,
        "courses/next_term.html",
        membership,
        Crumb(label="Next term"),
        status_code=422 if errors else 200,
        asked=asked,
        into=[
            (one.key, one.title)
            for one in mine
            if one.role is Role.INSTRUCTOR
            and one.key != membership.course_key
            and not one.archived_at
        ],
        planned=planned,
        errors=errors or {},
    )
