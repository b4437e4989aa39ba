"""The administrators' pages of the people whom LMSs spoke of, and of their accounts."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from coursehub.errors import CoursehubError
from coursehub.launch.actions import linking, trust
from coursehub.launch.actions import people as actions
from coursehub.launch.actions.people import Known
from coursehub.web import admin_place
from coursehub.web import pages as web_pages
from coursehub.web.house import House, InHouse
from coursehub.web.identity import IsAdministrator
from coursehub.web.pages import Crumb, page
from coursehub.web.paging import AskedPage
from coursehub.web.row_keys import RowKey

pages = APIRouter(prefix="/admin/people", tags=["administration"], include_in_schema=False)
routers = (pages,)

DONE: Final[Mapping[str, str]] = {
    "linked": "The link is made. Their next launch enters that account.",
    "unlinked": "The link is undone. Their next launch enters their own account again.",
    "trusted": "The trusted domains are kept.",
}
"""What a page says above all after something was done, by the word in its address."""

Search = Annotated[str, Query(alias="q", max_length=100)]
Account = Annotated[str, Query(max_length=255)]


@pages.get("")
def listed(
    request: Request,
    _: IsAdministrator,
    house: InHouse,
    paging: AskedPage,
    q: Search = "",
    done: str = "",
) -> Response:
    """Everyone who came from an LMS or is on a roster, with search."""
    after = paging.position(str, int)
    rows, total = actions.listing(
        house.store,
        search=q,
        after=(str(after[0]), int(after[1])) if after else None,
        limit=paging.fetch,
    )
    return page(
        request,
        "admin/people.html",
        crumbs=admin_place.crumbs(Crumb(label="People")),
        tabs=admin_place.tabs("People"),
        found=paging.page(rows, key=lambda row: (row.name, row.id), show=_itself),
        total=total,
        institutions=trust.listing(house.store),
        said=DONE.get(done, ""),
    )


@pages.post("/trust")
def trust_domains(
    _: IsAdministrator,
    house: InHouse,
    institution: Annotated[str, Form(max_length=200)],
    domains: Annotated[str, Form(max_length=5000)] = "",
) -> Response:
    """The list again; the institution trusts these domains and no others."""
    trust.trust(house.store, institution, domains.replace(",", " ").split())
    return _back(house, "", done="trusted")


@pages.get("/{person_id}")
def shown(
    request: Request, _: IsAdministrator, house: InHouse, person_id: RowKey, done: str = ""
) -> Response:
    """One person: who they are in the LMS and on the Hub, and every change of that."""
    return _one(request, house, person_id, said=DONE.get(done, ""))


@pages.get("/{person_id}/link")
async def ask(
    request: Request, _: IsAdministrator, house: InHouse, person_id: RowKey, account: Account = ""
) -> Response:
    """What the link would do, and the button that makes it."""
    return await _confirmation(request, house, person_id, account.strip())


@pages.post("/{person_id}/link")
async def link(
    request: Request,
    viewer: IsAdministrator,
    house: InHouse,
    person_id: RowKey,
    account: Annotated[str, Form(max_length=255)],
    *,
    is_admin_meant: Annotated[bool, Form()] = False,
) -> Response:
    """The person's page; their launches enter that account."""
    try:
        await linking.link(
            house.store,
            house.hub,
            house.clock,
            person_id,
            account,
            by=viewer.hub_name,
            is_admin_meant=is_admin_meant,
        )
    except CoursehubError as error:
        if error.code != "account-of-an-admin":
            raise
        errors = {"is_admin_meant": error.message}
        return await _confirmation(request, house, person_id, account, errors=errors)
    return _back(house, f"/{person_id}", done="linked")


@pages.get("/{person_id}/unlink")
def ask_to_unlink(
    request: Request, _: IsAdministrator, house: InHouse, person_id: RowKey
) -> Response:
    """The question whether the link shall be undone."""
    person, changes = actions.one(house.store, person_id)
    own = next((change.before for change in changes if change.is_link), "")
    return page(
        request,
        "admin/person_unlink.html",
        crumbs=_crumbs(person, Crumb(label="Undo the link")),
        person=person,
        own=own,
    )


@pages.post("/{person_id}/unlink")
async def unlink(viewer: IsAdministrator, house: InHouse, person_id: RowKey) -> Response:
    """The person's page; they have the name again that they had before."""
    await linking.unlink(house.store, house.hub, house.clock, person_id, by=viewer.hub_name)
    return _back(house, f"/{person_id}", done="unlinked")


async def _confirmation(
    request: Request,
    house: House,
    person_id: int,
    account: str,
    *,
    errors: Mapping[str, str] | None = None,
) -> Response:
    """The question, or the person's page where there is no such account to link to."""
    try:
        found = await linking.account_for(house.store, house.hub, person_id, account)
    except CoursehubError as error:
        return await run_in_threadpool(_one, request, house, person_id, wrong=error, asked=account)
    person, _changes = await run_in_threadpool(actions.one, house.store, person_id)
    return page(
        request,
        "admin/person_link.html",
        status_code=422 if errors else 200,
        crumbs=_crumbs(person, Crumb(label="Link")),
        person=person,
        account=found,
        errors=errors or {},
    )


def _one(
    request: Request,
    house: House,
    person_id: int,
    *,
    said: str = "",
    wrong: CoursehubError | None = None,
    asked: str = "",
) -> Response:
    person, changes = actions.one(house.store, person_id)
    return page(
        request,
        "admin/person.html",
        status_code=wrong.status if wrong else 200,
        crumbs=_crumbs(person),
        tabs=admin_place.tabs("People"),
        person=person,
        changes=changes,
        said=said,
        asked=asked,
        errors={"account": wrong.message} if wrong else {},
    )


def _crumbs(person: Known, *below: Crumb) -> tuple[Crumb, ...]:
    name = person.name or person.subject
    path = f"admin/people/{person.id}" if below else None
    people = Crumb(label="People", path="admin/people")
    return admin_place.crumbs(people, Crumb(label=name, path=path), *below)


def _back(house: House, path: str, *, done: str) -> Response:
    address = web_pages.url(house.settings, f"admin/people{path}")
    return RedirectResponse(f"{address}?done={done}", status_code=303)


def _itself(row: Known) -> Known:
    return row
