"""A course's settings as they are, and who changed them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from coursehub.courses.actions import changing, history, standing
from coursehub.courses.routes import places
from coursehub.courses.rules import granting
from coursehub.web.house import InHouse
from coursehub.web.identity import IsStaff
from coursehub.web.pages import Crumb
from coursehub.web.paging import AskedPage, Page

api = APIRouter(prefix="/api/v1", tags=["courses"])
pages = APIRouter(tags=["courses"], include_in_schema=False)
routers = (api, pages)


class Changed(BaseModel):
    """
    A setting that was changed: by whom (nobody is the service itself), when and by what.

    `origin` is page, upload, command, rollover, repository or api.
    """

    model_config = ConfigDict(from_attributes=True)

    id: int
    changed_at: datetime
    by: str
    origin: str
    place: str
    before: str
    after: str


@api.get("/courses/{course}/changes")
def changes(membership: IsStaff, house: InHouse, paging: AskedPage) -> Page[Changed]:
    """The changes of the course's settings, the latest first."""
    position = paging.position(int)
    rows = history.listed(
        house.store,
        membership.institution_id,
        membership.course_id,
        before=int(position[0]) if position else None,
        limit=paging.fetch,
    )
    return paging.page(rows, key=lambda row: (row.id or 0,), show=Changed.model_validate)


@pages.get("/courses/{course}/settings")
def settings(
    request: Request,
    membership: IsStaff,
    house: InHouse,
    done: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Everything that is set in the course, and where each is changed."""
    file = changing.now(house.store, membership.course_key)
    return places.shown(
        request,
        "courses/settings.html",
        membership,
        file=file,
        extensions=list(granting.given(file)),
        standing=standing.standing(house.store, membership.institution_id, membership.course_id),
        said=places.SAID.get(done),
    )


@pages.get("/courses/{course}/settings/changes")
def changes_page(
    request: Request, membership: IsStaff, house: InHouse, paging: AskedPage
) -> Response:
    """Who changed which setting, from what to what."""
    return places.shown(
        request,
        "courses/changes.html",
        membership,
        Crumb(label="Changes"),
        found=changes(membership, house, paging),
        zone=changing.now(house.store, membership.course_key).term.time_zone,
    )
