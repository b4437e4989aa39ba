"""The forms by which a course's settings are changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from coursehub.courses.actions import changing
from coursehub.courses.actions.changing import Edit
from coursehub.courses.routes import places
from coursehub.courses.rules import filling_in
from coursehub.courses.rules.forms import FORMS, Form
from coursehub.courses.rules.settings import Settings, part_of, settings_of
from coursehub.errors import Conflict, Missing
from coursehub.web.house import House, InHouse
from coursehub.web.identity import IsInstructor, Membership
from coursehub.web.pages import Crumb

pages = APIRouter(tags=["courses"], include_in_schema=False)
routers = (pages,)
NAME: Final = "name"
SEEN: Final = "seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The form of one thing of a course, and who has it before them; a new thing has no name."""

    house: House
    membership: Membership
    form: Form
    name: str = ""

    def settings(self) -> Settings:
        """The course's settings as they are."""
        return settings_of(changing.now(self.house.store, self.membership.course_key))

    def edit(self, words: Mapping[str, str]) -> Edit:
        """What was typed, for the thing whose form it is, or for a new one of the name typed."""
        name = self.called(words)
        return Edit(
            place=self.form.place(name),
            typed=lambda page: filling_in.typed(self.form, page, name, words),
            by=self.membership.hub_name,
            seen=words.get(SEEN, ""),
            protocols=self.house.settings.protocols,
        )

    def called(self, words: Mapping[str, str]) -> str:
        """The thing's name."""
        return self.name or words.get(NAME, "").strip()


async def _whole(membership: IsInstructor, house: InHouse, key: str) -> Desk:
    return Desk(house=house, membership=membership, form=_known(key, is_named=False))


async def _new(membership: IsInstructor, house: InHouse, key: str) -> Desk:
    return Desk(house=house, membership=membership, form=_known(key, is_named=True))


async def _one(membership: IsInstructor, house: InHouse, key: str, name: str) -> Desk:
    return Desk(house=house, membership=membership, form=_known(key, is_named=True), name=name)


def _known(key: str, *, is_named: bool) -> Form:
    form = FORMS.get(key)
    if form is None or form.is_named is not is_named:
        raise Missing("no-such-setting", "There is no such setting.")
    return form


WholeDesk = Annotated[Desk, Depends(_whole)]
NewDesk = Annotated[Desk, Depends(_new)]
OneDesk = Annotated[Desk, Depends(_one)]


@pages.get("/courses/{course}/settings/{key}")
def whole(request: Request, desk: WholeDesk) -> Response:
    """The form of what a course has one of: its term, its limits."""
    return _form(request, desk)


@pages.get("/courses/{course}/settings/new/{key}")
def new(request: Request, desk: NewDesk) -> Response:
    """The form of an assignment, module or exam that is not there yet."""
    return _form(request, desk)


@pages.get("/courses/{course}/settings/{key}/{name}")
def one(request: Request, desk: OneDesk) -> Response:
    """The form of one assignment, module or exam."""
    return _form(request, desk)


@pages.post("/courses/{course}/settings/{key}")
async def change_whole(request: Request, desk: WholeDesk) -> Response:
    """The settings with the change in them, or the form with what is wrong."""
    return await _changed(request, desk)


@pages.post("/courses/{course}/settings/new/{key}")
async def make(request: Request, desk: NewDesk) -> Response:
    """The settings with the new thing in them, or the form with what is wrong."""
    return await _changed(request, desk)


@pages.post("/courses/{course}/settings/{key}/{name}")
async def change_one(request: Request, desk: OneDesk) -> Response:
    """The settings with the change in them, or the form with what is wrong."""
    return await _changed(request, desk)


@pages.post("/courses/{course}/settings/{key}/{name}/remove")
async def remove(desk: OneDesk) -> Response:
    """The settings without the thing."""
    if not desk.form.can_be_removed:
        raise Missing("no-such-setting", "This cannot be removed: people may have work in it.")
    place = desk.form.place(desk.name)
    edit = Edit(place=place, typed=lambda _: {}, by=desk.membership.hub_name)
    outcome = await run_in_threadpool(
        changing.change, desk.house.store, desk.membership.course_key, edit
    )
    return places.back(desk.house, desk.membership, "removed" if outcome.changes else "unchanged")


async def _changed(request: Request, desk: Desk) -> Response:
    """The settings after the change; or the form as it was typed, with what is wrong."""
    sent = await request.form()
    words = {key: value for key, value in sent.items() if isinstance(value, str)}
    if fault := desk.form.fault_of_name(desk.called(words)):
        return await run_in_threadpool(_form, request, desk, words, {NAME: fault}, status=422)
    try:
        outcome = await run_in_threadpool(
            changing.change, desk.house.store, desk.membership.course_key, desk.edit(words)
        )
    except Conflict:
        faults = await run_in_threadpool(_overtaken, desk, words)
        return await run_in_threadpool(_form, request, desk, words, faults, status=409)
    if outcome.faults:
        faults = _by_field(desk.form, outcome.faults)
        return await run_in_threadpool(_form, request, desk, words, faults, status=422)
    return places.back(desk.house, desk.membership, "saved" if outcome.changes else "unchanged")


def _overtaken(desk: Desk, words: Mapping[str, str]) -> dict[str, str]:
    """What somebody else has set meanwhile, by field; typed words stay, to be saved or not."""
    if desk.form.is_named and not desk.name:
        return {NAME: "There is one of that name already: change that, or choose another name."}
    theirs = filling_in.shown(desk.form, desk.settings(), desk.name)
    return {
        field.name: f"{field.label}: somebody else has set this to "
        f"{theirs[field.name] or 'nothing'} meanwhile. Save again, and yours holds."
        for field in desk.form.fields
        if theirs[field.name] != words.get(field.name, "").strip()
    } or {desk.form.fields[0].name: "Somebody else has changed this meanwhile. Save again."}


def _by_field(form: Form, faults: Mapping[str, str]) -> dict[str, str]:
    """
    Each fault under its field, with the field's label.

    One of a part that the form does not have, an extension's due moment, is the
    doing of the field that is called the same, or else of the first.
    """
    labels = {field.name: field.label for field in form.fields}
    found = dict[str, str]()
    for name, sentence in faults.items():
        near = next((n for n in (name, name.rpartition(".")[2]) if n in labels), "")
        label = labels.get(near, name.replace("_", " ").replace(".", " "))
        found[near or form.fields[0].name] = f"{label}: {sentence}"
    return found


def _form(
    request: Request,
    desk: Desk,
    words: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    form, settings = desk.form, desk.settings()
    title = form.title.lower() if form.is_named else form.title
    if desk.name:
        if not part_of(settings, form.place(desk.name)):
            raise Missing("no-such-setting", f"The course has no {title} {desk.name[:64]!r}.")
        title = f"{form.title} {desk.name}"
    elif form.is_named:
        title = f"New {title}"
    as_it_is = filling_in.shown(form, settings, desk.name)
    return places.shown(
        request,
        "courses/form.html",
        desk.membership,
        Crumb(label=title),
        status_code=status,
        form=form,
        name=desk.name,
        words=as_it_is if words is None else {**dict.fromkeys(as_it_is, ""), **words},
        seen=changing.mark_of(settings, form.place(desk.name)),
        zone=str(settings["term", "time_zone"]),
        errors=errors or {},
    )
