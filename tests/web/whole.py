"""The whole service as the composition root builds it, with one school; only the Hub is played."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlmodel import select

from coursehub import app as composition
from coursehub.model.columns import now
from coursehub.model.course import Course
from coursehub.model.module import Module, Source
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from tests.exchange.campus import populate
from tests.web.actors import PREFIX, SECRET, running

HUB_SECRET = "the-hubs-own-secret"
ACCESS = "access:services!service=coursehub"
HUB = {"Authorization": f"Bearer {HUB_SECRET}"}
NOBODY: dict[str, str] = {}


def who(name: str) -> dict[str, str]:
    """The proof of someone whom the Hub knows."""
    return {"Authorization": f"token {name}"}


class HubUsers(BaseHTTPRequestHandler):
    """The Hub's answer to "whose token is this?": the token is the name."""

    def do_GET(self) -> None:
        name = self.headers["Authorization"].partition(" ")[2]
        body = json.dumps({"kind": "user", "name": name, "scopes": [ACCESS]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


@dataclass(frozen=True, kw_only=True)
class Whole:
    """The service at work, and the document that it gives of itself."""

    app: FastAPI
    http: httpx.Client
    document: dict[str, Any]

    def path(self, template: str) -> str:
        """The document's name of an address below the prefix."""
        return f"{PREFIX}{template}"


@contextmanager
def whole_service(folder: Path) -> Iterator[Whole]:
    """All services over one database: a school with teachers, students and a module."""
    with _hub() as hub_url:
        given: dict[str, Any] = {
            "data_dir": folder,
            "hub_token": SecretStr(HUB_SECRET),
            "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
            "JUPYTERHUB_BASE_URL": "/base/",
            "JUPYTERHUB_API_TOKEN": SECRET,
            "JUPYTERHUB_API_URL": hub_url,
        }
        settings = Settings(**given)
        store = Store(settings.database)
        populate(store)
        _give_a_module(store)
        app = composition.build(settings, store)
        app.state.hub_oauth.oauth_client_id = "service-coursehub"
        app.state.hub_oauth.access_scopes = {ACCESS}
        with running(app) as base, httpx.Client(base_url=base, timeout=60) as http:
            document = http.get("api/v1/openapi.json").json()
            yield Whole(app=app, http=http, document=document)
        store.close()


@contextmanager
def _hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), HubUsers)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hub/api"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _give_a_module(store: Store) -> None:
    """A module whose repository was asked a moment ago, so that it is not asked again."""
    with store.writing(EVERYONE) as session:
        course = session.exec(select(Course).where(Course.key == "ds1")).one()
        owner = course.institution_id
        url = "https://git.example.org/intro.git"
        source = Source(
            institution_id=owner, url=url, folder="intro", tried_at=now(), fetched_at=now()
        )
        session.add(source)
        session.flush()
        session.add(
            Module(
                institution_id=owner,
                course_id=course.id or 0,
                source_id=source.id or 0,
                name="one",
                title="One",
                path="one",
            )
        )
