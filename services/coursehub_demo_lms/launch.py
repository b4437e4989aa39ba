"""Launches: third-party login initiation, then the authorization endpoint (LTI security 5.1)."""

from typing import Any, Literal, NamedTuple

from fastapi import APIRouter, Request, Response

from coursehub_demo_lms.claims import deep_linking_claims, link_claims, target_of
from coursehub_demo_lms.errors import Refusal
from coursehub_demo_lms.faults import launch_fields
from coursehub_demo_lms.forms import form_fields, query_fields
from coursehub_demo_lms.platform import Here, Platform
from coursehub_demo_lms.rendering import auto_submit
from coursehub_demo_lms.state import Course, Link, Member

HINT_LIFE_S = 300
RETURN_LIFE_S = 3600
MAX_VALUE = 4096
STAFF = ("Instructor", "Administrator")

Method = Literal["get", "post"]
router = APIRouter()


class Errand(NamedTuple):
    """Who goes where: what the two hints of one login say together."""

    course: Course
    member: Member
    link: Link | None


class OidcError(Exception):
    """An error that the tool is told of at its redirect address (OpenID Connect 3.1.2.6)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@router.post("/launch/{course_id}/{link_id}")
async def launch(course_id: str, link_id: str, request: Request, platform: Here) -> Response:
    """Begins a launch of that link as `person`; `method=get` begins it by GET."""
    fields = await form_fields(request)
    course = platform.campus.course(course_id)
    link = course.link(link_id)
    return begin(platform, Errand(course, active_member(platform, course, fields), link), fields)


@router.post("/courses/{course_id}/deep-linking")
async def deep_link(course_id: str, request: Request, platform: Here) -> Response:
    """Begins a Deep Linking launch as `person`, who must teach the course."""
    fields = await form_fields(request)
    course = platform.campus.course(course_id)
    member = active_member(platform, course, fields)
    if member.role not in STAFF:
        raise Refusal(403, "staff-only", "Only instructors add links to a course.")
    return begin(platform, Errand(course, member, None), fields)


def active_member(platform: Platform, course: Course, fields: dict[str, str]) -> Member:
    """The member that the form names."""
    member = platform.campus.member(course, fields.get("person", ""))
    if member is None or member.status != "Active":
        raise Refusal(403, "not-in-course", "That person is not active in this course.")
    return member


def begin(platform: Platform, errand: Errand, fields: dict[str, str]) -> Response:
    """The form that starts the tool's login (OpenID Connect core 4)."""
    method = fields.get("method", "post").lower()
    if method not in {"get", "post"}:
        raise Refusal(400, "bad-method", "method is get or post.")
    who = {"person": errand.member.person.id, "course": errand.course.id}
    where = {**who, "link": errand.link.id if errand.link else ""}
    hints = {
        "iss": platform.issuer,
        "target_link_uri": target_of(platform, errand.link),
        "login_hint": platform.seal.close("login", who, life_s=HINT_LIFE_S),
        "lti_message_hint": platform.seal.close("message", where, life_s=HINT_LIFE_S),
        "client_id": platform.tool.client_id,
        "lti_deployment_id": errand.course.deployment_id,
    }
    return auto_submit(platform.tool.login_url, hints, saying="Opening the tool", method=method)


@router.get("/auth")
async def auth_by_get(request: Request, platform: Here) -> Response:
    """The authorization endpoint."""
    return authorize(platform, query_fields(request))


@router.post("/auth")
async def auth_by_post(request: Request, platform: Here) -> Response:
    """The authorization endpoint, asked by form."""
    return authorize(platform, await form_fields(request))


def authorize(platform: Platform, asked: dict[str, str]) -> Response:
    """The signed launch, or an error, sent to the tool's redirect address by form."""
    if asked.get("client_id") != platform.tool.client_id:
        raise Refusal(400, "unknown-client", "No tool with that client_id is registered here.")
    redirect = asked.get("redirect_uri", "")
    if redirect not in platform.tool.redirect_urls:
        raise Refusal(
            400, "bad-redirect-uri", "redirect_uri is not, letter for letter, a registered one."
        )
    if any(len(value) > MAX_VALUE for value in asked.values()):
        raise Refusal(400, "field-too-long", f"A field is longer than {MAX_VALUE} characters.")
    state = asked.get("state", "")
    try:
        check_request(asked)
        claims = launch_claims(platform, errand_of(platform, asked), nonce=asked["nonce"])
        fields = launch_fields(platform, claims, state=state)
    except OidcError as error:
        fields = {"error": error.error, "error_description": error.description, "state": state}
    sent = {name: value for name, value in fields.items() if value}
    return auto_submit(redirect, sent, saying="Opening the tool")


def check_request(asked: dict[str, str]) -> None:
    """Raises what is wrong with the request itself (LTI security 5.1.1.2)."""
    if asked.get("response_type") != "id_token":
        raise OidcError("unsupported_response_type", "response_type must be id_token.")
    if asked.get("response_mode") != "form_post":
        raise OidcError("invalid_request", "response_mode must be form_post.")
    if asked.get("scope") != "openid":
        raise OidcError("invalid_scope", "scope must be openid.")
    if asked.get("prompt") != "none":
        raise OidcError("invalid_request", "prompt must be none.")
    if not asked.get("nonce"):
        raise OidcError("invalid_request", "nonce is missing.")


def errand_of(platform: Platform, asked: dict[str, str]) -> Errand:
    """Who goes where, from two hints that this platform gave out a moment ago."""
    who = platform.seal.open("login", asked.get("login_hint", ""))
    if who is None:
        raise OidcError("login_required", "login_hint is not a living one of this platform.")
    where = platform.seal.open("message", asked.get("lti_message_hint", ""))
    if where is None:
        raise OidcError("invalid_request", "lti_message_hint is not a living one.")
    if (who["person"], who["course"]) != (where["person"], where["course"]):
        raise OidcError("login_required", "The two hints belong to different people.")
    course = platform.campus.courses.get(where["course"])
    member = platform.campus.member(course, who["person"]) if course else None
    if course is None or member is None or member.status != "Active":
        raise OidcError("login_required", "That person is not active in the course any more.")
    link = course.links.get(where["link"])
    if where["link"] and link is None:
        raise OidcError("invalid_request", "That link is gone.")
    return Errand(course, member, link)


def launch_claims(platform: Platform, errand: Errand, *, nonce: str) -> dict[str, Any]:
    """The claims of the message that this errand asks for."""
    course, member, link = errand
    if link is not None:
        return link_claims(platform, course, member, link, nonce=nonce)
    ticket = {"course": course.id, "person": member.person.id, "nonce": nonce}
    data = platform.seal.close("deep-linking", ticket, life_s=RETURN_LIFE_S)
    return deep_linking_claims(platform, course, member, nonce=nonce, data=data)
