"""A small service made of the web floor's own parts, run by a real server, and a browser's hand."""

import logging
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, TextIO

import httpx
import structlog
import uvicorn
from fastapi import APIRouter, FastAPI, Form, Request
from jupyterhub.services.auth import HubOAuth
from pydantic import BaseModel, SecretStr
from starlette.responses import Response

from coursehub import logs
from coursehub.errors import Full, Missing
from coursehub.settings import Settings
from coursehub.store import Store
from coursehub.web import health, login, middleware, pages, problems, showcase
from coursehub.web.forms import FromOurForm
from coursehub.web.identity import IsViewer
from coursehub.web.paging import AskedPage, Page
from coursehub.web.session import COOKIE, seal

SECRET = "the-service-s-own-hub-token"
PREFIX = "/base/services/coursehub/"
BROWSER = {"accept": "text/html,application/xhtml+xml"}


class Note(BaseModel):
    """What the notes' route takes."""

    text: str


def settings(folder: Path) -> Settings:
    return Settings(
        data_dir=folder,
        hub_token=SecretStr("the-hub"),
        JUPYTERHUB_SERVICE_PREFIX=PREFIX,  # type: ignore[call-arg] # named by its alias
        JUPYTERHUB_BASE_URL="/base/",
        JUPYTERHUB_API_TOKEN=SECRET,
        JUPYTERHUB_API_URL="http://127.0.0.1:9/hub/api",
    )


def service(folder: Path) -> FastAPI:
    """The app as the composition root makes it, with a few routes that try its edges."""
    chosen = settings(folder)
    app = FastAPI()
    app.state.house = SimpleNamespace(
        settings=chosen, store=Store(f"sqlite:///{folder / 'web.sqlite'}")
    )
    app.state.hub_oauth = _oauth(chosen)
    middleware.install(app, chosen)
    problems.install(app)
    for router in (*login.routers, *health.routers, *showcase.routers, _edges()):
        app.include_router(router, prefix=PREFIX.rstrip("/"))
    pages.mount(app, chosen)
    return app


def _oauth(chosen: Settings) -> HubOAuth:
    oauth = login.make_oauth(chosen)
    oauth.oauth_client_id = "service-coursehub"
    oauth.access_scopes = {"access:services!service=coursehub"}
    return oauth


def _edges() -> APIRouter:
    router = APIRouter()

    @router.get("/api/v1/people/{person}")
    def person(person: str) -> None:
        assert person
        raise Missing("no-such-person", "There is nobody of that name here.")

    @router.get("/full")
    def full() -> None:
        raise Full("seats", "All 30 seats are taken.", retry_after_s=600)

    @router.get("/broken")
    @router.get("/api/v1/broken")
    def broken() -> None:
        raise RuntimeError("the secret is mallory@example.org")

    @router.post("/api/v1/notes")
    def notes(note: Note) -> dict[str, int]:
        return {"length": len(note.text)}

    @router.put("/api/v1/tar")
    async def tar(request: Request) -> dict[str, int]:
        return {"bytes": sum([len(chunk) async for chunk in request.stream()])}

    @router.post("/save", dependencies=[FromOurForm])
    def save(title: Annotated[str, Form()]) -> dict[str, str]:
        return {"title": title}

    @router.post("/mine")
    @router.get("/mine")
    def mine(viewer: IsViewer) -> dict[str, str]:
        return {"name": viewer.hub_name}

    @router.get("/api/v1/numbers")
    def numbers(asked: AskedPage) -> Page[int]:
        position = asked.position(str, int)
        first = 0 if position is None else int(position[1]) + 1
        rows = list(range(first, min(first + asked.fetch, 120)))
        return asked.page(rows, key=lambda row: ("n", row), show=lambda row: row)

    @router.get("/hello")
    def hello(request: Request, name: str = "") -> Response:
        return pages.page(
            request, "problem.html", problem={**_problem(), "detail": name}, again=None
        )

    return router


def _problem() -> dict[str, Any]:
    return {"status": 404, "title": "Not Found", "code": "x", "request_id": "x"}


@contextmanager
def logged(folder: Path, stream: TextIO) -> Iterator[None]:
    """The service's own logging, into that stream; afterwards it is as before."""
    root = logging.getLogger()
    handlers, level, before = root.handlers, root.level, structlog.get_config()
    shown = warnings.showwarning
    logs.configure(settings(folder).log_level, stream=stream)
    try:
        yield
    finally:
        root.handlers, root.level = handlers, level
        warnings.showwarning = shown
        structlog.configure(**before)


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """The service's base address, while uvicorn serves it on a free port of 127.0.0.1."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + 60
        while not server.started:
            assert thread.is_alive(), "the server ended at its start"
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}{PREFIX}"
    finally:
        server.should_exit = True
        thread.join(timeout=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """Someone with a session cookie and no proof that a page of ours sent the request."""

    http: httpx.Client
    token: str = "a-hub-token"

    def cookie(self) -> dict[str, str]:
        return {"cookie": f"{COOKIE}={seal(self.token, secret=SECRET, use='session')}"}
