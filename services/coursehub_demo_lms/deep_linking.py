"""Deep Linking 2.0: what an instructor picked in the tool becomes links of the course."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from coursehub_demo_lms.bodies import sentence
from coursehub_demo_lms.content_items import ContentItem, Picked, add, require_room
from coursehub_demo_lms.errors import OAuthRefusal, Refusal
from coursehub_demo_lms.forms import form_fields
from coursehub_demo_lms.oauth import living_until
from coursehub_demo_lms.platform import Here, Platform
from coursehub_demo_lms.rendering import page
from coursehub_demo_lms.seen import MAX_LENGTH
from coursehub_demo_lms.standard import CLAIM, DEEP_LINKING_CLAIM, DEEP_LINKING_RESPONSE
from coursehub_demo_lms.tool import BadSignature, claimed_issuer
from coursehub_demo_lms.tools import Registration

router = APIRouter()


@router.post("/deep-linking/return")
async def deep_linking_return(request: Request, platform: Here) -> Response:
    """Adds what the tool's signed answer lists, once."""
    fields = await form_fields(request)
    tool, claims = await answered(platform, fields.get("JWT", ""))
    ticket = ticket_of(platform, tool, claims)
    course = platform.campus.course(ticket["course"])
    if claims.get(f"{CLAIM}deployment_id") != (tool.deployment_id or course.deployment_id):
        raise Refusal(400, "bad-deployment", "The answer is for another deployment.")
    items = picked(tool, claims)
    require_room(course, items)
    require_first_time(platform, tool, ticket=ticket["nonce"], nonce=claims["nonce"])
    # The configured tool's links follow it to another client id.
    owner = tool.client_id if tool.client_id in platform.tools.registered else ""
    added = [add(course, item, owner=owner) for item in items]
    platform.campus.touch()
    return page(
        "linked.html",
        course=course,
        added=added,
        person=ticket["person"],
        said=message(claims, "msg"),
        trouble=message(claims, "errormsg"),
    )


def ticket_of(platform: Platform, tool: Registration, claims: dict[str, Any]) -> dict[str, Any]:
    """What the request said of itself in `data`, come back exactly, by the tool that got it."""
    data = claims.get(f"{DEEP_LINKING_CLAIM}data")
    ticket = platform.seal.open("deep-linking", data) if isinstance(data, str) else None
    if ticket is None:
        raise Refusal(400, "bad-data", "The data given with the request did not come back.")
    if ticket["client"] != tool.client_id:
        raise Refusal(400, "bad-data", "The data was given to another tool.")
    return ticket


def require_first_time(platform: Platform, tool: Registration, *, ticket: str, nonce: str) -> None:
    """Refuses an answer to a request that has one, and a nonce that was used."""
    until = platform.clock() + 2 * 3600
    ours = platform.returns.first_time(f"data {ticket}", until=until)
    theirs = platform.returns.first_time(f"{tool.client_id} {nonce}", until=until)
    if not (ours and theirs):
        raise Refusal(409, "already-answered", "That answer has been sent before.")


async def answered(platform: Platform, token: str) -> tuple[Registration, dict[str, Any]]:
    """The tool and its answer's claims, once they are known to be its own and meant for us."""
    try:
        tool = platform.tools.active(claimed_issuer(token))
        if tool is None:
            raise Refusal(400, "bad-answer", "The answer was refused: iss is no active tool.")
        claims = await platform.tools.keys(tool).claims(token)
        living_until(claims, now=platform.clock())
    except BadSignature as cause:
        raise Refusal(400, "bad-signature", str(cause)) from cause
    except OAuthRefusal as cause:
        raise Refusal(400, "bad-times", cause.description) from cause
    audience = claims.get("aud")
    expected = {
        "iss is not the client_id": claims.get("iss") == tool.client_id,
        "aud is not this platform": audience in (platform.issuer, [platform.issuer]),
        "nonce is missing": is_nonce(claims.get("nonce")),
        "message_type is wrong": claims.get(f"{CLAIM}message_type") == DEEP_LINKING_RESPONSE,
        "version is not 1.3.0": claims.get(f"{CLAIM}version") == "1.3.0",
    }
    for problem, holds in expected.items():
        if not holds:
            raise Refusal(400, "bad-answer", f"The answer was refused: {problem}.")
    return tool, claims


def picked(tool: Registration, claims: dict[str, Any]) -> list[ContentItem]:
    """The picked links; a link that leads away from the tool is refused."""
    listed = claims.get(f"{DEEP_LINKING_CLAIM}content_items", [])
    try:
        items = Picked.model_validate({"content_items": listed}).content_items
    except ValidationError as cause:
        raise Refusal(400, "bad-content-item", sentence(cause)) from cause
    if not all(tool.tool.owns(url) for item in items for url in item.urls):
        raise Refusal(400, "foreign-url", "A link leads to another place than the tool.")
    return items


def message(claims: dict[str, Any], name: str) -> str:
    """What the tool says to the instructor under that name."""
    said = claims.get(f"{DEEP_LINKING_CLAIM}{name}", "")
    return said[:500] if isinstance(said, str) else ""


def is_nonce(value: object) -> bool:
    """Whether that can be a nonce: some text, of a length that can be remembered."""
    return isinstance(value, str) and 0 < len(value) <= MAX_LENGTH
