"""Where a request is within the service: its path without the prefix, and who reads the answer."""

from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import Scope

from coursehub.settings import Settings

_FOR_PROGRAMS: Final = ("api/", "git/", "health/", "metrics")


def settings_of(request: HTTPConnection) -> Settings:
    """The settings of the service that answers this request."""
    settings: Settings = request.app.state.house.settings
    return settings


def place(request: HTTPConnection) -> str:
    """The path below the service's prefix, without its leading slash."""
    return str(request.scope["path"]).removeprefix(settings_of(request).prefix).lstrip("/")


def wants_page(request: HTTPConnection) -> bool:
    """Whether a person reads the answer: below the API's paths and Accept, a browser."""
    if place(request).startswith(_FOR_PROGRAMS):
        return False
    return "text/html" in request.headers.get("accept", "")


def is_page_load(request: HTTPConnection) -> bool:
    """Whether a browser is going to a page, not asking for a piece of one."""
    method = request.scope["method"] in {"GET", "HEAD"}
    return method and wants_page(request) and "hx-request" not in request.headers


def request_id(scope: Scope) -> str:
    """The id that logs, answers and error pages share."""
    return str(scope.get("state", {}).get("request_id", ""))


def route_template(scope: Scope) -> str:
    """The address as its route writes it, with no name of a person or course in it."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str):
        return path
    return "static" if "/static/" in scope["path"] and "endpoint" in scope else "unmatched"
