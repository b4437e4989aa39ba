"""The one place where a demo LMS is put together."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from coursehub_demo_lms import (
    authorization,
    deep_linking,
    discovery,
    launch,
    lineitems,
    lti11,
    nrps,
    oauth,
    other_launches,
    outcomes,
    pages,
    registering,
    scores,
    scripting,
    seed,
    snapshot,
    storage,
    switch_pages,
    tool_pages,
)
from coursehub_demo_lms.consumer import Consumer
from coursehub_demo_lms.errors import OAuthRefusal, Refusal
from coursehub_demo_lms.guard import Guard
from coursehub_demo_lms.keys import KeyRing, Seal
from coursehub_demo_lms.platform import Platform
from coursehub_demo_lms.rendering import page
from coursehub_demo_lms.snapshot import Snapshot
from coursehub_demo_lms.tool import Tool, origin_of
from coursehub_demo_lms.tools import Registration, Tools

log = logging.getLogger("coursehub_demo_lms")

BEARER_ERRORS = ("invalid_token", "insufficient_scope")  # RFC 6750 3.1
SAVE_EVERY_S = 0.5
DEFAULT_TOOL_URL = "http://127.0.0.1:8000"


def build(
    *,
    issuer: str,
    tool: Tool | None = None,
    state_dir: Path | None = None,
    keys: KeyRing | None = None,
    clock: Callable[[], float] = time.time,
) -> FastAPI:
    """
    A demo LMS that calls itself `issuer` (its own address, without a slash at the end).

    What `state_dir` keeps goes on from there; without it everything is in
    memory. `app.state.platform` is the platform, for whoever tests with it.
    Raises snapshot.Unreadable.
    """
    kept = snapshot.load(state_dir) if state_dir else None
    secret = kept.secret if kept else secrets.token_bytes(32)
    known = tool or (kept.tools.configured.tool if kept else Tool.of_hub(DEFAULT_TOOL_URL))
    platform = Platform(
        issuer=issuer.rstrip("/"),
        tools=kept.tools.with_configured(known) if kept else Tools(Registration(tool=known)),
        campus=kept.campus if kept else seed.campus(),
        keys=keys or (kept.keys if kept else KeyRing()),
        seal=Seal(secret=secret, clock=clock),
        consumer=Consumer.of_hub(origin_of(known.login_url), seed=secret),
        clock=clock,
    )
    return _application(platform, state_dir, secret)


def _application(platform: Platform, state_dir: Path | None, secret: bytes) -> FastAPI:
    app = FastAPI(
        title="coursehub demo LMS",
        lifespan=_lifespan(platform, state_dir, secret),
        openapi_url="/api/openapi.json",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
    )
    app.state.platform = platform
    for module in (
        pages,
        launch,
        other_launches,
        lti11,
        outcomes,
        authorization,
        storage,
        discovery,
        registering,
        tool_pages,
        oauth,
        nrps,
        lineitems,
        scores,
        deep_linking,
        switch_pages,
        scripting,
    ):
        app.include_router(module.router)
    app.mount("/static", StaticFiles(packages=[("coursehub_demo_lms", "static")]))
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(OAuthRefusal, _oauth_refused)
    app.add_middleware(Guard)
    return app


def _lifespan(
    platform: Platform, state_dir: Path | None, secret: bytes
) -> Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if state_dir is None:
            yield
            return
        saving = asyncio.create_task(_keep_saving(platform, state_dir, secret))
        try:
            yield
        finally:
            saving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await saving
            _save(platform, state_dir, secret)

    return lifespan


async def _keep_saving(platform: Platform, state_dir: Path, secret: bytes) -> None:
    """Writes the snapshot soon after each change, never twice for the same one."""
    saved = -1
    while True:
        version = platform.campus.version
        if version != saved:
            try:
                _save(platform, state_dir, secret)
                saved = version
            except OSError as cause:
                log.warning("The state was not saved: %s", cause.strerror)
        await asyncio.sleep(SAVE_EVERY_S)


def _save(platform: Platform, state_dir: Path, secret: bytes) -> None:
    kept = Snapshot(tools=platform.tools, campus=platform.campus, keys=platform.keys, secret=secret)
    snapshot.save(state_dir, kept)


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise TypeError("Only refusals come here.") from error
    if "text/html" in request.headers.get("accept", ""):
        return page("refused.html", status=error.status, refusal=error)
    headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s else {}
    if error.code in BEARER_ERRORS:
        headers["WWW-Authenticate"] = f'Bearer error="{error.code}"'
    body = {
        "type": "about:blank",
        "status": error.status,
        "code": error.code,
        "detail": error.sentence,
    }
    return JSONResponse(
        body, status_code=error.status, headers=headers, media_type="application/problem+json"
    )


async def _oauth_refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, OAuthRefusal):
        raise TypeError("Only token refusals come here.") from error
    body = {"error": error.error, "error_description": error.description}
    return JSONResponse(body, status_code=error.status, headers={"Cache-Control": "no-store"})
