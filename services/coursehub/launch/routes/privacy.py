"""What is kept about a person, shown to them, and to whom their LMS's administrator sent."""

from fastapi import APIRouter, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from starlette.responses import Response

from coursehub.errors import Missing
from coursehub.launch.actions import privacy
from coursehub.web.house import InHouse
from coursehub.web.identity import IsViewer
from coursehub.web.pages import Crumb, page
from coursehub.web.row_keys import RowKey

pages = APIRouter(tags=["lti"], include_in_schema=False)


@pages.get("/privacy")
def show(request: Request, viewer: IsViewer, house: InHouse) -> Response:
    """What is kept about the viewer."""
    return page(
        request,
        "launch/privacy.html",
        crumbs=(Crumb(label="Courses", path=""), Crumb(label="Your data")),
        kept=privacy.own(house.store, viewer.hub_name),
        own=True,
    )


@pages.get("/privacy/download")
def download(viewer: IsViewer, house: InHouse) -> Response:
    """All of it as JSON, for the person alone."""
    kept = privacy.own(house.store, viewer.hub_name)
    if kept is None:
        raise Missing("nothing-kept", "Nothing is kept about you here.")
    name = f"coursehub-{viewer.hub_name}.json"
    return JSONResponse(
        jsonable_encoder(privacy.exported(house.store, kept)),
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@pages.get("/privacy/people/{person}")
def show_other(request: Request, person: RowKey, viewer: IsViewer, house: InHouse) -> Response:
    """What is kept about somebody else, while the administrator's grant lasts."""
    kept = privacy.granted(house.store, viewer.hub_name, person, at=house.clock.now())
    return page(
        request,
        "launch/privacy.html",
        crumbs=(Crumb(label="Courses", path=""), Crumb(label="A person's data")),
        kept=kept,
        own=False,
    )


routers = (pages,)
