"""More time, given and taken back on the course's page."""

from functools import partial

import pytest
from sqlmodel import col, select

from coursehub.model.assignment import Extension
from coursehub.model.course import Section
from coursehub.model.institution import Person
from coursehub.store import EVERYONE
from tests.courses.window import HOME, KEY, Window, window
from tests.house.school import LEARNER, at_once
from tests.roster.class_of import CONTEXT
from tests.roster.office import office

__all__ = ["office", "window"]
PATH = f"{HOME}/extensions"


@pytest.fixture
def cho(window: Window) -> Window:
    """The window on a course in which Cho Park, who once came, is a student."""
    school = window.office.course.school
    at_once(partial(school.come, "cho", context=CONTEXT, roles=(LEARNER,), name="Cho Park"))
    return window


def given(window: Window) -> list[tuple[str, str, int, int]]:
    return [
        (row.person, row.section, row.by_days, row.by_seconds)
        for row in window.rows(Extension)
        if row.reason == "moved house"
    ]


@pytest.mark.parametrize("words", ["cho@north.example", "CHO@North.example", "cho", "park"])
def test_more_time_is_given_to_whoever_is_called_so(cho: Window, words: str) -> None:
    page = cho.fills_in(PATH, person=words, of="assignments midterm", by="2 days",
                        reason="moved house")  # fmt: skip
    assert "More time is given." in page
    assert given(cho) == [("cho@north.example", "", 2, 0)]


def test_the_list_of_people_leads_to_more_time_for_each_student(cho: Window) -> None:
    people = cho.read("courses/data-8/roster")
    assert f"{PATH}?person=cho%40north.example" in people
    assert people.count("More time") == 1  # not for the instructor
    assert cho.form(f"{PATH}?person=cho%40north.example")["person"] == "cho@north.example"


def test_a_standing_extension_is_one_form(cho: Window) -> None:
    cho.fills_in(PATH, person="cho", of="", by="36 hours", reason="moved house")
    (row,) = [row for row in cho.rows(Extension) if row.reason == "moved house"]
    assert (row.assignment_id, row.exam_id, row.by_seconds) == (None, None, 36 * 3600)


def test_a_section_and_an_exam_get_more_time(cho: Window) -> None:
    store = cho.office.course.school.store
    with store.writing(EVERYONE) as session:
        course = cho.rows(Person)[0].institution_id
        session.add(Section(institution_id=course, course_id=1, name="Evening"))
    cho.fills_in(PATH, section="Evening", of="exams midterm", by="30 minutes", reason="moved house")
    assert given(cho) == [("", "Evening", 0, 1800)]


def test_a_person_who_is_given_more_time_again_has_the_new_one(cho: Window) -> None:
    for days in ("2 days", "3 days"):
        cho.fills_in(PATH, person="cho", of="assignments midterm", by=days, reason="moved house")
    assert given(cho) == [("cho@north.example", "", 3, 0)]


def test_an_extension_is_taken_back(cho: Window) -> None:
    cho.fills_in(PATH, person="cho", of="assignments midterm", by="2 days", reason="moved house")
    page = cho.read()
    assert "cho@north.example" in page
    taken = {"of": "assignments midterm", "whose": "cho@north.example"}
    assert "Taken back." in cho.sends(f"{PATH}/take-back", taken)
    assert given(cho) == []
    assert "Nothing was changed." in cho.sends(f"{PATH}/take-back", taken)
    assert "cho@north.example" in cho.read(f"{HOME}/changes")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({}, "Say whose it is: a person, or a section."),
        ({"person": "nobody at all"}, "Nobody in this course is called that."),
        ({"person": "student"}, "Several people are called that: Student 0"),
        ({"person": "cho"}, "say how long: due, or by"),
        ({"person": "cho", "by": "1 day", "due": "2027-03-09T12:00"}, "say how long: due, or by"),
        ({"person": "cho", "by": "a while"}, "write a length of time like 2 days"),
        ({"person": "cho", "due": "2027-03-01T12:00"}, "ends before it is due"),
        ({"person": "cho", "of": "", "due": "2027-03-09T12:00"}, "say how much later"),
        ({"person": "cho", "of": "assignments nothing", "by": "1 day"}, "it is missing"),
        ({"person": "cho", "of": "modules tables", "by": "1 day"}, "Choose an assignment"),
        ({"person": "cho", "of": "modules (order)", "by": "1 day"}, "Choose an assignment"),
        ({"person": "cho", "of": "title x", "by": "1 day"}, "Choose an assignment"),
    ],
)
def test_an_extension_that_cannot_be_is_told_and_what_was_typed_stays(
    cho: Window, words: dict[str, str], sentence: str
) -> None:
    cho.office.press("courses/data-8/roster/sync")
    sent = cho.form(PATH) | {"of": "assignments midterm", "reason": "moved house"} | words
    page = cho.sends(PATH, sent, status=422)
    assert sentence in page
    assert "moved house" in page
    assert given(cho) == []


def test_someone_whom_the_lms_tells_nothing_of_has_to_come_first(cho: Window) -> None:
    with cho.office.course.school.store.writing(EVERYONE) as session:
        person = session.exec(select(Person).where(col(Person.name) == "Cho Park")).one()
        person.email, person.hub_name = "", None
        session.add(person)
    sent = {"person": "Cho Park", "of": "assignments midterm", "by": "1 day"}
    assert "once they have opened the course" in cho.sends(PATH, sent, status=422)


def test_settings_are_the_instructors_to_change_and_the_staffs_to_see(cho: Window) -> None:
    http = cho.office.http
    student, grader = {"x-hub-name": "cho"}, {"x-hub-name": f"grader-{KEY}"}
    for path in (HOME, f"{HOME}/changes", f"api/v1/courses/{KEY}/file"):
        assert http.get(path, headers=student).status_code == 403
        assert http.get(path, headers=grader).status_code == 200
    for path in (PATH, f"{HOME}/term", f"{HOME}/file", f"{HOME}/next-term", f"{HOME}/archive"):
        for who in (student, grader):
            assert http.get(path, headers=who).status_code == 403
            assert http.post(path, headers=who).status_code in {403, 405}
    for who in (student, grader):
        put = http.put(f"api/v1/courses/{KEY}/file", headers=who, content="title: Mine")
        assert put.status_code == 403
