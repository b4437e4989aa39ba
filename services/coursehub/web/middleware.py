"""
What happens around every request: its id, its log line, its figures, its bounds, its headers.

Written for ASGI itself, so that streams pass through unbuffered.
"""

import re
import time
from typing import Final
from uuid import uuid4

import structlog
from fastapi import FastAPI, HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coursehub.settings import Settings
from coursehub.web.framing import framed_by
from coursehub.web.metrics import Meters
from coursehub.web.place import request_id, route_template

BODY_BYTES: Final = 2_000_000
"""Most bytes of a form or a JSON body."""

STREAMED: Final = frozenset({"application/x-tar", "application/x-git-upload-pack-request"})
"""Bodies that a route reads piece by piece, under a bound of its own."""

_SANE_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
_QUIET: Final = frozenset({"/health/live", "/health/ready", "/metrics", "static"})
# Scripts and styles are files of ours; no inline code, no other host. `data:` images are
# Bootstrap's own arrows and check marks.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'"
)
_PROTECTION: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}

log = structlog.get_logger("coursehub.web")


def install(app: FastAPI, _settings: Settings) -> None:
    """Every request of `app` measured, logged, bounded and protected."""
    app.state.meters = Meters.new()
    app.add_middleware(Edge, meters=app.state.meters)


def protect(headers: MutableHeaders, scope: Scope) -> None:
    """The headers that every answer carries; what a route has set itself stays."""
    for name, value in _PROTECTION.items():
        headers.setdefault(name, value)
    headers.setdefault("Content-Security-Policy", _policy(framed_by(scope)))
    headers["X-Request-ID"] = request_id(scope)
    if route_template(scope) != "static":
        headers.setdefault("Cache-Control", "no-store")


def _policy(sites: tuple[str, ...]) -> str:
    """The policy of a page; those sites may frame it and take its forms, where there are any."""
    listed = " ".join(sites)
    ancestors, targets = listed or "'self'", f"'self' {listed}".rstrip()
    return f"{_POLICY}; form-action {targets}; frame-ancestors {ancestors}"


class Edge:
    """The one middleware, outermost but for Starlette's own handler of unexpected errors."""

    def __init__(self, app: ASGIApp, *, meters: Meters) -> None:
        self.app = app
        self.meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, watched."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = _id_for(Headers(scope=scope))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id(scope))
        answer = _Answer(scope, send)
        started = time.perf_counter()
        try:
            await self.app(scope, _bounded(scope, receive), answer.send)
        finally:
            self._note(scope, answer.status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = route_template(scope), scope["method"]
        self.meters.saw(method=method, route=route, status=status, seconds=seconds)
        write = log.debug if route in _QUIET else log.info
        write(
            "request", method=method, route=route, status=status, duration_ms=round(seconds * 1000)
        )


class _Answer:
    """What is sent back: headers added on the way, the status remembered."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope = scope
        self.status = 500
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            protect(MutableHeaders(scope=message), self.scope)
        await self._send(message)


def _id_for(headers: Headers) -> str:
    asked = headers.get("x-request-id", "")
    return asked if _SANE_ID.fullmatch(asked) else uuid4().hex


def _bounded(scope: Scope, receive: Receive) -> Receive:
    """`receive`, which refuses a body beyond BODY_BYTES once the route is known to hold it."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > BODY_BYTES and not _is_stream(scope):
            raise HTTPException(413, "This is larger than coursehub accepts here.")
        return message

    return bounded


def _is_stream(scope: Scope) -> bool:
    """Whether the route reads a tar or a pack itself; one that declares a body would hold it."""
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    return kind in STREAMED and getattr(scope.get("route"), "body_field", None) is None
