"""The roster's pages and API, served by the whole service to its staff."""

from functools import partial

import pytest
from playwright.sync_api import Browser, Page

from tests.axe import scrolls_sideways, violations
from tests.browser import browser
from tests.house.school import INSTRUCTOR, at_once
from tests.roster.class_of import CONTEXT, member
from tests.roster.office import CLASS, HOME, Office, office
from tests.roster.test_sync import TA

__all__ = ["browser", "office"]


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


def test_the_changes_of_the_staff_are_shown(office: Office) -> None:
    sam = member("s1", TA, name="Sam")
    office.course.lists(member("t1", INSTRUCTOR, name="Tess Teacher"), sam)
    office.press(f"{HOME}/sync")
    page = office.read(f"{HOME}/staff")
    assert "a launch of theirs" in page
    assert "Sam" in page
    assert ", asked for by t1" in page
    latest, first = office.http.get("api/v1/courses/data-8/roster/staff").json()["items"]
    assert (latest["after"], latest["source"], latest["by"]) == ("ta", "nrps", "t1")
    assert (first["after"], first["source"], first["by"]) == ("instructor", "launch", "")


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
    for path in (HOME, f"{HOME}/staff", f"{HOME}/syncs", f"{HOME}/syncs/{waits}"):
        window.goto(f"{office.url}{path}")
        assert violations(window) == []
        assert not scrolls_sideways(window)
    context.close()
