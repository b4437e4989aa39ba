"""The roster's pages and API, served by the whole service to its staff."""

import asyncio
import dataclasses
import threading
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from playwright.sync_api import Browser, Page
from sqlmodel import SQLModel

from coursehub import app as composition
from coursehub.model.course import Course
from coursehub.model.institution import Person
from coursehub.model.roster import HubProblem
from coursehub.ports import Member
from coursehub.roster.actions import progress
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.people import HubName
from coursehub.web import background, identity
from tests.axe import scrolls_sideways, violations
from tests.browser import browser
from tests.house.school import INSTRUCTOR, School, at_once
from tests.roster.class_of import CONTEXT, Class, member
from tests.roster.test_sync import TA
from tests.web.actors import BROWSER, running
from tests.web.actors import settings as web_settings

__all__ = ["browser"]

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


def number(page: str) -> str:
    """The sync that the people's page leads to."""
    return page.partition("/roster/syncs/")[2].partition('"')[0]


def test_staff_look_first_and_then_carry_out_what_they_saw(office: Office) -> None:
    page = office.press(f"{HOME}/plan")
    assert "Student 7" in page
    assert "Nothing has been changed yet" in page
    assert set(office.course.enrolled()) == {"t1"}
    waits = office.read(HOME)
    assert "nothing is changed yet" in waits
    assert "The next sync does it, unless you do" in waits
    done = office.press(f"{HOME}/syncs/{number(waits)}/apply")
    assert "8 joined" in done
    assert "Carried out" not in done, "by the same person"
    assert len(office.course.enrolled()) == 9
    assert "nothing waits" in office.press(f"{HOME}/syncs/{number(waits)}/apply").lower()


def test_a_plan_that_a_sync_has_overtaken_claims_nothing(office: Office) -> None:
    office.press(f"{HOME}/plan")
    planned = number(office.read(HOME))
    office.press(f"{HOME}/sync")
    page = office.read(f"{HOME}/syncs/{planned}")
    assert "looked at" in page
    assert "the list was read again since" in page
    assert "Carry out" not in page


def test_a_list_that_shrinks_shows_who_would_leave_before_they_do(office: Office) -> None:
    office.press(f"{HOME}/sync")
    office.course.lists(member("t1", INSTRUCTOR), *CLASS[5:])
    page = office.press(f"{HOME}/sync")
    assert "5 of 9 people" in page
    assert "Look at who it is about" in page
    shown = office.read(f"{HOME}/syncs/{number(page)}")
    assert "Student 0" in shown
    assert "This waits for you." in shown
    assert len(office.course.enrolled()) == 9
    assert "5 left" in office.press(f"{HOME}/syncs/{number(page)}/apply")
    assert len(office.course.enrolled()) == 4


def test_a_sync_is_undone_from_its_page_and_stays_undone(office: Office) -> None:
    office.press(f"{HOME}/sync")
    history = office.read(f"{HOME}/syncs")
    assert "8 joined" in history
    done = office.press(f"{HOME}/syncs/{number(history)}/undo")
    assert "Undone." in done
    assert set(office.course.enrolled()) == {"t1"}
    again = office.press(f"{HOME}/sync")
    assert "8 changes are not done without you" in again
    assert set(office.course.enrolled()) == {"t1"}
    assert "undone" in office.read(f"{HOME}/syncs")


def test_an_assistant_sees_their_own_sections_first(office: Office) -> None:
    course = office.course
    at_once(partial(course.school.come, "a1", context=CONTEXT, roles=(TA,)))
    labs = (member(f"s{n}", name=f"Student {n}", sections=(f"Lab {n % 2}",)) for n in range(8))
    course.lists(member("t1", INSTRUCTOR), member("a1", TA, sections=("Lab 1",)), *labs)
    office.press(f"{HOME}/sync")
    assert "Lab 0" in office.read(HOME), "an instructor sees everybody"
    as_assistant = {"x-hub-name": "a1"}
    mine = office.http.get(HOME, headers=as_assistant).text
    assert "Student 1" in mine
    assert "Student 0" not in mine
    assert "assists Lab 1" in mine
    everybody = office.http.get(f"{HOME}?section=all", headers=as_assistant).text
    assert "Student 0" in everybody
    api = "api/v1/courses/data-8/roster"
    (first, _) = office.http.get(f"{api}/sections").json()
    assert (first["name"], first["people"]) == ("Lab 0", 4)
    found = office.http.get(f"{api}?section={first['id']}").json()["items"]
    assert [line["sections"] for line in found] == [["Lab 0"]] * 4


def test_a_long_sync_shows_how_far_it_is(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()

    async def slowly(_lms: object, _access: object, _url: str) -> AsyncIterator[Member]:
        for number in range(100):
            yield member(f"s{number}")
        await asyncio.to_thread(gate.wait, 60)
        yield member("t1", INSTRUCTOR)

    monkeypatch.setattr(type(office.course.lms), "members", slowly)
    monkeypatch.setattr(progress, "LEAST_S", 0.0)
    monkeypatch.setattr(background.Background.begin, "__kwdefaults__", {"patience_s": 0.2})
    page = office.press(f"{HOME}/sync")
    assert "Reading the list from the LMS" in page
    assert "100 people" in page
    assert 'hx-trigger="every 2s"' in page
    api = "api/v1/courses/data-8/roster/syncs"
    (listed,) = office.http.get(api).json()["items"]
    one = office.http.get(f"{api}/{listed['id']}").json()
    assert (one["stage"], one["progress"], one["finished_at"]) == ("reading", 100, None)
    assert "Reading the list from the LMS" in office.press(f"{HOME}/sync"), "it is one and the same"
    gate.set()
    while office.http.get(f"{api}/{listed['id']}").json()["finished_at"] is None:
        time.sleep(0.05)
    assert "100 joined" in office.read(HOME)
    assert len(office.course.enrolled()) == 101


def test_people_whom_the_hub_does_not_take_are_on_the_page(office: Office) -> None:
    school = office.course.school
    office.press(f"{HOME}/sync")
    (row,) = school.rows(Course)
    person = next(person for person in school.rows(Person) if person.subject == "s1")
    with school.store.writing(EVERYONE) as session:
        session.add(
            HubProblem(
                institution_id=row.institution_id,
                course_id=row.id or 0,
                person_id=person.id or 0,
                reason="JupyterHub refused this (400).",
                tries=3,
            )
        )
    page = office.read(HOME)
    assert "One person</strong> could not be placed in the Hub" in page
    assert "Student 1: JupyterHub refused this (400). Tried 3 times" in page
    (told,) = office.http.get("api/v1/courses/data-8/roster/problems").json()
    assert (told["name"], told["tries"]) == ("Student 1", 3)


def test_who_is_missing_is_marked(office: Office) -> None:
    office.press(f"{HOME}/sync")
    office.course.lists(member("t1", INSTRUCTOR), *CLASS[1:])
    page = office.press(f"{HOME}/sync")
    assert "not listed since" in page
    assert "leaves if the next list says the same" in page


def test_a_hub_that_is_away_is_told_apart_from_a_list_that_changed_nothing(office: Office) -> None:
    office.course.school.hub.answers = False
    page = office.press(f"{HOME}/sync")
    assert "The course is changed, its groups on the Hub are not yet." in page
    assert "changed nothing" not in page
    shown = office.read(f"{HOME}/syncs/1")
    assert "8 joined" in shown
    assert "Nothing was changed" not in shown
    assert "Undo what was done" in shown


def test_a_course_without_changes_says_what_will_be_here(office: Office) -> None:
    assert "Nothing has changed yet" in office.read(f"{HOME}/syncs")


def test_the_api_shows_plans_and_decides_them(office: Office) -> None:
    api = "api/v1/courses/data-8/roster"
    planned = office.http.post(f"{api}/sync", json={"only_plan": True}).json()
    assert (planned["waiting"], planned["applied_at"], planned["by"]) == (8, None, "t1")
    steps = office.http.get(f"{api}/syncs/{planned['id']}/steps?limit=5").json()
    assert len(steps["items"]) == 5
    rest = office.http.get(f"{api}/syncs/{planned['id']}/steps?after={steps['next']}").json()
    assert [step["after"] for step in rest["items"]] == ["student"] * 3
    done = office.http.post(f"{api}/syncs/{planned['id']}/apply")
    assert done.json() == {"done": 8, "overtaken": 0}
    assert office.http.post(f"{api}/syncs/{planned['id']}/apply").status_code == 409
    (listed,) = office.http.get(f"{api}/syncs").json()["items"]
    assert (listed["joined"], listed["applied_by"]) == (8, "t1")
    assert office.http.post(f"{api}/syncs/{planned['id']}/undo").json()["done"] == 8
    assert office.http.post(f"{api}/syncs/999/undo").status_code == 404


def test_plans_are_the_staffs(office: Office) -> None:
    office.press(f"{HOME}/sync")
    at_once(partial(office.course.school.come, "s1", context=CONTEXT))
    as_student = {"x-hub-name": "s1"}
    for path in (f"{HOME}/syncs", f"{HOME}/syncs/1", "api/v1/courses/data-8/roster/syncs"):
        assert office.http.get(path, headers=as_student).status_code == 403
    for path in (f"{HOME}/plan", f"{HOME}/syncs/1/undo", f"{HOME}/syncs/1/apply"):
        assert office.http.post(path, headers=as_student).status_code == 403
    assert office.http.post(f"{HOME}/syncs/1/burn").status_code == 422


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_everyone_can_read_the_pages(office: Office, browser: Browser, width: int) -> None:
    office.press(f"{HOME}/sync")
    office.course.lists(member("t1", INSTRUCTOR), *CLASS[5:])
    waits = number(office.press(f"{HOME}/sync"))
    context = browser.new_context(
        viewport={"width": width, "height": 800}, extra_http_headers={"x-hub-name": "t1"}
    )
    window: Page = context.new_page()
    for path in (HOME, f"{HOME}/syncs", f"{HOME}/syncs/{waits}"):
        window.goto(f"{office.url}{path}")
        assert violations(window) == []
        assert not scrolls_sideways(window)
    context.close()
