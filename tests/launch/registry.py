"""The whole service beside a demo LMS, run by real servers; administrators and LMSs act on it."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request
from pydantic import SecretStr
from sqlmodel import SQLModel

from coursehub import app as composition
from coursehub.launch.actions import platforms
from coursehub.launch.actions.platforms import Listed
from coursehub.launch.actions.registration import links
from coursehub.settings import Settings
from coursehub.store import Store
from coursehub.vocabulary.people import HubName
from coursehub.web import identity
from coursehub_demo_lms.app import build
from coursehub_demo_lms.keys import KeyRing
from coursehub_demo_lms.tool import Tool
from tests.demo_lms.actors import Stage, address, free_socket, served

BROWSER = {"accept": "text/html"}
ADMIN = {**BROWSER, "x-hub-name": "admin"}
SOMEBODY = {**BROWSER, "x-hub-name": "ada"}
HUB_TOKEN = "the-hub-s-own-secret"


@dataclass
class Registry:
    """A Hub's service, and an LMS whose administrator has its pages open."""

    url: str
    lms_url: str
    store: Store
    settings: Settings
    stage: Stage
    http: httpx.Client
    late: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.late

    @property
    def platforms(self) -> list[Listed]:
        return platforms.listing(self.store)

    def link(self, *, institution: str = "North College", hours: float = 1) -> str:
        """A registration link's address."""
        made = links.make(
            self.store, self, self.settings, institution=institution, by="admin", hours=hours
        )
        return made.url

    def opened(self, link: str) -> str:
        """What an LMS makes of a registration link."""
        asked = {"url": link}
        reply = httpx.post(f"{self.lms_url}/api/tools/invitations", json=asked, timeout=60)
        assert reply.status_code == 200, reply.text
        address: str = reply.json()["link"]
        return address

    def register(self, link: str) -> httpx.Response:
        """The page that the LMS's administrator is shown."""
        return self.http.get(self.opened(link), headers=BROWSER)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.http.get(f"{self.url}{path}", headers={**ADMIN, **headers})

    def post(self, path: str, **fields: Any) -> httpx.Response:
        return self.http.post(f"{self.url}{path}", headers=ADMIN, data=fields)


@contextmanager
def registry(folder: Path) -> Iterator[Registry]:
    """Both, until the block ends."""
    bound, place = free_socket(), free_socket()
    stage = Stage(url=address(place))
    settings = Settings(
        data_dir=folder,
        public_url=address(bound),
        hub_token=SecretStr(HUB_TOKEN),
        allow_private_platforms=True,
        JUPYTERHUB_API_TOKEN="t",  # type: ignore[call-arg]  # named by its alias
        request_timeout_s=20,
    )
    store = Store(f"sqlite:///{folder / 'coursehub.sqlite'}")
    SQLModel.metadata.create_all(store.engine)
    url = f"{address(bound)}{settings.prefix}"
    with httpx.Client(timeout=60) as http:
        found = Registry(url, stage.url, store, settings, stage, http)
        with served(_service(found), bound), served(stage, place):
            yield found
    store.close()


def fresh_lms(found: Registry, keys: KeyRing) -> None:
    """A demo LMS that knows of no tool that registered itself."""
    found.stage.app = build(issuer=found.lms_url, tool=Tool.of_hub(found.url), keys=keys)


def _service(found: Registry) -> FastAPI:
    app = composition.build(found.settings, found.store, services=("launch",))
    app.state.house = dataclasses.replace(app.state.house, clock=found)
    app.dependency_overrides[identity.viewer] = _viewer
    return app


def _viewer(request: Request) -> identity.Viewer:
    name = request.headers.get("x-hub-name", "")
    viewer = identity.Viewer(hub_name=HubName(name), by_cookie=False, is_admin=name == "admin")
    request.state.viewer = viewer
    return viewer
