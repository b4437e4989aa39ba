"""
The JSON interface for scripts, tours and tests: look at the LMS, and change who is in it.

To launch as a person without a browser: POST the form `person=<id>` to
`/launch/{course}/{link}`. The reply holds one form with hidden inputs; send it
to its `action`, follow the tool to `/auth`, and send on the one form of that
reply in the same way, keeping the tool's cookies. Deep Linking begins at
`/courses/{course}/deep-linking`, a review of a learner's work at
`/courses/{course}/review/{line item}` with `about=<id>`, a data privacy launch
at `/courses/{course}/privacy`, LTI 1.1 at `/lti11/launch/{course}/{link}`.

To register a tool: POST its registration link as `{"url": …}` to
`/api/tools/invitations`, GET the link of the reply, and POST to
`/tools/{client_id}/activate` what `/api/tools` then lists as pending.
Failures are thrown by `PUT /switches`.
All addresses are described at `/api/openapi.json`.
"""

from dataclasses import asdict, replace
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from coursehub_demo_lms.claims import lineitem_url
from coursehub_demo_lms.errors import Refusal
from coursehub_demo_lms.lineitems import MAX_POINTS
from coursehub_demo_lms.platform import Here
from coursehub_demo_lms.registering import invitation
from coursehub_demo_lms.standard import Role, Status
from coursehub_demo_lms.state import (
    Campus,
    Course,
    LineItem,
    Link,
    Member,
    Person,
    member_json,
)

router = APIRouter(prefix="/api")

Text = Annotated[str, Field(max_length=255)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PersonBody(_Strict):
    """Someone to add or change; what is left out stays as it is, or is empty."""

    id: Key
    given_name: Text | None = None
    family_name: Text | None = None
    email: Text | None = None
    role: Role | None = None
    status: Status | None = None


class LinkToRegister(_Strict):
    """A tool's registration link."""

    url: Annotated[str, Field(max_length=1024)]


class LineItemOfLink(_Strict):
    """The line item that a new link brings along."""

    label: Annotated[str, Field(min_length=1, max_length=255)]
    maximum: Annotated[float, Field(gt=0, le=MAX_POINTS)]


class LinkBody(_Strict):
    """A resource link to add."""

    id: Key | None = None
    title: Annotated[str, Field(min_length=1, max_length=255)]
    custom: Annotated[dict[Text, Text], Field(max_length=50)] = {}
    line_item: LineItemOfLink | None = None


@router.get("/courses")
async def courses(platform: Here) -> dict[str, Any]:
    """All courses with their links and the number of their people."""
    return {"courses": [_course(platform.campus, c) for c in platform.campus.courses.values()]}


@router.get("/tools")
async def tools(platform: Here) -> dict[str, Any]:
    """Every tool; to add one, POST its registration link as `url` to `/tools`."""
    listed = [
        {
            "client_id": tool.client_id,
            "name": tool.name,
            "status": tool.status,
            "deployment_id": tool.deployment_id,
            "takes_launches": tool == platform.tools.current,
            "scopes": list(tool.scopes),
            "messages": list(tool.messages),
        }
        for tool in platform.tools
    ]
    return {"tools": listed}


@router.post("/tools/invitations")
async def invite(body: LinkToRegister, platform: Here) -> dict[str, str]:
    """The tool's registration link with a token that works once, as the page would open it."""
    return {"link": invitation(platform, body.url)}


@router.get("/people")
async def people(platform: Here, course: str) -> dict[str, Any]:
    """Everyone in a course."""
    found = platform.campus.course(course)
    listed = [member_json(member) for member in platform.campus.roster(found)]
    return {"course": found.id, "total": len(listed), "people": listed}


@router.post("/courses/{course_id}/people")
async def put_person(course_id: str, body: PersonBody, platform: Here) -> dict[str, Any]:
    """That person is in the course, with what was sent."""
    course = platform.campus.course(course_id)
    before = course.members.get(body.id) or Member(person=Person(id=body.id), role="Learner")
    sent = body.model_dump(exclude_none=True, exclude={"id", "role", "status"})
    member = Member(
        person=replace(before.person, **sent),
        role=body.role or before.role,
        status=body.status or before.status,
    )
    course.enrol(member)
    platform.campus.touch()
    return member_json(member)


@router.delete("/courses/{course_id}/people/{person_id}", status_code=204)
async def drop_person(course_id: str, person_id: str, platform: Here) -> Response:
    """That person is not in the course any more."""
    if platform.campus.course(course_id).members.pop(person_id, None) is None:
        raise Refusal(404, "no-such-person", "That person is not in the course.")
    platform.campus.touch()
    return Response(status_code=204)


@router.post("/courses/{course_id}/links", status_code=201)
async def add_link(course_id: str, body: LinkBody, platform: Here) -> dict[str, Any]:
    """The course has that link, and its line item if one is given."""
    course = platform.campus.course(course_id)
    if body.id in course.links:
        raise Refusal(409, "link-exists", "The course has a link of that id.")
    link = course.add_link(Link(id=body.id or "", title=body.title, custom=dict(body.custom)))
    if body.line_item:
        grade = body.line_item
        course.add_lineitem(
            LineItem(id="", label=grade.label, maximum=grade.maximum, link_id=link.id)
        )
    platform.campus.touch()
    return {"id": link.id, "title": link.title, "custom": link.custom}


@router.get("/gradebook/{course_id}")
async def gradebook(course_id: str, platform: Here) -> dict[str, Any]:
    """The line items of a course and every grade that has arrived."""
    course = platform.campus.course(course_id)
    items = [
        {
            "id": item.id,
            "url": lineitem_url(platform, course, item.id),
            "label": item.label,
            "maximum": item.maximum,
            "link": item.link_id,
            "resource_id": item.resource_id,
            "tag": item.tag,
            "starts": item.starts,
            "ends": item.ends,
        }
        for item in course.lineitems.values()
    ]
    return {
        "course": course.id,
        "version": platform.campus.version,
        "line_items": items,
        "grades": _grades(platform.campus, course),
    }


def _grades(campus: Campus, course: Course) -> list[dict[str, Any]]:
    written = []
    for (item_id, person_id), grade in course.grades.items():
        member = campus.member(course, person_id)
        item = course.lineitem(item_id)
        written.append(
            {
                "person": person_id,
                "name": member.person.name if member else "",
                "line_item": item_id,
                "label": item.label,
                "points": grade.points,
                "maximum": item.maximum,
                "activity": grade.activity,
                "grading": grade.grading,
                "comment": grade.comment,
                "timestamp": grade.timestamp,
                "received": grade.received,
            }
        )
    return written


def _course(campus: Campus, course: Course) -> dict[str, Any]:
    return {
        "id": course.id,
        "label": course.label,
        "title": course.title,
        "institution": course.institution,
        "deployment_id": course.deployment_id,
        "people": sum(1 for _ in campus.roster(course)),
        "links": [
            {
                "id": link.id,
                "title": link.title,
                "custom": link.custom,
                "url": link.url,
                "available": asdict(link.available),
                "submission": asdict(link.submission),
            }
            for link in course.links.values()
        ],
    }
