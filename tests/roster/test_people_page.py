"""The people of a course on its page: by section, while a sync goes on, and with their troubles."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from functools import partial

import pytest

from coursehub.model.course import Course
from coursehub.model.institution import Person
from coursehub.model.roster import HubProblem
from coursehub.ports import Member
from coursehub.roster.actions import progress
from coursehub.store import EVERYONE
from coursehub.web import background
from tests.house.school import INSTRUCTOR, at_once
from tests.roster.class_of import CONTEXT, member
from tests.roster.office import HOME, Office, office
from tests.roster.test_sync import TA

__all__ = ["office"]


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
    (first, _) = office.http.get(f"{api}/sections").json()["items"]
    assert (first["name"], first["people"]) == ("Lab 0", 4)
    found = office.http.get(f"{api}?section={first['id']}").json()["items"]
    assert [line["sections"] for line in found] == [["Lab 0"]] * 4


def test_a_long_sync_shows_how_far_it_is(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()

    async def slowly(*_: object, **__: object) -> AsyncIterator[Member]:
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
    (told,) = office.http.get("api/v1/courses/data-8/roster/problems").json()["items"]
    assert (told["name"], told["tries"]) == ("Student 1", 3)
