"""The pages of an administrator who adds tools by their registration links."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from coursehub_demo_lms.forms import form_fields
from coursehub_demo_lms.platform import Here, Platform
from coursehub_demo_lms.registering import invitation
from coursehub_demo_lms.rendering import page
from coursehub_demo_lms.tool import origin_of

router = APIRouter(prefix="/tools")

DONE = {
    "registered": "The tool has registered. Look at what it asks for, then activate it.",
    "nothing": "The tool's page was closed, and no tool has registered.",
    "activated": "The tool is active, and takes the launches from now on.",
    "chosen": "That tool takes the launches from now on.",
    "removed": "The tool is gone.",
}


@router.get("")
async def tools(request: Request, platform: Here) -> Response:
    """Every tool with its state, and the field for a registration link."""
    done = request.query_params.get("done", "")
    if done == "registered" and not any(tool.status == "Pending" for tool in platform.tools):
        done = "nothing"
    return page(
        "tools.html",
        tools=list(platform.tools),
        current=platform.tools.current,
        configured=platform.tools.configured,
        said=DONE.get(done, ""),
    )


@router.post("")
async def add(request: Request, platform: Here) -> Response:
    """Opens the tool's registration link (`url`) in a frame, with a token that works once."""
    fields = await form_fields(request)
    link = invitation(platform, fields.get("url", ""))
    return page("tool_registration.html", link=link, origin=origin_of(link))


@router.post("/{client_id}/activate")
async def activate(client_id: str, platform: Here) -> Response:
    """The tool works, and takes the launches."""
    platform.tools.activate(client_id)
    return _changed(platform, done="activated")


@router.post("/{client_id}/choose")
async def choose(client_id: str, platform: Here) -> Response:
    """That tool takes the launches."""
    platform.tools.choose(client_id)
    return _changed(platform, done="chosen")


@router.post("/{client_id}/remove")
async def remove(client_id: str, platform: Here) -> Response:
    """The registered tool is forgotten."""
    platform.tools.remove(client_id)
    return _changed(platform, done="removed")


def _changed(platform: Platform, *, done: str) -> Response:
    platform.campus.touch()
    return RedirectResponse(f"/tools?done={done}", status_code=303)
