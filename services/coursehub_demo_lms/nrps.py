"""Names and Role Provisioning Services 2.0: who is in a course."""

import json
from typing import Any

from fastapi import APIRouter, Request, Response

from coursehub_demo_lms.bearer import needs
from coursehub_demo_lms.bodies import media_json, require_accept
from coursehub_demo_lms.claims import context_claim
from coursehub_demo_lms.errors import Refusal
from coursehub_demo_lms.paging import page_of
from coursehub_demo_lms.platform import Here, Platform, disturbance
from coursehub_demo_lms.standard import (
    CLAIM,
    MEDIA_MEMBERS,
    RESOURCE_LINK_REQUEST,
    ROLE_URIS,
    SCOPE_MEMBERS,
)
from coursehub_demo_lms.state import Course, Link, Member
from coursehub_demo_lms.switches import MembersFault

router = APIRouter(dependencies=[disturbance("nrps")])


@router.get("/nrps/{course_id}/members", dependencies=[needs(SCOPE_MEMBERS)])
async def members(course_id: str, request: Request, platform: Here) -> Response:
    """
    A page of the course's people; filters `role` and `rlid`, page size `limit`.

    With `since`, of those alone who came, changed or left since that list.
    """
    require_accept(request, MEDIA_MEMBERS)
    course = platform.campus.course(course_id)
    rlid = request.query_params.get("rlid")
    link = course.link(rlid) if rlid is not None else None
    role = request.query_params.get("role", "")
    everyone = platform.campus.roster(course)
    if since := request.query_params.get("since", ""):
        everyone = platform.snapshots.changes(course.id, since, everyone)
    listed = (m for m in everyone if not role or has_role(m, role))
    base = platform.url(f"/nrps/{course.id}/members")
    page = page_of(listed, request, base=base, most=platform.switches.members_page_size)
    body = {
        "id": f"{base}?{request.url.query}".rstrip("?"),
        "context": {k: v for k, v in context_claim(course).items() if k != "type"},
        "members": [written(platform, member, link) for member in page.items],
    }
    if page.number == platform.switches.members_fault_page:
        return spoiled(platform, request, body, course=course, next_url=page.next_url)
    next_ones = ""
    if platform.switches.members_differences and page.number == 1 and not (role or rlid):
        name = platform.snapshots.keep(course.id, platform.campus.roster(course))
        next_ones = f"{base}?since={name}"
    return media_json(MEDIA_MEMBERS, body, next_page=page.next_url, differences=next_ones)


def has_role(member: Member, asked: str) -> bool:
    """Whether the member holds that role, given as a URI or in its short form (NRPS 2.4.1)."""
    return asked == member.role or asked in ROLE_URIS[member.role]


def written(platform: Platform, member: Member, link: Link | None) -> dict[str, Any]:
    """A member as the service writes it; what the LMS withholds is left out."""
    person = member.person
    short = platform.switches.members_short_roles
    names = {
        "name": person.name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
    }
    message = {
        f"{CLAIM}message_type": RESOURCE_LINK_REQUEST,
        f"{CLAIM}custom": dict(link.custom) if link else {},
    }
    return {
        "status": member.status,
        "user_id": person.id,
        "roles": [member.role] if short else list(ROLE_URIS[member.role]),
        **{name: value for name, value in names.items() if value},
        **({"message": [message]} if link else {}),
    }


def spoiled(
    platform: Platform, request: Request, body: dict[str, Any], *, course: Course, next_url: str
) -> Response:
    """The page, wrong in the way the switch says."""
    fault = platform.switches.members_fault
    if fault is MembersFault.ERROR:
        raise Refusal(500, "switched-wrong", "This page fails, by a switch.")
    if fault is MembersFault.MALFORMED:
        text = json.dumps(body)
        return Response(text[: len(text) // 2], media_type=MEDIA_MEMBERS)
    if fault is MembersFault.SAME_PAGE:
        here = platform.url(f"/nrps/{course.id}/members?{request.url.query}")
        return media_json(MEDIA_MEMBERS, body, next_page=here)
    return media_json(MEDIA_MEMBERS, body, next_page=next_url)
