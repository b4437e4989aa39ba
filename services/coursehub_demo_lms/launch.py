"""The beginning of launches: third-party login initiation (OpenID Connect core 4)."""

from fastapi import APIRouter, Request, Response

from coursehub_demo_lms.errand import Errand, hints, tool_for
from coursehub_demo_lms.errors import Refusal
from coursehub_demo_lms.forms import form_fields
from coursehub_demo_lms.platform import Here, Platform
from coursehub_demo_lms.rendering import auto_submit
from coursehub_demo_lms.standard import DEEP_LINKING_REQUEST, RESOURCE_LINK_REQUEST
from coursehub_demo_lms.state import Course, Link, Member
from coursehub_demo_lms.storage import storage_hint

STAFF = ("Instructor", "Administrator")

router = APIRouter()


@router.post("/launch/{course_id}/{link_id}")
async def launch(course_id: str, link_id: str, request: Request, platform: Here) -> Response:
    """Begins a launch of that link as `person`; by GET with `method=get`, framed with `frame=1`."""
    fields = await form_fields(request)
    course = platform.campus.course(course_id)
    link = course.link(link_id)
    member = active_member(platform, course, fields)
    require_open(platform, link, member)
    errand = Errand(
        registration=tool_for(platform, link, message=RESOURCE_LINK_REQUEST),
        course=course,
        member=member,
        link=link,
        framed=is_framed(fields),
    )
    return begin(platform, errand, fields)


@router.post("/courses/{course_id}/deep-linking")
async def deep_link(course_id: str, request: Request, platform: Here) -> Response:
    """Begins a Deep Linking launch as `person`, who must teach the course."""
    fields = await form_fields(request)
    course = platform.campus.course(course_id)
    member = active_member(platform, course, fields)
    if member.role not in STAFF:
        raise Refusal(403, "staff-only", "Only instructors add links to a course.")
    errand = Errand(
        registration=tool_for(platform, None, message=DEEP_LINKING_REQUEST),
        course=course,
        member=member,
        message=DEEP_LINKING_REQUEST,
        framed=is_framed(fields),
    )
    return begin(platform, errand, fields)


def active_member(platform: Platform, course: Course, fields: dict[str, str]) -> Member:
    """The member that the form names."""
    member = platform.campus.member(course, fields.get("person", ""))
    if member is None or member.status != "Active":
        raise Refusal(403, "not-in-course", "That person is not active in this course.")
    return member


def require_open(platform: Platform, link: Link, member: Member) -> None:
    """Refuses learners a link that is not available now; staff see it at all times."""
    if member.role == "Learner" and not link.available.is_open(platform.clock()):
        raise Refusal(403, "not-available", "This link is not available now.")


def is_framed(fields: dict[str, str]) -> bool:
    """Whether the form says that it opens in a frame of the course page."""
    return fields.get("frame") == "1"


def begin(platform: Platform, errand: Errand, fields: dict[str, str]) -> Response:
    """The form that starts the tool's login."""
    method = fields.get("method", "post").lower()
    if method not in {"get", "post"}:
        raise Refusal(400, "bad-method", "method is get or post.")
    sent = {
        "iss": platform.issuer,
        "target_link_uri": errand.target,
        **hints(platform, errand),
        "client_id": errand.registration.client_id,
        "lti_deployment_id": errand.deployment_id,
        **(storage_hint(platform.switches) if errand.framed else {}),
    }
    login_url = errand.registration.tool.login_url
    return auto_submit(login_url, sent, saying="Opening the tool", method=method)
