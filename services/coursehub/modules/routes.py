"""A course's modules as JSON, and their mirrors over git's smart HTTP protocol, read only."""

from dataclasses import asdict
from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from coursehub.errors import Missing
from coursehub.modules import actions
from coursehub.web.git_backend import backend
from coursehub.web.house import House, InHouse
from coursehub.web.identity import IsMember, IsStaff, Membership
from coursehub.web.paging import AskedPage, Page, Paging

api = APIRouter(prefix="/api/v1", tags=["modules"])
git = APIRouter(prefix="/git", include_in_schema=False)
routers = (api, git)

_WAIT_S: Final = 10.0


class CourseModule(BaseModel):
    """A module, the repository that it is cloned from, and how that stands."""

    name: str
    title: str
    path: str
    source_id: int
    folder: str
    branch: str
    commit: str
    fetched_at: datetime | None
    error: str
    git_url: str


@api.get("/courses/{course}/modules")
async def modules(house: InHouse, membership: IsMember, paging: AskedPage) -> Page[CourseModule]:
    """The course's modules; mirrors that are old are fetched first, for ten seconds at most."""
    await _refresh(house, membership, older_than_s=house.settings.module_refresh_s)
    return await _listed(house, membership, paging)


@api.post("/courses/{course}/modules/refresh")
async def refresh(house: InHouse, membership: IsStaff, paging: AskedPage) -> Page[CourseModule]:
    """The course's modules after upstream was asked; each item's `error` says what failed."""
    await _refresh(house, membership, older_than_s=0)
    return await _listed(house, membership, paging)


@git.get("/{course}/{source:int}.git/{path_info:path}")
@git.post("/{course}/{source:int}.git/{path_info:path}")
async def repository(
    request: Request, house: InHouse, membership: IsMember, source: int, path_info: str
) -> StreamingResponse:
    """Git's answer from the mirror."""
    key = await run_in_threadpool(
        actions.mirror_of, house.store, membership.institution_id, membership.course_id, source
    )
    mirror = house.repos.path(key)
    if not mirror.is_dir():
        raise Missing("mirror-missing", "The repository has not been fetched yet.")
    return await backend(request, mirror, path_info)


async def _refresh(house: House, membership: Membership, *, older_than_s: float) -> None:
    await actions.refresh_course(
        house.store,
        house.repos,
        tenant=membership.institution_id,
        course_id=membership.course_id,
        older_than_s=older_than_s,
        wait_s=_WAIT_S,
    )


async def _listed(house: House, membership: Membership, paging: Paging) -> Page[CourseModule]:
    offered = await run_in_threadpool(
        actions.modules_of, house.store, membership.institution_id, membership.course_id
    )
    base = f"{house.settings.for_user_servers}git/{membership.course_key}/"
    # A course's modules are numbered from 0, in the order in which they come.
    (after,) = paging.position(int) or (-1,)
    return paging.page(
        [row for row in enumerate(offered) if row[0] > int(after)],
        key=lambda row: (row[0],),
        show=lambda row: CourseModule(**asdict(row[1]), git_url=f"{base}{row[1].source_id}.git"),
    )
