"""What holds for every request: bounded size, no cross-site changes, safe headers, a log line."""

import logging

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 1024 * 1024
FROM_ANYWHERE = ("/auth", "/token", "/deep-linking/return")
SAFE = ("GET", "HEAD", "OPTIONS")
# No form-action: forms of a launch go to the tool, which may send them on. A tool in a frame may
# lead anywhere too, to its own login for one.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self' http: https:; base-uri 'none'; frame-ancestors 'self'"
)

log = logging.getLogger("coursehub_demo_lms")


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        send = _dressed(scope, send)
        if _is_cross_site(scope):
            await _refuse(403, "cross-site", "Another site may not change this one.")(
                scope, receive, send
            )
            return
        body = await _whole_body(receive)
        if body is None:
            await _refuse(413, "too-large", "The body is larger than 1 MB.")(scope, receive, send)
            return
        await self.app(scope, _replayed(body, receive), send)


def _is_cross_site(scope: Scope) -> bool:
    """A browser says where a request comes from; scripts and tools say nothing."""
    if scope["method"] in SAFE or scope["path"] in FROM_ANYWHERE:
        return False
    return Headers(scope=scope).get("sec-fetch-site") == "cross-site"


async def _whole_body(receive: Receive) -> bytes | None:
    """The body, or nothing as soon as it is too large."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body once more for the application, then whatever the client does next."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _dressed(scope: Scope, send: Send) -> Send:
    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = POLICY
            headers["Referrer-Policy"] = "no-referrer"
            headers["X-Content-Type-Options"] = "nosniff"
            # Never the query: it carries hints and nonces.
            log.info("%s %s %s", scope["method"], scope["path"], message["status"])
        await send(message)

    return dressed


def _refuse(status: int, code: str, sentence: str) -> JSONResponse:
    body = {"type": "about:blank", "status": status, "code": code, "detail": sentence}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")
