"""The whole service over a course of the class, and its instructor's windows."""

import dataclasses
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlmodel import SQLModel

from coursehub import app as composition
from coursehub.store import Store
from coursehub.vocabulary.people import HubName
from coursehub.web import identity
from tests.house.school import INSTRUCTOR, School, at_once
from tests.roster.class_of import CONTEXT, Class, member
from tests.web.actors import BROWSER, running
from tests.web.actors import settings as web_settings

HOME = "courses/data-8/roster"
CLASS = tuple(member(f"s{n}", name=f"Student {n}") for n in range(8))


@dataclasses.dataclass
class Office:
    """A course of a teacher and eight students, and its instructor's windows."""

    course: Class
    url: str
    http: httpx.Client

    def read(self, path: str) -> str:
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return " ".join(answer.text.partition("<main")[2].split())

    def press(self, path: str) -> str:
        """The page that follows a button."""
        answer = self.http.post(path, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return " ".join(answer.text.partition("<main")[2].split())


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    chosen = web_settings(tmp_path)
    store = Store(f"sqlite:///{tmp_path / 'coursehub.sqlite'}")
    SQLModel.metadata.create_all(store.engine)
    school = School(store=store, settings=chosen)
    school.trust()
    teacher: dict[str, Any] = {"context": CONTEXT, "roles": (INSTRUCTOR,), "name": "Tess Teacher"}
    at_once(partial(school.come, "t1", **teacher))  # in a thread: a browser's has a loop
    course = Class(school)
    course.lists(member("t1", INSTRUCTOR, name="Tess Teacher"), *CLASS)
    with (
        running(_service(course)) as base,
        httpx.Client(base_url=base, headers={**BROWSER, "x-hub-name": "t1"}) as http,
    ):
        yield Office(course, base, http)
    store.close()


def _service(course: Class) -> FastAPI:
    app = composition.build(course.school.settings, course.school.store)
    app.state.house = dataclasses.replace(
        app.state.house, lms=course.lms, hub=course.school.hub, clock=course.school
    )
    app.dependency_overrides[identity.viewer] = _viewer
    return app


def _viewer(request: Request) -> identity.Viewer:
    found = identity.Viewer(hub_name=HubName(request.headers["x-hub-name"]), by_cookie=False)
    request.state.viewer = found
    return found
