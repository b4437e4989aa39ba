"""The parts of pages, all on one page, for whoever adds the next."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from coursehub.vocabulary.people import HubName
from coursehub.web.forms import FromOurForm
from coursehub.web.identity import Viewer
from coursehub.web.pages import Crumb, Tab, page
from coursehub.web.paging import AskedPage, Paging
from coursehub.web.paging import Page as PageOf

router = APIRouter(include_in_schema=False)

_DUE = datetime(2026, 3, 20, 22, 59, tzinfo=UTC)
_ERRORS = {
    "points": "Points must be 0 or more.",
    "due": "The due date lies before the release date; choose a later one.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    number: int
    name: str
    role: str
    state: tuple[str, str]
    cost_microusd: int


_NAMES = ("Ada Lovelace", "Alan Turing", "Emmy Noether", "Grace Hopper", "Katherine Johnson")
_STATES = (("submitted", "success"), ("late", "warning"), ("missing", "danger"), ("open", "info"))
_ROWS = tuple(
    _Row(
        number=number,
        name=f"{_NAMES[number % len(_NAMES)]} {number + 1}",
        role="student" if number % 7 else "ta",
        state=_STATES[number % len(_STATES)],
        cost_microusd=12_300 + 97_531 * number,
    )
    for number in range(23)
)


@router.get("/parts")
def parts(
    request: Request,
    asked: AskedPage,
    q: Annotated[str, Query(max_length=100)] = "",
    theme: Annotated[Literal["", "light", "dark"], Query()] = "",
) -> Response:
    """Every part, with the line of code that makes it."""
    found = [row for row in _ROWS if q.lower() in row.name.lower()]
    return page(
        request,
        "parts_shown.html",
        viewer=Viewer(hub_name=HubName("example-person"), by_cookie=True),
        crumbs=(Crumb(label="Courses", path=""), Crumb(label="The parts")),
        tabs=(
            Tab(label="Overview", path="parts", current=True),
            Tab(label="Another page", path="parts?q=ada"),
        ),
        theme=theme,
        people=_shown(found, Paging(limit=min(asked.limit, 5), after=asked.after)),
        found=len(found),
        due=_DUE,
        errors=_ERRORS,
    )


@router.post("/parts", dependencies=[FromOurForm])
def confirmed(request: Request) -> Response:
    """Back to the parts: the confirmation's example changes nothing."""
    return RedirectResponse(request.url.path, status_code=303)


def _shown(found: list[_Row], asked: Paging) -> PageOf[_Row]:
    position = asked.position(int)
    rows = [row for row in found if position is None or row.number > int(position[0])]
    return asked.page(rows[: asked.fetch], key=lambda row: (row.number,), show=lambda row: row)


routers = (router,)
