"""Deep Linking 2.0: what an instructor picked in the tool becomes links of the course."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coursehub_demo_lms.bodies import sentence
from coursehub_demo_lms.errors import OAuthRefusal, Refusal
from coursehub_demo_lms.forms import form_fields
from coursehub_demo_lms.lineitems import MAX_POINTS
from coursehub_demo_lms.oauth import living_until
from coursehub_demo_lms.platform import Here, Platform
from coursehub_demo_lms.rendering import page
from coursehub_demo_lms.seen import MAX_LENGTH
from coursehub_demo_lms.standard import CLAIM, DEEP_LINKING_CLAIM, DEEP_LINKING_RESPONSE
from coursehub_demo_lms.state import Course, LineItem, Link
from coursehub_demo_lms.tool import BadSignature, claimed_issuer
from coursehub_demo_lms.tools import Registration

router = APIRouter()

Text = Annotated[str, Field(max_length=512)]


class ItemGrade(BaseModel):
    """The line item that comes with a link."""

    model_config = ConfigDict(strict=True, frozen=True)

    scoreMaximum: Annotated[float, Field(gt=0, le=MAX_POINTS)]  # noqa: N815  # the standard's name
    label: Text = ""
    resourceId: Text = ""  # noqa: N815  # as above
    tag: Text = ""


class ContentItem(BaseModel):
    """One picked resource link (Deep Linking 2.0, 3.1)."""

    model_config = ConfigDict(strict=True, frozen=True)

    type: Literal["ltiResourceLink"]
    title: Text = ""
    url: Text = ""
    custom: Annotated[dict[Text, Text], Field(max_length=50)] = {}
    lineItem: ItemGrade | None = None  # noqa: N815  # as above


class Picked(BaseModel):
    """All that was picked in one go."""

    content_items: Annotated[list[ContentItem], Field(max_length=100)]


@router.post("/deep-linking/return")
async def deep_linking_return(request: Request, platform: Here) -> Response:
    """Adds what the tool's signed answer lists, once."""
    fields = await form_fields(request)
    tool, claims = await answered(platform, fields.get("JWT", ""))
    ticket = platform.seal.open("deep-linking", str(claims.get(f"{DEEP_LINKING_CLAIM}data", "")))
    if ticket is None:
        raise Refusal(400, "bad-data", "The data given with the request did not come back.")
    if ticket["client"] != tool.client_id:
        raise Refusal(400, "bad-data", "The data was given to another tool.")
    course = platform.campus.course(ticket["course"])
    deployment_id = tool.deployment_id or course.deployment_id
    if claims.get(f"{CLAIM}deployment_id") != deployment_id:
        raise Refusal(400, "bad-deployment", "The answer is for another deployment.")
    items = picked(tool, claims)
    until = platform.clock() + 2 * 3600
    ours = platform.returns.first_time(f"data {ticket['nonce']}", until=until)
    theirs = platform.returns.first_time(f"{tool.client_id} {claims['nonce']}", until=until)
    if not (ours and theirs):
        raise Refusal(409, "already-answered", "That answer has been sent before.")
    owner = tool.client_id if tool.client_id in platform.tools.registered else ""
    links = [add(course, item, owner=owner) for item in items]
    platform.campus.touch()
    return page(
        "linked.html",
        course=course,
        links=links,
        person=ticket["person"],
        said=str(claims.get(f"{DEEP_LINKING_CLAIM}msg", ""))[:500],
    )


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
    if any(item.url and not tool.tool.owns(item.url) for item in items):
        raise Refusal(400, "foreign-url", "A link leads to another place than the tool.")
    return items


def add(course: Course, item: ContentItem, *, owner: str) -> Link:
    """The picked item as a link of the course, with its line item if it has one."""
    title = item.title or "Untitled link"
    link = course.add_link(
        Link(id="", title=title, custom=dict(item.custom), url=item.url, client_id=owner)
    )
    if item.lineItem:
        grade = item.lineItem
        course.add_lineitem(
            LineItem(
                id="",
                label=grade.label or title,
                maximum=grade.scoreMaximum,
                link_id=link.id,
                resource_id=grade.resourceId,
                tag=grade.tag,
            )
        )
    return link


def is_nonce(value: object) -> bool:
    """Whether that can be a nonce: some text, of a length that can be remembered."""
    return isinstance(value, str) and 0 < len(value) <= MAX_LENGTH
