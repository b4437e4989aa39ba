"""
The exchange's own service: real routes, store and blobs, and the Hub played by a table of tokens.

`python -m tests.exchange.campus` serves it in a process of its own, to be killed or starved.
"""

import asyncio
import dataclasses
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import uvicorn
from fastapi import FastAPI, Request
from sqlmodel import Session, SQLModel, select

from coursehub.adapters.blobs import FsspecBlobs
from coursehub.grading.routes import exchange
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course, Enrolment
from coursehub.model.institution import Institution, Person, Platform
from coursehub.ports import Blob
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.people import HubName, Role
from coursehub.web import identity, problems
from coursehub.web.house import House

PREFIX = "/services/coursehub/"
TOKEN = "token-of-"
PEOPLE = {"grace": Role.INSTRUCTOR, "tim": Role.TA, "ada": Role.STUDENT, "ben": Role.STUDENT}
PEOPLE["olga"] = Role.OBSERVER
PEOPLE["aude"] = Role.AUDITOR


class MovableClock:
    """The server's clock, put forward by a file that holds hours."""

    def __init__(self, folder: Path) -> None:
        self._hours = folder / "hours-later"

    def now(self) -> datetime:
        hours = float(self._hours.read_text()) if self._hours.exists() else 0.0
        return datetime.now(UTC) + timedelta(hours=hours)


class SlowBlobs(FsspecBlobs):
    """Blobs that, while a file `hold-blobs` is there, are stored but do not come back."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url)
        self._hold = folder / "hold-blobs"

    def put(self, source: BinaryIO, *, max_bytes: int) -> Blob:
        blob = super().put(source, max_bytes=max_bytes)
        _wait_while(self._hold)
        return blob


def _wait_while(hold: Path) -> None:
    while hold.exists():
        time.sleep(0.02)


def build(settings: Settings) -> FastAPI:
    """The service with the exchange alone, over an existing database."""
    store = Store(settings.database)
    parts: dict[str, Any] = {field.name: None for field in dataclasses.fields(House)}
    parts |= {
        "settings": settings,
        "store": store,
        "blobs": SlowBlobs(settings.blobs, settings.data_dir),
        "clock": MovableClock(settings.data_dir),
    }
    app = FastAPI()
    app.state.house = House(**parts)
    app.include_router(exchange.api, prefix=PREFIX.rstrip("/"))
    app.dependency_overrides[identity.viewer] = _viewer
    problems.install(app)
    hold = settings.data_dir / "hold-answers"

    @app.middleware("http")
    async def held(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        if request.method == "POST":
            await asyncio.to_thread(_wait_while, hold)
        return response

    @app.get(f"{PREFIX}api/v1/me")
    def me(request: Request) -> dict[str, Any]:
        name = _viewer(request).hub_name
        with store.reading(EVERYONE) as session:
            rows = session.exec(
                select(Course, Enrolment)
                .join(Enrolment)
                .join(Person)
                .where(Person.hub_name == name)
            ).all()
        courses = [{"course": c.key, "title": c.title, "role": e.role} for c, e in rows]
        return {"username": name, "courses": courses}

    return app


def _viewer(request: Request) -> identity.Viewer:
    """Whoever the token names, as the Hub would say."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind != "token" or not token.startswith(TOKEN):
        raise identity.NotLoggedIn
    return identity.Viewer(hub_name=HubName(token.removeprefix(TOKEN)), by_cookie=False)


def populate(store: Store) -> None:
    """Two schools; in one of them two courses with the same teacher and students."""
    SQLModel.metadata.create_all(store.engine)
    with store.writing(EVERYONE) as session:
        _found(session, "north", ("ds1", "stats"), PEOPLE)
        _found(session, "south", ("art",), {"eve": Role.STUDENT})


def _found(
    session: Session, school: str, courses: tuple[str, ...], people: dict[str, Role]
) -> None:
    institution = Institution(slug=school, name=school)
    session.add(institution)
    session.flush()
    own = institution.id or 0
    platform = Platform(
        institution_id=own,
        issuer=f"https://{school}.example",
        client_id="c",
        auth_login_url="",
        token_url="",
        key_set_url="",
    )
    rows = [Course(institution_id=own, key=key, title=key.upper()) for key in courses]
    session.add_all([platform, *rows])
    session.flush()
    for name, role in people.items():
        person = Person(
            institution_id=own,
            platform_id=platform.id or 0,
            issuer=platform.issuer,
            subject=name,
            hub_name=name,
        )
        session.add(person)
        session.flush()
        session.add_all(
            Enrolment(
                institution_id=own, course_id=row.id or 0, person_id=person.id or 0, role=role
            )
            for row in rows
        )


def set_deadline(store: Store, name: str, due_at: datetime) -> None:
    with store.writing(EVERYONE) as session:
        row = session.exec(select(Assignment).where(Assignment.name == name)).one()
        row.due_at = due_at
        session.add(row)


if __name__ == "__main__":
    configured = Settings()
    uvicorn.run(
        build(configured),
        host="127.0.0.1",
        port=int(configured.service_url.rpartition(":")[2]),
        log_level="warning",
    )
