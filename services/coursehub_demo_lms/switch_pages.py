"""The switch page, and the same switches as JSON under the same address."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import ValidationError

from coursehub_demo_lms.bodies import read_json, sentence
from coursehub_demo_lms.errors import Refusal
from coursehub_demo_lms.forms import form_fields
from coursehub_demo_lms.platform import Here
from coursehub_demo_lms.rendering import page
from coursehub_demo_lms.switches import (
    FAMILIES,
    LAUNCH_FAULT_MEANINGS,
    MEMBERS_FAULT_MEANINGS,
    STORAGE_MEANINGS,
    Switches,
)

router = APIRouter(prefix="/switches")

FAMILY_NAMES = {
    "jwks": "Key set",
    "token": "Access tokens",
    "nrps": "Roster (names and roles)",
    "ags": "Grades",
    "all": "All of them",
}


@router.get("")
async def show(request: Request, platform: Here) -> Response:
    """The switches: a page for a browser, JSON for anyone else."""
    if "text/html" in request.headers.get("accept", ""):
        return page(
            "switches.html",
            switches=platform.switches,
            families=(*FAMILIES, "all"),
            family_names=FAMILY_NAMES,
            members_faults=MEMBERS_FAULT_MEANINGS,
            storages=STORAGE_MEANINGS,
            launch_faults=LAUNCH_FAULT_MEANINGS,
            key_ids=[key.kid for key in platform.keys.keys],
            done=request.query_params.get("done", ""),
            normal=platform.switches == Switches(),
        )
    return JSONResponse(platform.switches.model_dump(mode="json"))


@router.put("")
async def put(request: Request, platform: Here) -> Response:
    """Exactly these switches; whatever is left out is back to normal."""
    platform.turn(await read_json(request, Switches, media="application/json"))
    return JSONResponse(platform.switches.model_dump(mode="json"))


@router.post("")
async def set_by_form(request: Request, platform: Here) -> Response:
    """The switches as the page's form sends them."""
    fields = await form_fields(request)
    try:
        platform.turn(Switches.model_validate(_nested(fields)))
    except ValidationError as cause:
        raise Refusal(400, "bad-switch", sentence(cause)) from cause
    return RedirectResponse("/switches?done=set", status_code=303)


@router.post("/reset")
async def reset(platform: Here) -> Response:
    """The platform behaves again."""
    platform.turn(Switches())
    return RedirectResponse("/switches?done=reset", status_code=303)


@router.post("/rotate-keys")
async def rotate_keys(request: Request, platform: Here) -> Response:
    """A new key signs; with `keep_old=no` the old one leaves the key set at once."""
    fields = await form_fields(request)
    platform.keys.rotate(keep_old=fields.get("keep_old") != "no")
    platform.campus.touch()
    return RedirectResponse("/switches?done=rotated", status_code=303)


def _nested(fields: dict[str, str]) -> dict[str, Any]:
    """Form names like `down.ags` as nested switches; an empty field is one left alone."""
    nested: dict[str, Any] = {}
    for name, value in fields.items():
        group, _, inner = name.partition(".")
        if not value:
            continue
        if inner:
            nested.setdefault(group, {})[inner] = value
        else:
            nested[group] = value
    return nested
