"""
Pages, rendered from templates/ in the one shell.

A room keeps its templates in templates/<room>/, begins them with
`{% extends "shell.html" %}` and takes its parts from parts.html.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from coursehub.settings import Settings
from coursehub.web import formats
from coursehub.web.forms import FIELD, HEADER
from coursehub.web.framing import framed_by
from coursehub.web.identity import Viewer
from coursehub.web.place import place
from coursehub.web.session import csrf_token

_HERE: Final = Path(__file__).parent
_A_YEAR: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crumb:
    """One step of the way to the current page; the last has no address."""

    label: str
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One page of the place the reader is in, such as a course's roster."""

    label: str
    path: str
    current: bool = False


def mount(app: FastAPI, settings: Settings) -> None:
    """Templates and static files of `app`, under the service's prefix."""
    if not (_HERE / "static/vendor").is_dir():
        raise RuntimeError("The pages' files from npm are missing: run `python tools/vendor.py`.")
    app.state.templates = _environment(settings)
    app.mount(f"{settings.prefix.rstrip('/')}/static", _Static(directory=_HERE / "static"))


def page(
    request: Request,
    template: str,
    *,
    viewer: Viewer | None = None,
    status_code: int = 200,
    crumbs: tuple[Crumb, ...] = (),
    tabs: tuple[Tab, ...] = (),
    **context: Any,
) -> Response:
    """A template as an answer; the viewer that the route asked for is known without saying."""
    environment: Environment = request.app.state.templates
    rendered = environment.get_template(template).render(
        viewer=viewer or getattr(request.state, "viewer", None),
        crumbs=crumbs,
        tabs=tabs,
        here=place(request),
        framed=bool(framed_by(request.scope)),
        query=dict(request.query_params),
        csrf_field=FIELD,
        csrf_header=HEADER,
        csrf_token=csrf_token(request),
        **context,
    )
    return HTMLResponse(rendered, status_code)


def url(settings: Settings, path: str = "") -> str:
    """The address of a path below the service's prefix."""
    return f"{settings.prefix.rstrip('/')}/{path.lstrip('/')}"


def _environment(settings: Settings) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        url=lambda path="": url(settings, path),
        static=lambda path: url(settings, f"static/{path}?v={_content_hash(path)}"),
        hub=lambda path="": f"{settings.hub_base_url.rstrip('/')}/hub/{path}",
    )
    environment.filters.update(
        moment=formats.moment,
        day=formats.day,
        field_moment=formats.field_moment,
        number=formats.number,
        money=formats.money,
        size=formats.size,
    )
    return environment


@lru_cache(maxsize=256)
def _content_hash(path: str) -> str:
    """What changes the address when a file changes, so that browsers may keep it for ever."""
    return hashlib.sha256((_HERE / "static" / path).read_bytes()).hexdigest()[:12]


class _Static(StaticFiles):
    """Files whose address names their content, to be kept for a year."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if b"v=" in scope.get("query_string", b""):
            response.headers["Cache-Control"] = _A_YEAR
        return response
