"""The administrators' pages of one LMS: look, approve, switch, remove, and its deployments."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from coursehub.errors import CoursehubError
from coursehub.launch.actions import deployments, platforms, successors
from coursehub.launch.actions.registration import metadata
from coursehub.model.institution import PlatformState
from coursehub.vocabulary.addresses import host_of
from coursehub.web import admin_place
from coursehub.web import pages as web_pages
from coursehub.web.house import House, InHouse
from coursehub.web.identity import IsAdministrator
from coursehub.web.pages import Crumb, page
from coursehub.web.row_keys import RowKey

pages = APIRouter(prefix="/admin/platforms", tags=["administration"], include_in_schema=False)
routers = (pages,)

DONE: Final[Mapping[str, str]] = {
    "added": "The LMS is registered. Its launches are let in from now on.",
    "approved": "The LMS is approved. Its launches are let in from now on.",
    "refused": "The registration is gone. Its link stays used; make another for another try.",
    "off": "Launches from this LMS are refused from now on. Its people and their work stay.",
    "on": "Launches from this LMS are let in again.",
    "removed": "The LMS is removed.",
    "deployment": "Launches from that deployment are let in from now on.",
    "no-deployment": "Launches from that deployment are refused from now on.",
    "revoked": "The link cannot be used any more.",
}
"""What a page says above all after something was done, by the word in its address."""

DeploymentId = Annotated[str, Form(max_length=deployments.LONGEST_ID)]


@pages.get("/{platform_id}")
def shown(
    request: Request, _: IsAdministrator, house: InHouse, platform_id: RowKey, done: str = ""
) -> Response:
    """One LMS: what is known of it, its deployments, and what can be done with it."""
    return _one(request, house, platform_id, said=DONE.get(done, ""))


@pages.post("/{platform_id}/approve")
def approve(_: IsAdministrator, house: InHouse, platform_id: RowKey) -> Response:
    """The LMS's page; its launches are let in."""
    platforms.approve(house.store, platform_id)
    return back(house, platform_id, done="approved")


@pages.post("/{platform_id}/on")
def switch_on(_: IsAdministrator, house: InHouse, platform_id: RowKey) -> Response:
    """The LMS's page; its launches are let in again."""
    platforms.switch(house.store, platform_id, PlatformState.ACTIVE)
    return back(house, platform_id, done="on")


@pages.post("/{platform_id}/off")
def switch_off(_: IsAdministrator, house: InHouse, platform_id: RowKey) -> Response:
    """The LMS's page; its launches are refused."""
    platforms.switch(house.store, platform_id, PlatformState.OFF)
    return back(house, platform_id, done="off")


@pages.get("/{platform_id}/remove")
def ask(request: Request, _: IsAdministrator, house: InHouse, platform_id: RowKey) -> Response:
    """The question whether the LMS is to go, for browsers without scripts."""
    return page(
        request,
        "admin/platform_remove.html",
        crumbs=crumbs(Crumb(label="Remove")),
        one=platforms.show(house.store, platform_id),
    )


@pages.post("/{platform_id}/remove")
def remove(request: Request, _: IsAdministrator, house: InHouse, platform_id: RowKey) -> Response:
    """The list without the LMS; its own page again where people came from it."""
    try:
        platforms.remove(house.store, platform_id)
    except CoursehubError as error:
        return _one(request, house, platform_id, refused=error)
    return back(house, done="removed")


@pages.post("/{platform_id}/refuse")
def refuse(_: IsAdministrator, house: InHouse, platform_id: RowKey) -> Response:
    """The list without the registration that waited."""
    platforms.refuse(house.store, platform_id)
    return back(house, done="refused")


@pages.post("/{platform_id}/deployments")
def add_deployment(
    request: Request,
    _: IsAdministrator,
    house: InHouse,
    platform_id: RowKey,
    deployment_id: DeploymentId = "",
) -> Response:
    """The LMS's page; launches from that deployment are let in."""
    try:
        deployments.add(house.store, platform_id, deployment_id.strip())
    except CoursehubError as error:
        errors = {"deployment_id": error.message}
        return _one(request, house, platform_id, errors=errors, status=error.status)
    return back(house, platform_id, done="deployment")


@pages.post("/{platform_id}/deployments/remove")
def remove_deployment(
    _: IsAdministrator, house: InHouse, platform_id: RowKey, deployment_id: DeploymentId = ""
) -> Response:
    """The LMS's page; launches from that deployment are refused."""
    deployments.remove(house.store, platform_id, deployment_id)
    return back(house, platform_id, done="no-deployment")


def crumbs(*below: Crumb) -> tuple[Crumb, ...]:
    """The way to a page of the platforms."""
    return admin_place.crumbs(*below)


def back(house: House, platform_id: int | None = None, *, done: str) -> Response:
    """The list, or one LMS's page, saying what was done."""
    below = "admin/platforms" if platform_id is None else f"admin/platforms/{platform_id}"
    return RedirectResponse(f"{web_pages.url(house.settings, below)}?done={done}", status_code=303)


def _one(
    request: Request,
    house: House,
    platform_id: int,
    *,
    said: str = "",
    refused: CoursehubError | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    one = platforms.show(house.store, platform_id)
    return page(
        request,
        "admin/platform.html",
        status_code=refused.status if refused else status,
        crumbs=crumbs(Crumb(label=one.title)),
        tabs=admin_place.tabs("Platforms"),
        one=one,
        elsewhere=_elsewhere(one),
        beside=successors.beside(house.store, platform_id),
        withheld=metadata.withheld(one.platform.scopes) if one.platform.scopes else (),
        said=said,
        refused=refused,
        errors=errors or {},
    )


def _elsewhere(one: platforms.Listed) -> tuple[str, ...]:
    """Hosts of its addresses that are not its issuer's: to be looked at before approval."""
    row = one.platform
    named = (row.auth_login_url, row.token_url, row.key_set_url)
    hosts = dict.fromkeys(map(host_of, named))
    return tuple(host for host in hosts if host != host_of(row.issuer))
