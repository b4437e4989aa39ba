"""The list of someone's courses, and each course's own page."""

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from coursehub.courses.actions import overview
from coursehub.courses.actions.overview import MyCourse, Overview
from coursehub.vocabulary.people import HubName, Role
from coursehub.web.course_place import crumbs, tabs
from coursehub.web.house import House, InHouse
from coursehub.web.identity import IsMember, IsStaff, IsViewer, Membership
from coursehub.web.pages import Crumb, page

api = APIRouter(prefix="/api/v1", tags=["courses"])
pages = APIRouter(tags=["courses"], include_in_schema=False)
routers = (api, pages)


class OwnCourse(BaseModel):
    """A course, and one's role in it."""

    course: str
    title: str
    role: Role


class Me(BaseModel):
    """Who is asking, and all the courses they are in."""

    username: HubName
    courses: list[OwnCourse]


@api.get("/me")
def me(viewer: IsViewer, house: InHouse) -> Me:
    """Who is asking, and the courses they are in."""
    mine = overview.my_courses(house.store, viewer.hub_name)
    return Me(username=viewer.hub_name, courses=[_line(course) for course in mine])


def _line(course: MyCourse) -> OwnCourse:
    return OwnCourse(course=course.key, title=course.title, role=course.role)


@pages.get("/")
def home(request: Request, viewer: IsViewer, house: InHouse) -> Response:
    """The courses of whoever looks."""
    mine = overview.my_courses(house.store, viewer.hub_name)
    return page(request, "courses/home.html", viewer=viewer, courses=mine)


@pages.get("/courses/{course}")
def course(request: Request, membership: IsMember, house: InHouse) -> Response:
    """The course's page: for its staff how the class is doing, for students what to do."""
    return page(
        request,
        "courses/staff.html" if membership.role.is_staff else "courses/student.html",
        crumbs=crumbs(membership),
        tabs=tabs(membership, "Overview"),
        course=membership,
        found=_overview(house, membership),
        roles=tuple(Role),
    )


@pages.get("/courses/{course}/costs")
def costs(request: Request, membership: IsStaff, house: InHouse) -> Response:
    """What the course has cost, by person."""
    return page(
        request,
        "courses/costs.html",
        crumbs=crumbs(membership, Crumb(label="Costs")),
        tabs=tabs(membership, "Costs"),
        course=membership,
        found=_overview(house, membership),
    )


def _overview(house: House, membership: Membership) -> Overview:
    return overview.overview(
        house.store,
        house.settings,
        membership.institution_id,
        membership.course_id,
        person_id=membership.person_id,
        at=house.clock.now(),
    )
