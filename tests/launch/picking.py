"""An instructor who picks links for the LMS, from the launch to the signed answer."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlmodel import SQLModel, select
from starlette.types import ASGIApp, Receive, Scope, Send

from coursehub import app as composition
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course
from coursehub.model.module import Module, Source
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.launch import Context, DeepLinking, Message
from coursehub.vocabulary.people import HubName
from coursehub.web import identity
from tests.demo_lms.actors import address, free_socket, served
from tests.house.school import INSTRUCTOR, School
from tests.web import actors as web

RETURN = "https://moodle.north.example/mod/lti/contentitem_return.php?course=7"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
HERE = "deep-linking"


@dataclass
class Form(HTMLParser):
    """The one form of a page as a browser would send it: action, fields, what can be ticked."""

    action: str = ""
    hidden: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, bool] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)
    buttons: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = found["action"]
        elif tag == "button" and self.action:
            self.buttons.append(found.get("value", ""))
        elif tag == "input" and found["type"] == "hidden":
            self.hidden.setdefault(found["name"], []).append(found["value"])
        elif tag == "input" and found["type"] in {"checkbox", "radio"}:
            self.choices[found["value"]] = "checked" in found
            self.kinds.add(found["type"])

    @property
    def ticked(self) -> list[str]:
        return [key for key, ticked in self.choices.items() if ticked]


def form_of(answer: httpx.Response) -> Form:
    form = Form()
    form.feed(answer.text)
    return form


def seen(answer: httpx.Response) -> str:
    """What someone reads in the main part of a page, in one line."""
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    words = " ".join(piece.partition(">")[2] for piece in main.split("<"))
    return " ".join(unescape(words).split())


@dataclass(kw_only=True)
class Picker:
    """Someone with a browser that has no cookie of ours, as in a frame of the LMS."""

    school: School
    base: str
    http: httpx.Client

    def asks(self, *, course: str = "c1", label: str = "Data 8", **wanted: Any) -> str:
        """The ticket of a selection that staff begin in the LMS."""
        asked = {"return_url": RETURN, "accept_types": ("ltiResourceLink",), **wanted}
        launch = self.school.link(
            "teacher",
            message_type=Message.DEEP_LINKING,
            roles=(INSTRUCTOR,),
            context=Context(id=course, label=label, title="Foundations"),
            deep_linking=DeepLinking(**asked),
        )
        reply = self.http.post(
            "api/v1/hub/launches",
            json=dataclasses.asdict(launch),
            headers={"Authorization": "Bearer the-hub"},
        )
        assert reply.status_code == 200, reply.text
        welcome = reply.json()
        assert welcome["landing"] == f"{web.PREFIX}deep-linking"
        return str(welcome["ticket"])

    def press(self, ticket: str, step: str = "pick", *pick: str, **more: Any) -> httpx.Response:
        """The page after a button was pressed with these things ticked."""
        data = {"ticket": ticket, "step": step, "pick": list(pick), **more}
        return self.http.post(HERE, data=data)

    def added(self, *pick: str, **wanted: Any) -> dict[str, Any]:
        """The claims that the LMS gets when these are added."""
        return self.claims(self.press(self.asks(**wanted), "add", *pick))

    def claims(self, answer: httpx.Response) -> dict[str, Any]:
        """The answer's claims, its signature checked by the published keys."""
        assert answer.status_code == 200, answer.text
        (token,) = form_of(answer).hidden["JWT"]
        keys = KeySet.import_key_set(self.http.get("lti/jwks.json").json())
        decoded = jwt.decode(token, keys, algorithms=["RS256"])
        assert decoded.header["kid"]
        return dict(decoded.claims)


def items(claims: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = claims[f"{DL}content_items"]
    return found


@contextmanager
def open_school(folder: Path) -> Iterator[tuple[School, str]]:
    """A school whose whole service is run by a real server; who asks says an own header."""
    bound = free_socket()
    chosen = web.settings(folder).model_copy(update={"public_url": address(bound)})
    store = Store(f"sqlite:///{folder / 'coursehub.sqlite'}")
    SQLModel.metadata.create_all(store.engine)
    school = School(store=store, settings=chosen)
    school.trust()
    app = composition.build(chosen, store)
    app.state.house = dataclasses.replace(app.state.house, hub=school.hub, clock=school)
    app.dependency_overrides[identity.viewer] = whoever_is_named
    try:
        with served(_asleep(app), bound):
            yield school, f"{address(bound)}{web.PREFIX}"
    finally:
        store.close()


def _asleep(app: FastAPI) -> ASGIApp:
    """The application without its schedule."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError("nothing is scheduled here")
        await app(scope, receive, send)

    return answer


def whoever_is_named(request: Request) -> identity.Viewer:
    """Who an own header says is asking; nobody where it is not there."""
    name = request.headers.get("x-hub-name")
    if not name:
        raise identity.NotLoggedIn
    is_admin = name == "root-admin"
    found = identity.Viewer(hub_name=HubName(name), by_cookie=False, is_admin=is_admin)
    request.state.viewer = found
    return found


def furnish(
    school: School,
    *,
    modules: dict[str, str] | None = None,
    assignments: dict[str, dict[str, Any]] | None = None,
    key: str = "data-8",
) -> None:
    """The course's modules by name and title, and its assignments by name."""
    with school.store.writing(EVERYONE) as session:
        course = session.exec(select(Course).where(Course.key == key)).one()
        tenant, course_id = course.institution_id, course.id or 0
        source = Source(institution_id=tenant, url=f"https://git/{key}", folder=key)
        session.add(source)
        session.flush()
        for position, (name, title) in enumerate((modules or {}).items()):
            session.add(
                Module(
                    institution_id=tenant,
                    course_id=course_id,
                    source_id=source.id or 0,
                    name=name,
                    title=title,
                    path=name,
                    position=position,
                )
            )
        for name, values in (assignments or {}).items():
            session.add(
                Assignment(
                    institution_id=tenant,
                    course_id=course_id,
                    name=name,
                    **{"title": name.upper(), "points": 10.0, **values},
                )
            )
