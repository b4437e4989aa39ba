"""Discovery, keys and the token endpoint (LTI security 4.1, RFC 7523)."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from coursehub_demo_lms.bearer import LIFE_S, access_token
from coursehub_demo_lms.errors import OAuthRefusal, Refusal
from coursehub_demo_lms.forms import form_fields
from coursehub_demo_lms.platform import Here, Platform, disturbance
from coursehub_demo_lms.seen import MAX_LENGTH
from coursehub_demo_lms.standard import (
    CLAIM,
    DEEP_LINKING_REQUEST,
    JWT_BEARER,
    RESOURCE_LINK_REQUEST,
    SCOPES,
)
from coursehub_demo_lms.tool import BadSignature

SKEW_S = 30
MAX_LIFE_S = 3600
NO_STORE = {"Cache-Control": "no-store"}

router = APIRouter()


@router.get("/jwks", dependencies=[disturbance("jwks")])
async def jwks(platform: Here) -> JSONResponse:
    """The platform's public keys."""
    return JSONResponse(platform.keys.public(), headers={"Cache-Control": "max-age=60"})


@router.get("/.well-known/openid-configuration", dependencies=[disturbance("jwks")])
async def openid_configuration(platform: Here) -> dict[str, Any]:
    """The platform's OpenID configuration with its LTI part (LTI dynamic registration 2.1)."""
    return {
        "issuer": platform.issuer,
        "authorization_endpoint": platform.url("/auth"),
        "token_endpoint": platform.url("/token"),
        "jwks_uri": platform.url("/jwks"),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", *SCOPES],
        "response_types_supported": ["id_token"],
        "response_modes_supported": ["form_post"],
        "grant_types_supported": ["implicit", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
        f"{CLAIM.removesuffix('claim/')}platform-configuration": {
            "product_family_code": "coursehub-demo-lms",
            "version": "1.0",
            "messages_supported": [
                {"type": RESOURCE_LINK_REQUEST},
                {"type": DEEP_LINKING_REQUEST, "placements": ["ContentArea"]},
            ],
            "variables": [],
        },
    }


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
    await check_client(platform, asked)
    granted = granted_scopes(asked.get("scope", ""))
    answer = {
        "access_token": access_token(platform, granted),
        "token_type": "Bearer",
        "expires_in": LIFE_S,
        "scope": " ".join(granted),
    }
    return JSONResponse(answer, headers=NO_STORE)


def granted_scopes(asked: str) -> list[str]:
    """The scopes asked for that this platform knows; none at all is an error."""
    granted: list[str] = [scope for scope in SCOPES if scope in asked.split()]
    if not granted:
        raise OAuthRefusal("invalid_scope", "None of the scopes asked for is offered here.")
    return granted


async def check_client(platform: Platform, asked: dict[str, str]) -> None:
    """Raises unless the assertion is the tool's, meant for us, and new."""
    try:
        claims = await platform.tool_keys.claims(asked.get("client_assertion", ""))
    except BadSignature as cause:
        raise OAuthRefusal("invalid_client", str(cause)) from cause
    ours = platform.tool.client_id
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
    if not platform.assertions.first_time(jti, until=expires + SKEW_S):
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
