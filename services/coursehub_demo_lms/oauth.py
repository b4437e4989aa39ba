"""The token endpoint (LTI security 4.1, RFC 7523)."""

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from coursehub_demo_lms.bearer import LIFE_S, access_token
from coursehub_demo_lms.errors import OAuthRefusal, Refusal
from coursehub_demo_lms.forms import form_fields
from coursehub_demo_lms.platform import Here, Platform, disturbance
from coursehub_demo_lms.seen import MAX_LENGTH
from coursehub_demo_lms.standard import JWT_BEARER
from coursehub_demo_lms.tool import BadSignature, claimed_issuer
from coursehub_demo_lms.tools import Registration

SKEW_S = 30
MAX_LIFE_S = 3600
NO_STORE = {"Cache-Control": "no-store"}

router = APIRouter()


@router.post("/token", dependencies=[disturbance("token")])
async def token(request: Request, platform: Here) -> JSONResponse:
    """An access token for the LTI services, for the tool's signed assertion."""
    try:
        asked = await form_fields(request)
    except Refusal as cause:
        raise OAuthRefusal("invalid_request", cause.sentence) from cause
    if asked.get("grant_type") != "client_credentials":
        raise OAuthRefusal("unsupported_grant_type", "grant_type must be client_credentials.")
    if asked.get("client_assertion_type") != JWT_BEARER:
        raise OAuthRefusal("invalid_request", f"client_assertion_type must be {JWT_BEARER}.")
    client = await authenticated(platform, asked)
    granted = granted_scopes(asked.get("scope", ""), offered=client.scopes)
    answer = {
        "access_token": access_token(platform, client.client_id, granted),
        "token_type": "Bearer",
        "expires_in": LIFE_S,
        "scope": " ".join(granted),
    }
    return JSONResponse(answer, headers=NO_STORE)


def granted_scopes(asked: str, *, offered: Iterable[str]) -> list[str]:
    """The scopes asked for that the tool may have; none at all is an error."""
    granted = [scope for scope in offered if scope in asked.split()]
    if not granted:
        raise OAuthRefusal("invalid_scope", "None of the scopes asked for is offered to this tool.")
    return granted


async def authenticated(platform: Platform, asked: dict[str, str]) -> Registration:
    """The tool whose assertion this is, once that is known to be meant for us, and new."""
    assertion = asked.get("client_assertion", "")
    try:
        client = platform.tools.active(claimed_issuer(assertion))
        if client is None:
            raise OAuthRefusal("invalid_client", "iss is no active tool's client_id.")
        claims = await platform.tools.keys(client).claims(assertion)
    except BadSignature as cause:
        raise OAuthRefusal("invalid_client", str(cause)) from cause
    check_assertion(platform, asked, claims, ours=client.client_id)
    return client


def check_assertion(
    platform: Platform, asked: dict[str, str], claims: dict[str, Any], *, ours: str
) -> None:
    """Raises unless these signed claims are the client's own, meant for us, and new."""
    if claims.get("iss") != ours or claims.get("sub") != ours:
        raise OAuthRefusal("invalid_client", "iss and sub must both be the client_id.")
    if asked.get("client_id", ours) != ours:
        raise OAuthRefusal("invalid_client", "client_id is not the one of the assertion.")
    audience = claims.get("aud")
    if platform.url("/token") not in (audience if isinstance(audience, list) else [audience]):
        raise OAuthRefusal("invalid_client", "aud must be the address of this endpoint.")
    expires = living_until(claims, now=platform.clock())
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti or len(jti) > MAX_LENGTH:
        raise OAuthRefusal("invalid_client", "jti is missing, or too long to be remembered.")
    if not platform.assertions.first_time(f"{ours} {jti}", until=expires + SKEW_S):
        raise OAuthRefusal("invalid_client", "This assertion has been used before.")


def living_until(claims: dict[str, Any], *, now: float) -> float:
    """When a signed message runs out, if it lives now and not for too long."""
    issued: Any = claims.get("iat")
    expires: Any = claims.get("exp")
    if not (_is_number(issued) and _is_number(expires)):
        raise OAuthRefusal("invalid_client", "iat and exp must be numbers of seconds.")
    if expires + SKEW_S <= now:
        raise OAuthRefusal("invalid_client", "The assertion has expired.")
    if issued - SKEW_S > now:
        raise OAuthRefusal("invalid_client", "The assertion was issued in the future.")
    if expires - issued > MAX_LIFE_S:
        raise OAuthRefusal("invalid_client", "The assertion lives for more than an hour.")
    return float(expires)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
