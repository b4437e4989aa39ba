"""The staff's side over HTTP, with the Hub played by a table of tokens."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from sqlmodel import SQLModel, select

from coursehub.adapters.memory_lms import MemoryLms
from coursehub.errors import Invalid
from coursehub.grading.routes import autograde
from coursehub.model.assignment import FeedbackFile
from coursehub.model.course import Course, Enrolment
from coursehub.model.institution import Person
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.people import HubName, Role
from coursehub.web import identity, problems
from coursehub.web.house import House
from tests.grading.campus import Campus, MemoryBlobs, grade

PS1 = "/api/v1/courses/data8/assignments/ps1"


@pytest.fixture
def campus(tmp_path: Path) -> Iterator[Campus]:
    store = Store(f"sqlite:///{tmp_path / 'coursehub.sqlite'}")
    SQLModel.metadata.create_all(store.engine)
    campus = Campus(store)
    campus.open("ada", "bob", "grace")
    with store.writing(EVERYONE) as session:
        course = session.exec(select(Course)).one()
        for person in session.exec(select(Person)):
            role = Role.INSTRUCTOR if person.hub_name == "grace" else Role.STUDENT
            session.add(
                Enrolment(
                    institution_id=course.institution_id,
                    course_id=course.id or 0,
                    person_id=person.id or 0,
                    role=role,
                )
            )
    yield campus
    store.close()


def _viewer(request: Request) -> identity.Viewer:
    name = request.headers["authorization"].removeprefix("token ")
    return identity.Viewer(hub_name=HubName(name), by_cookie=False)


@pytest.fixture
def http(campus: Campus) -> Iterator[TestClient]:
    parts: dict[str, Any] = {field.name: None for field in dataclasses.fields(House)}
    parts |= {
        "settings": Settings(),
        "store": campus.store,
        "blobs": MemoryBlobs(),
        "autograder": campus.grader,
        "clock": campus,
    }
    app = FastAPI()
    app.state.house = House(**parts)
    app.include_router(autograde.api)
    app.dependency_overrides[identity.viewer] = _viewer
    problems.install(app)
    with TestClient(app, headers={"Authorization": "token grace"}) as client:
        yield client


def test_an_instructor_follows_a_class_from_asking_to_the_lms(
    campus: Campus, http: TestClient
) -> None:
    campus.submit("ada")
    campus.submit("bob")
    campus.grader.grades = {"ada": grade(6, needs_manual=True)}
    campus.grader.failures = {"bob": [Invalid("notebook-missing", "ps1.ipynb is missing.")]}
    asked = http.post(f"{PS1}/autograde", json={"students": None})
    assert (asked.status_code, asked.json()) == (202, {"jobs": 2})
    campus.work()
    jobs = http.get(f"{PS1}/jobs").json()
    assert jobs["next"] is None
    assert sorted((job["student"], job["state"], job["reason"]) for job in jobs["items"]) == [
        ("ada", "done", ""),
        ("bob", "failed", "ps1.ipynb is missing."),
    ]
    (line,) = http.get(f"{PS1}/scores").json()["items"]
    assert (line["points"], line["needs_manual"], line["state"]) == (6, True, "held")
    campus.grader.grades = {"ada": grade(9)}
    assert http.post(f"{PS1}/scores").json() == {"scores": 1, "queued": 1}
    assert campus.deliver(MemoryLms()) == 1
    (line,) = http.get(f"{PS1}/scores").json()["items"]
    assert (line["points"], line["state"], line["attempts"]) == (9, "delivered", 1)
    assert line["delivered_at"]


def test_a_named_student_alone_is_graded(campus: Campus, http: TestClient) -> None:
    campus.submit("ada")
    campus.submit("bob")
    assert http.post(f"{PS1}/autograde", json={"students": ["bob"]}).json() == {"jobs": 1}


def test_feedback_reaches_the_version_that_was_graded(campus: Campus, http: TestClient) -> None:
    graded = campus.submit("ada")
    campus.ask()
    campus.work()
    campus.submit("ada")
    assert http.post(f"{PS1}/feedback").json() == {"released": 1, "failed": []}
    with campus.store.reading(EVERYONE) as session:
        (file,) = session.exec(select(FeedbackFile)).all()
    assert (file.submission_id, file.path) == (graded, "ps1.html")


def test_one_student_without_feedback_keeps_nobody_elses_back(
    campus: Campus, http: TestClient
) -> None:
    campus.submit("ada")
    theirs = campus.submit("bob")
    campus.ask()
    campus.work()
    why = "The feedback is too large."
    campus.grader.without_feedback = {"ada": Invalid("too-large", why)}
    assert http.post(f"{PS1}/feedback").json() == {
        "released": 1, "failed": [{"student": "ada", "reason": why}],
    }  # fmt: skip
    with campus.store.reading(EVERYONE) as session:
        assert [file.submission_id for file in session.exec(select(FeedbackFile))] == [theirs]
    campus.grader.without_feedback = {}
    assert http.post(f"{PS1}/feedback").json() == {"released": 2, "failed": []}


def test_lists_come_in_pages(campus: Campus, http: TestClient) -> None:
    campus.submit("ada")
    campus.submit("bob")
    campus.ask()
    campus.work()
    for path in ("jobs", "scores"):
        first = http.get(f"{PS1}/{path}", params={"limit": 1}).json()
        rest = http.get(f"{PS1}/{path}", params={"limit": 1, "after": first["next"]}).json()
        assert [one["student"] for one in first["items"] + rest["items"]] == ["ada", "bob"]
        assert rest["next"] is None


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "autograde"), ("GET", "jobs"), ("GET", "scores"), ("POST", "scores"),
     ("POST", "feedback")],
)  # fmt: skip
def test_students_see_and_do_none_of_this(http: TestClient, method: str, path: str) -> None:
    headers = {"Authorization": "token ada"}
    assert http.request(method, f"{PS1}/{path}", headers=headers, json={}).status_code == 403
    headers = {"Authorization": "token stranger"}
    assert http.request(method, f"{PS1}/{path}", headers=headers, json={}).status_code == 404


def test_an_unknown_assignment_is_missing(http: TestClient) -> None:
    answer = http.get(f"{PS1}-x/scores")
    assert answer.status_code == 404
    assert answer.json()["code"] == "no-such-assignment"
