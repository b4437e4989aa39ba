"""
Platform storage: where a framed tool keeps its login's state when cookies are withheld.

The values stay in the browser, in static/storage.js; here is the hidden
frame that holds them, and what a login tells the tool of it (1EdTech's LTI
postMessage Storage; OIDC login with LTI client side postMessages).
"""

from fastapi import APIRouter, Response

from coursehub_demo_lms.errors import Refusal
from coursehub_demo_lms.platform import Here
from coursehub_demo_lms.rendering import page
from coursehub_demo_lms.switches import Storage, Switches

FRAME = "coursehub_demo_lms_storage"

router = APIRouter()


@router.get("/lti-storage")
async def storage_frame(platform: Here) -> Response:
    """The hidden frame."""
    if platform.switches.storage is not Storage.FRAME:
        raise Refusal(404, "no-storage", "This LMS keeps no storage frame now.")
    return page("storage.html", origins=platform.tools.origins, target=FRAME)


def storage_target(switches: Switches) -> str:
    """The frame that a tool sends its storage messages to; empty where there is no storage."""
    return {Storage.FRAME: FRAME, Storage.PARENT: "_parent", Storage.OFF: ""}[switches.storage]


def storage_hint(switches: Switches) -> dict[str, str]:
    """The parameter of the login that names that frame."""
    target = storage_target(switches)
    return {"lti_storage_target": target} if target else {}
