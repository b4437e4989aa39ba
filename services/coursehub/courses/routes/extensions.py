"""More time for a person or a section: given by a form, and taken back by a button."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from coursehub.courses.actions import changing, granting
from coursehub.courses.actions.changing import Edit
from coursehub.courses.routes import places
from coursehub.courses.rules import granting as rules
from coursehub.errors import Invalid
from coursehub.web.formats import NOTHING
from coursehub.web.house import House, InHouse
from coursehub.web.identity import IsInstructor, Membership
from coursehub.web.pages import Crumb

pages = APIRouter(tags=["courses"], include_in_schema=False)
routers = (pages,)


class Asked(BaseModel):
    """The form, as it was filled in."""

    of: Annotated[str, Field(max_length=100)] = ""
    person: Annotated[str, Field(max_length=255)] = ""
    section: Annotated[str, Field(max_length=255)] = ""
    by: Annotated[str, Field(max_length=40)] = ""
    due: Annotated[str, Field(max_length=40)] = ""
    reason: Annotated[str, Field(max_length=255)] = ""


@pages.get("/courses/{course}/settings/extensions")
def give(
    request: Request,
    membership: IsInstructor,
    house: InHouse,
    of: Annotated[str, Query(max_length=100)] = "",
    person: Annotated[str, Query(max_length=255)] = "",
) -> Response:
    """The form by which somebody is given more time."""
    return _form(request, house, membership, Asked(of=of, person=person))


@pages.post("/courses/{course}/settings/extensions")
async def given(
    request: Request, membership: IsInstructor, house: InHouse, asked: Annotated[Asked, Form()]
) -> Response:
    """The settings with the extension among them, or the form with what is wrong."""
    faults = await run_in_threadpool(_give, house, membership, asked)
    if faults:
        return await run_in_threadpool(
            _form, request, house, membership, asked, errors=faults, status=422
        )
    return places.back(house, membership, "granted")


@pages.post("/courses/{course}/settings/extensions/take-back")
async def take_back(
    membership: IsInstructor,
    house: InHouse,
    of: Annotated[str, Form(max_length=100)] = "",
    whose: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """The settings without the extension."""
    edit = Edit(place=rules.place(of, whose), typed=lambda _: {}, by=membership.hub_name)
    outcome = await run_in_threadpool(changing.change, house.store, membership.course_key, edit)
    return places.back(house, membership, "taken-back" if outcome.changes else "unchanged")


def _give(house: House, membership: Membership, asked: Asked) -> Mapping[str, str]:
    """What is wrong, by field; empty where the time was given."""
    words = asked.model_dump()
    if asked.person.strip():
        try:
            words["person"] = granting.named(
                house.store, membership.institution_id, membership.course_id, asked.person.strip()
            )
        except Invalid as wrong:
            return {"person": wrong.message}
    if not (words["person"] or asked.section):
        return {"person": "Say whose it is: a person, or a section."}
    try:
        place = rules.place(asked.of, rules.whose(words["person"], asked.section))
        settings = rules.granted(words)
    except Invalid as wrong:
        return {"of": wrong.message}
    edit = Edit(place=place, typed=lambda _: settings, by=membership.hub_name)
    outcome = changing.change(house.store, membership.course_key, edit)
    return {_field(name): sentence for name, sentence in outcome.faults.items()}


def _field(name: str) -> str:
    """The form's field of a fault; one of no single field is about how long it is."""
    last = name.rpartition(".")[2]
    return last if last in Asked.model_fields else "by"


def _form(
    request: Request,
    house: House,
    membership: Membership,
    asked: Asked,
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    file = changing.now(house.store, membership.course_key)
    sections = granting.sections(house.store, membership.institution_id, membership.course_id)
    return places.shown(
        request,
        "courses/extension.html",
        membership,
        Crumb(label="More time"),
        status_code=status,
        of=[
            (rules.EVERY, "Every assignment"),
            *((f"assignments {item.name}", item.title) for item in file.assignments if item.due),
            *((f"exams {exam.name}", f"Exam: {exam.title}") for exam in file.exams),
        ],
        sections=[("", NOTHING), *((name, name) for name in sections)] if sections else [],
        asked=asked,
        zone=file.term.time_zone,
        errors=errors or {},
    )
