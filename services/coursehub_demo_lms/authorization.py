"""The authorization endpoint: a tool's login request in, a signed launch out (LTI security 5.1)."""

from fastapi import APIRouter, Request, Response

from coursehub_demo_lms.claims import launch_claims
from coursehub_demo_lms.errand import errand_of
from coursehub_demo_lms.errors import OidcError, Refusal
from coursehub_demo_lms.faults import launch_fields
from coursehub_demo_lms.forms import form_fields, query_fields
from coursehub_demo_lms.platform import Here, Platform
from coursehub_demo_lms.rendering import auto_submit
from coursehub_demo_lms.tools import Registration

MAX_VALUE = 4096

router = APIRouter()


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
    registration = platform.tools.active(asked.get("client_id"))
    if registration is None:
        raise Refusal(400, "unknown-client", "No active tool with that client_id is known here.")
    redirect = asked.get("redirect_uri", "")
    if redirect not in registration.tool.redirect_urls:
        raise Refusal(
            400, "bad-redirect-uri", "redirect_uri is not, letter for letter, a registered one."
        )
    if any(len(value) > MAX_VALUE for value in asked.values()):
        raise Refusal(400, "field-too-long", f"A field is longer than {MAX_VALUE} characters.")
    fields = answered(platform, asked, registration)
    sent = {name: value for name, value in fields.items() if value}
    return auto_submit(redirect, sent, saying="Opening the tool")


def answered(
    platform: Platform, asked: dict[str, str], registration: Registration
) -> dict[str, str]:
    """The fields of the answer: the launch, or what is wrong with the request."""
    state = asked.get("state", "")
    try:
        check_request(asked)
        errand = errand_of(platform, asked, registration)
        claims = launch_claims(platform, errand, nonce=asked["nonce"])
        return launch_fields(platform, claims, state=state)
    except OidcError as error:
        return {"error": error.error, "error_description": error.description, "state": state}


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
