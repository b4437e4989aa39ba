"""The course file on its page: written or uploaded, looked at, then applied."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from coursehub.courses.actions import applying
from coursehub.courses.actions.applying import Plan, Wish
from coursehub.courses.routes import places
from coursehub.courses.routes.files import wish_of
from coursehub.courses.rules import telling
from coursehub.courses.rules.difference import Side
from coursehub.courses.rules.file import checked
from coursehub.courses.rules.settings import Place
from coursehub.courses.rules.text import LARGEST_BYTES, read
from coursehub.errors import Conflict, CoursehubError, Invalid
from coursehub.web.house import House, InHouse
from coursehub.web.identity import IsInstructor, Membership
from coursehub.web.pages import Crumb

pages = APIRouter(tags=["courses"], include_in_schema=False)
routers = (pages,)
CHOICE: Final = "choice:"
_EDITOR: Final = "The course file"


@pages.get("/courses/{course}/settings/file")
def edit(request: Request, membership: IsInstructor, house: InHouse) -> Response:
    """What runs now as a file, to be changed here; or one to be uploaded."""
    text = applying.export(house.store, membership.course_key)
    return _editor(request, membership, text, began=text)


@pages.post("/courses/{course}/settings/file")
async def look(request: Request, membership: IsInstructor, house: InHouse) -> Response:
    """What the file would change; or the file again, with its faults."""
    return await run_in_threadpool(
        _look, request, house, membership, await _sent(await request.form())
    )


@pages.post("/courses/{course}/settings/file/edit")
async def edit_again(request: Request, membership: IsInstructor) -> Response:
    """The file that was looked at, to be changed once more."""
    sent = await _sent(await request.form())
    return _editor(request, membership, sent["text"], began=sent["began"])


@pages.post("/courses/{course}/settings/file/apply")
async def apply(request: Request, membership: IsInstructor, house: InHouse) -> Response:
    """The settings after the file was applied; or what it would change, if that is new."""
    sent = await _sent(await request.form())
    try:
        done = await run_in_threadpool(
            applying.apply,
            house.store,
            membership.course_key,
            sent["text"],
            _wish(house, membership, sent, choices=_choices(sent)),
        )
    except CoursehubError as error:
        return await run_in_threadpool(_look, request, house, membership, sent, error=error)
    return places.back(house, membership, "applied" if done.changes else "unchanged")


async def _sent(form: FormData) -> dict[str, str]:
    """The form's words; the uploaded file's text instead of that of the page, if there is one."""
    words = {"text": "", "began": "", "seen": ""}
    words |= {key: value for key, value in form.items() if isinstance(value, str)}
    upload = form.get("upload")
    if isinstance(upload, UploadFile) and upload.size:
        content = await upload.read(LARGEST_BYTES + 1)
        try:
            words |= {"text": content.decode("utf-8-sig"), "began": "", "origin": "upload"}
        except UnicodeDecodeError as cause:
            raise Invalid("course-file-not-text", "This file is no text in UTF-8.") from cause
    words["text"] = words["text"].replace("\r\n", "\n")
    words["began"] = words["began"].replace("\r\n", "\n")
    return words


def _wish(house: House, membership: Membership, sent: Mapping[str, str], **more: object) -> Wish:
    origin = "upload" if sent.get("origin") == "upload" else "page"
    return wish_of(house, membership, origin=origin, began=sent["began"], seen=sent["seen"], **more)


def _choice(place: Place) -> str:
    """The name of the field in which somebody picks a side; one that no browser rewrites."""
    return CHOICE + "/".join(quote(part, safe="") for part in place)


def _choices(sent: Mapping[str, str]) -> dict[Place, Side]:
    """What was picked for each clash."""
    try:
        return {
            tuple(map(unquote, key.removeprefix(CHOICE).split("/"))): Side(value)
            for key, value in sent.items()
            if key.startswith(CHOICE)
        }
    except ValueError as cause:
        raise Invalid("bad-choice", "Pick the file or the page for each setting.") from cause


def _look(
    request: Request,
    house: House,
    membership: Membership,
    sent: Mapping[str, str],
    *,
    error: CoursehubError | None = None,
) -> Response:
    try:
        _, faults = checked(read(sent["text"]))
        found = None if faults else _plan(house, membership, sent)
    except Invalid as wrong:
        faults, found, error = (), None, wrong
    if found is None:
        return _editor(
            request,
            membership,
            sent["text"],
            began=sent["began"],
            faults=[str(fault) for fault in faults],
            error=error,
            status=422,
        )
    return places.shown(
        request,
        "courses/file_look.html",
        membership,
        Crumb(label=_EDITOR, path=f"{places.home(membership)}/file"),
        Crumb(label="What it changes"),
        status_code=409 if isinstance(error, Conflict) else error.status if error else 200,
        found=found,
        changes=[telling.change(one) for one in found.difference.changes],
        clashes=[
            (_choice(one.place), telling.place(one.place),
             telling.value(one.last), telling.value(one.page), telling.value(one.file))
            for one in found.difference.clashes
        ],
        staying=[telling.place(place) for place in found.difference.staying],
        sent=sent,
        error=error,
    )  # fmt: skip


def _plan(house: House, membership: Membership, sent: Mapping[str, str]) -> Plan:
    wish = _wish(house, membership, sent)
    return applying.plan(house.store, membership.course_key, sent["text"], wish)


def _editor(
    request: Request,
    membership: Membership,
    text: str,
    *,
    began: str,
    faults: list[str] | None = None,
    error: CoursehubError | None = None,
    status: int = 200,
) -> Response:
    return places.shown(
        request,
        "courses/file_edit.html",
        membership,
        Crumb(label=_EDITOR),
        status_code=status,
        text=text,
        began=began,
        faults=faults or [],
        error=error,
    )
