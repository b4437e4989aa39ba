"""The whole service over a small class, run by a real server, and the people who look at it."""

import dataclasses
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI, Request
from sqlmodel import SQLModel, select

from coursehub import app as composition
from coursehub.model.assignment import Assignment, Submission
from coursehub.model.course import Course, Enrolment
from coursehub.model.institution import Person
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.people import HubName, Role
from coursehub.web import identity
from tests.grading.campus import MORNING, Campus, MemoryBlobs
from tests.web.actors import running, settings

ZONE = "Europe/Berlin"
PS1 = "courses/data8/assignments/ps1"
STAFF = "grace"


@contextmanager
def open_campus(folder: Path, *students: str) -> Iterator[tuple[Campus, str]]:
    """The campus and the address of the service that shows it; who asks says an own header."""
    store = Store(f"sqlite:///{folder / 'coursehub.sqlite'}")
    SQLModel.metadata.create_all(store.engine)
    campus = Campus(store)
    campus.open(*students, STAFF)
    enrol(campus)
    try:
        with running(_service(campus, settings(folder))) as base:
            yield campus, base
    finally:
        store.close()


def _service(campus: Campus, chosen: Settings) -> FastAPI:
    app = composition.build(chosen, campus.store)
    app.state.house = dataclasses.replace(
        app.state.house, blobs=MemoryBlobs(), autograder=campus.grader, clock=campus
    )
    app.dependency_overrides[identity.viewer] = _viewer
    return app


def _viewer(request: Request) -> identity.Viewer:
    """Whoever the own header names, or the token of someone's server."""
    token = request.headers.get("authorization", "").removeprefix("token ")
    name = request.headers.get("x-hub-name") or token
    found = identity.Viewer(hub_name=HubName(name), by_cookie=False)
    request.state.viewer = found
    return found


def enrol(campus: Campus) -> None:
    """Everyone in the course by name, `STAFF` as its instructor, and an assignment that is due."""
    with campus.store.writing(EVERYONE) as session:
        course = session.exec(select(Course)).one()
        course.time_zone = ZONE
        row = session.exec(select(Assignment)).one()
        row.due_at, row.points = MORNING + timedelta(minutes=5), 10
        for person in session.exec(select(Person)):
            person.name = f"{(person.hub_name or '').title()} Lovelace"
            role = Role.INSTRUCTOR if person.hub_name == STAFF else Role.STUDENT
            session.add(
                Enrolment(
                    institution_id=course.institution_id,
                    course_id=course.id or 0,
                    person_id=person.id or 0,
                    role=role,
                )
            )


def enrol_more(campus: Campus, students: Iterable[str]) -> None:
    """Students whom the LMS listed and who have not been here."""
    with campus.store.writing(EVERYONE) as session:
        course = session.exec(select(Course)).one()
        like = session.exec(select(Person)).first()
        assert like
        for name in students:
            person = Person(
                institution_id=course.institution_id,
                platform_id=like.platform_id,
                issuer=like.issuer,
                subject=name,
                name=f"{name.title()} Lovelace",
            )
            session.add(person)
            session.flush()
            session.add(
                Enrolment(
                    institution_id=course.institution_id,
                    course_id=course.id or 0,
                    person_id=person.id or 0,
                    role=Role.STUDENT,
                )
            )


def hand_in_late(campus: Campus, student: str, *, late_s: float) -> None:
    """A submission that the exchange found late."""
    submission_id = campus.submit(student)
    with campus.store.writing(EVERYONE) as session:
        session.get_one(Submission, submission_id).late_s = late_s


def change(campus: Campus, **values: object) -> None:
    """The assignment with other values."""
    with campus.store.writing(EVERYONE) as session:
        row = session.exec(select(Assignment)).one()
        for name, value in values.items():
            setattr(row, name, value)


@contextmanager
def as_person(base: str, name: str) -> Iterator[httpx.Client]:
    """Someone's way to the service: pages, followed wherever they lead."""
    headers = {"x-hub-name": name, "accept": "text/html"}
    with httpx.Client(base_url=base, headers=headers, follow_redirects=True, timeout=60) as client:
        yield client


@contextmanager
def schedule(campus: Campus) -> Iterator[None]:
    """The service's own schedule, which takes up what is asked for."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.1):
            campus.work()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=60)


def work_through(campus: Campus) -> None:
    """Everything that is asked for, graded; on a thread, for a browser's driver has a loop here."""
    thread = threading.Thread(target=campus.work)
    thread.start()
    thread.join(timeout=60)
    assert not thread.is_alive(), "grading does not end"
