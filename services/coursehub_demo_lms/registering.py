"""LTI Dynamic Registration 1.0: a link for a tool to register by, and the endpoint it uses."""

import secrets
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.datastructures import URL

from coursehub_demo_lms.bodies import parsed, sentence
from coursehub_demo_lms.errors import OAuthRefusal, Refusal
from coursehub_demo_lms.forms import media_type
from coursehub_demo_lms.metadata import MAX_URL, Metadata, safe_url
from coursehub_demo_lms.platform import Here, Platform
from coursehub_demo_lms.standard import PERSON_CLAIMS, TOOL_CONFIGURATION
from coursehub_demo_lms.tool import Tool
from coursehub_demo_lms.tools import Message, Registration

TOKEN_LIFE_S = 15 * 60
KIND = "registration"
NO_STORE = {"Cache-Control": "no-store"}

router = APIRouter()


def invitation(platform: Platform, url: str) -> str:
    """The tool's registration link with what it needs to register here, once, and soon (3.1)."""
    url = url.strip()
    try:
        safe_url(url)
    except ValueError as cause:
        raise Refusal(400, "bad-link", f"The registration link {cause}.") from cause
    if len(url) > MAX_URL:
        raise Refusal(400, "bad-link", "The registration link is too long.")
    token = platform.seal.close(KIND, {"jti": secrets.token_urlsafe(16)}, life_s=TOKEN_LIFE_S)
    configuration = platform.url("/.well-known/openid-configuration")
    return str(
        URL(url).include_query_params(openid_configuration=configuration, registration_token=token)
    )


@router.post("/register", status_code=201)
async def register(request: Request, platform: Here) -> JSONResponse:
    """The tool is registered, and waits for an administrator (RFC 7591, LTI registration 3.5)."""
    jti = invited(platform, request)
    metadata = await read_metadata(request)
    platform.tools.require_room()
    if not platform.invitations.first_time(jti, until=platform.clock() + TOKEN_LIFE_S):
        raise Refusal(401, "invalid_token", "That registration token has been used.")
    known = registration_of(metadata)
    platform.tools.add(known)
    platform.campus.touch()
    untold = platform.switches.deployment_untold
    body = answer(known, metadata, tell_deployment=not untold)
    # Canvas answers 200, RFC 7591 says 201: a tool must take both.
    return JSONResponse(body, status_code=200 if untold else 201, headers=NO_STORE)


def invited(platform: Platform, request: Request) -> str:
    """The one-time name of the registration token, which must be living and unused."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    opened = platform.seal.open(KIND, token.strip()) if scheme.lower() == "bearer" else None
    if opened is None or platform.invitations.knows(opened["jti"]):
        raise Refusal(401, "invalid_token", "The registration token is missing, old or used.")
    return str(opened["jti"])


async def read_metadata(request: Request) -> Metadata:
    """The body, or the refusal that RFC 7591 3.2.2 words."""
    if media_type(request) != "application/json":
        raise OAuthRefusal("invalid_client_metadata", "Send the body as application/json.")
    try:
        return Metadata.model_validate(parsed(await request.body()))
    except Refusal as cause:
        raise OAuthRefusal("invalid_client_metadata", cause.sentence) from cause
    except ValidationError as cause:
        redirect = cause.errors()[0]["loc"][:1] == ("redirect_uris",)
        code = "invalid_redirect_uri" if redirect else "invalid_client_metadata"
        raise OAuthRefusal(code, sentence(cause)) from cause


def registration_of(metadata: Metadata) -> Registration:
    """The tool as this platform will know it, under a client id of its own."""
    lti = metadata.lti
    return Registration(
        tool=Tool(
            client_id=f"tool-{secrets.token_hex(8)}",
            login_url=metadata.initiate_login_uri,
            redirect_urls=tuple(metadata.redirect_uris),
            jwks_url=metadata.jwks_uri,
            target_url=lti.target_link_uri,
        ),
        name=metadata.client_name,
        status="Pending",
        deployment_id=f"site-{secrets.token_hex(4)}",
        scopes=metadata.scopes,
        claims=tuple(claim for claim in PERSON_CLAIMS if claim in lti.claims),
        custom=dict(lti.custom_parameters),
        messages={
            said.type: Message(
                url=said.target_link_uri or "",
                label=said.label,
                custom=dict(said.custom_parameters),
            )
            for said in lti.messages
        },
    )


def answer(known: Registration, metadata: Metadata, *, tell_deployment: bool) -> dict[str, Any]:
    """The registration as it stands: what was granted, and the ids (3.6)."""
    lti = metadata.lti
    told = {"deployment_id": known.deployment_id} if tell_deployment else {}
    granted = [claim for claim in lti.claims if claim in ("iss", "sub", *known.claims)]
    messages = [said.model_dump(exclude_none=True) for said in lti.messages]
    return {
        "client_id": known.client_id,
        **metadata.model_dump(exclude={"lti"}, exclude_none=True),
        "scope": " ".join(known.scopes),
        TOOL_CONFIGURATION: {
            **lti.model_dump(exclude={"messages", "claims"}),
            "claims": granted,
            "messages": messages,
            **told,
        },
    }
