"""The administrators' pages of the LMSs that this Hub trusts."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, StringConstraints
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from coursehub.errors import CoursehubError
from coursehub.launch.actions import platforms
from coursehub.launch.actions.platforms import NewPlatform
from coursehub.launch.actions.registration import adding, links
from coursehub.launch.actions.registration.ourselves import ourselves
from coursehub.launch.routes import platform
from coursehub.vocabulary.addresses import LONGEST
from coursehub.vocabulary.families import FAMILIES
from coursehub.web import admin_place
from coursehub.web.house import House, InHouse
from coursehub.web.identity import IsAdministrator
from coursehub.web.pages import Crumb, page
from coursehub.web.row_keys import RowKey

pages = APIRouter(prefix="/admin/platforms", tags=["administration"], include_in_schema=False)
routers = (pages, *platform.routers)

_FIELDS: Final = {
    "no-institution": "institution",
    "no-client-id": "client_id",
    "bad-deployment": "deployments",
    "other-institution": "deployments",
}
"""Which field of the form an error is about, where it is not the LMS's address."""
Line = Annotated[str, StringConstraints(max_length=LONGEST, strip_whitespace=True)]


class Asked(BaseModel):
    """The fields of the form for an LMS that is added by hand."""

    institution: Line = ""
    issuer: Line = ""
    client_id: Line = ""
    deployments: Annotated[str, StringConstraints(max_length=20_000)] = ""
    auth_login_url: Line = ""
    token_url: Line = ""
    key_set_url: Line = ""
    family: Line = ""


@pages.get("")
def listed(request: Request, _: IsAdministrator, house: InHouse, done: str = "") -> Response:
    """Every LMS, those that wait for approval first, and the links that are open."""
    return _list(request, house, said=platform.DONE.get(done, ""))


@pages.post("/links")
def make_link(
    request: Request,
    viewer: IsAdministrator,
    house: InHouse,
    institution: Annotated[str, Form(max_length=200)] = "",
    hours: Annotated[float, Form()] = links.LIFE_HOURS,
) -> Response:
    """A new registration link, shown this once."""
    try:
        made = links.make(
            house.store,
            house.clock,
            house.settings,
            institution=institution,
            by=viewer.hub_name,
            hours=hours,
        )
    except CoursehubError as error:
        return _list(request, house, errors={"institution": error.message}, status=error.status)
    return page(
        request,
        "admin/platform_link.html",
        crumbs=platform.crumbs(Crumb(label="Registration link")),
        tabs=admin_place.tabs("Platforms"),
        made=made,
        local=ourselves(house.settings).local,
        families=[family for family in FAMILIES.values() if family.registers],
    )


@pages.post("/links/{link_id}/revoke")
def revoke_link(_: IsAdministrator, house: InHouse, link_id: RowKey) -> Response:
    """The list again; the link cannot be used any more."""
    links.revoke(house.store, house.clock, link_id)
    return platform.back(house, done="revoked")


@pages.get("/new")
def new(
    request: Request,
    _: IsAdministrator,
    family: Annotated[str, Query(max_length=40)] = "",
    at: Annotated[str, Query(max_length=LONGEST)] = "",
    client_id: Annotated[str, Query(max_length=255)] = "",
) -> Response:
    """The form for an LMS that does not register itself, filled in as far as facts go."""
    chosen = family or "other"
    try:
        known = adding.guessed(chosen, at=at.strip(), client_id=client_id)
    except CoursehubError as error:
        asked = {"family": family, "at": at}
        return _form(request, asked, {}, guess_errors={"at": error.message}, status=error.status)
    return _form(request, {"family": family, "at": at}, {**known, "client_id": client_id})


@pages.post("")
async def add(
    request: Request,
    viewer: IsAdministrator,
    house: InHouse,
    asked: Annotated[Asked, Form()],
) -> Response:
    """The list with the new LMS in it; addresses left out are asked of the LMS."""
    new = NewPlatform(
        institution=asked.institution,
        issuer=asked.issuer,
        client_id=asked.client_id,
        deployment_ids=tuple(asked.deployments.split()),
        auth_login_url=asked.auth_login_url,
        token_url=asked.token_url,
        key_set_url=asked.key_set_url,
        name=adding.named(asked.family, asked.issuer),
        registered_by=viewer.hub_name,
    )
    try:
        complete = await adding.completed(house.outside, new)
        await run_in_threadpool(platforms.register, house.store, complete)
    except CoursehubError as error:
        return _form(
            request,
            {"family": asked.family, "at": ""},
            asked.model_dump(),
            errors={_FIELDS.get(error.code, "issuer"): error.message},
            status=error.status,
        )
    return platform.back(house, done="added")


@pages.get("/values")
def what_the_lms_asks_for(request: Request, _: IsAdministrator, house: InHouse) -> Response:
    """The addresses of this Hub that an LMS's administrator enters there."""
    ours = ourselves(house.settings)
    return page(
        request,
        "admin/platform_values.html",
        crumbs=platform.crumbs(Crumb(label="What the LMS asks for")),
        tabs=admin_place.tabs("Platforms"),
        rows=ours.rows,
        local=ours.local,
        families=FAMILIES.values(),
    )


def _list(
    request: Request,
    house: House,
    *,
    said: str = "",
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    return page(
        request,
        "admin/platforms.html",
        status_code=status,
        crumbs=platform.crumbs(),
        tabs=admin_place.tabs("Platforms"),
        listed=platforms.listing(house.store),
        open_links=links.waiting(house.store, house.clock),
        life_hours=links.LIFE_HOURS,
        said=said,
        errors=errors or {},
    )


def _form(
    request: Request,
    asked: Mapping[str, str],
    fields: Mapping[str, Any],
    *,
    guess_errors: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    return page(
        request,
        "admin/platform_new.html",
        status_code=status,
        crumbs=platform.crumbs(Crumb(label="Add an LMS by hand")),
        tabs=admin_place.tabs("Platforms"),
        families=FAMILIES,
        asked=asked,
        fields={**dict.fromkeys(Asked.model_fields, ""), **fields},
        guess_errors=guess_errors or {},
        errors=errors or {},
    )
