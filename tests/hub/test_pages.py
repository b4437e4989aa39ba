"""The class in a real browser: every page of it, on a laptop and on a phone."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from demo.classroom import CONTEXT, COURSE, INSTRUCTOR
from demo.steps.materials import STUDENTS
from tests.axe import scrolls_sideways, violations
from tests.hub.conftest import Played

pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.timeout(900)]
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
LAPTOP = (1280, 800)
PHONE = (390, 844)
WIDTHS = {"laptop": LAPTOP, "phone": PHONE}
HERE = f"/services/coursehub/courses/{COURSE}"
NAVIGATION_MS = 120_000


def logged_in(browser: Browser, played: Played, person: str) -> BrowserContext:
    """A browser in which the person has clicked the course's link in the LMS."""
    context = browser.new_context()
    context.set_default_navigation_timeout(NAVIGATION_MS)
    launched(context, played, person, "Course home").wait_for_url(re.compile(re.escape(HERE)))
    return context


def launched(context: BrowserContext, played: Played, person: str, link: str) -> Page:
    """The tab that a click on a link of the LMS opens."""
    page = context.new_page()
    page.goto(f"{played.room.stage.lms_url}/courses/{CONTEXT}?as={person}")
    with context.expect_page() as opened:
        page.get_by_role("button", name=f"Open {link}").click()
    page.close()
    return opened.value


@pytest.fixture(scope="module")
def instructor(browser: Browser, played: Played) -> Iterator[BrowserContext]:
    context = logged_in(browser, played, INSTRUCTOR)
    yield context
    context.close()


@pytest.fixture(scope="module")
def student(browser: Browser, played: Played) -> Iterator[BrowserContext]:
    context = logged_in(browser, played, STUDENTS[0])
    yield context
    context.close()


def usable(page: Page, address: str, *, width: str, picture: str = "") -> None:
    """The page has no fault that axe knows of, and fits; its picture is taken when asked."""
    page.set_viewport_size({"width": WIDTHS[width][0], "height": WIDTHS[width][1]})
    page.goto(address)
    page.wait_for_load_state("networkidle")
    if picture and os.environ.get("COURSEHUB_PICTURES"):
        page.screenshot(path=PICTURES / f"{picture}-{width}-light.png", full_page=True)
    assert violations(page) == []
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("picture", "path"),
    [
        ("course", HERE),
        ("roster", f"{HERE}/roster"),
        ("costs", f"{HERE}/costs"),
        ("assignment", f"{HERE}/assignments/ps1"),
        ("settings", f"{HERE}/settings"),
        ("more-time", f"{HERE}/settings/extensions"),
        ("courses", "/services/coursehub/"),
    ],
)
def test_an_instructors_pages_can_be_used_by_everyone(
    instructor: BrowserContext, played: Played, width: str, picture: str, path: str
) -> None:
    page = instructor.new_page()
    usable(page, played.room.stage.hub_url + path, width=width, picture=picture)
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("picture", "path"),
    [("student", HERE), ("student-assignment", f"{HERE}/assignments/ps1")],
)
def test_a_students_pages_can_be_used_by_everyone(
    student: BrowserContext, played: Played, width: str, picture: str, path: str
) -> None:
    page = student.new_page()
    usable(page, played.room.stage.hub_url + path, width=width, picture=picture)
    page.close()


def test_the_course_page_shows_the_class_and_its_cost(
    instructor: BrowserContext, played: Played
) -> None:
    page = instructor.new_page()
    page.goto(played.room.stage.hub_url + HERE)
    expect(page.get_by_role("heading", level=1)).to_have_text("Introduction to Data Science")
    expect(page.get_by_text("Cost so far per student")).to_be_visible()
    expect(page.get_by_text("3 delivered")).to_be_visible()
    page.close()


def test_a_student_sees_what_was_received_and_its_points(
    student: BrowserContext, played: Played
) -> None:
    page = student.new_page()
    page.goto(played.room.stage.hub_url + HERE)
    expect(page.get_by_text("received").first).to_be_visible()
    expect(page.get_by_text("9.0 of 10")).to_be_visible()
    page.close()


def test_the_staffs_pages_are_closed_to_students(student: BrowserContext, played: Played) -> None:
    page = student.new_page()
    for path in ("roster", "costs", "settings", "grader"):
        answer = page.goto(f"{played.room.stage.hub_url}{HERE}/{path}")
        assert answer is not None
        assert answer.status == 403
        expect(page.get_by_text("Only the course's instructors and TAs")).to_be_visible()
    page.close()


def test_more_time_is_given_by_a_form_and_taken_back(
    instructor: BrowserContext, student: BrowserContext, played: Played
) -> None:
    theirs, page = student.new_page(), instructor.new_page()
    theirs.goto(played.room.stage.hub_url + HERE)
    name = theirs.locator(".person").get_attribute("title")
    page.goto(f"{played.room.stage.hub_url}{HERE}/settings/extensions")
    page.get_by_label("Person").fill(name or "")
    page.get_by_label("For", exact=True).select_option(label="A week of rides")
    page.get_by_label("How much more").fill("2 days")
    page.get_by_role("button", name="Give more time").click()
    expect(page.get_by_text("More time is given.")).to_be_visible()
    theirs.reload()
    expect(theirs.get_by_text("extended")).to_be_visible()
    theirs.close()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("Taken back.")).to_be_visible()
    page.close()


def test_a_course_file_is_looked_at_and_applied_on_the_page(
    instructor: BrowserContext, played: Played
) -> None:
    page = instructor.new_page()
    titles = ("A week of rides", "Rides of a week")
    for old, new in (titles, titles[::-1]):
        page.goto(f"{played.room.stage.hub_url}{HERE}/settings/file")
        text = page.get_by_label("The file").input_value()
        assert f"title: {old}" in text
        page.get_by_label("The file").fill(text.replace(f"title: {old}", f"title: {new}"))
        page.get_by_role("button", name="Look at what it changes").click()
        expect(page.get_by_text("One change")).to_be_visible()
        page.get_by_role("button", name="Make it so").click()
        expect(page.get_by_text("The course is as the file says.")).to_be_visible()
    page.close()


def test_the_roster_is_searched_while_one_types(instructor: BrowserContext, played: Played) -> None:
    page = instructor.new_page()
    page.goto(f"{played.room.stage.hub_url}{HERE}/roster")
    page.get_by_role("searchbox").fill("Nightingale")
    expect(page.locator("#people tbody tr")).to_have_count(1)
    expect(page.get_by_text("Florence Nightingale")).to_be_visible()
    page.close()


def test_the_roster_is_synced_by_a_button(instructor: BrowserContext, played: Played) -> None:
    page = instructor.new_page()
    page.goto(f"{played.room.stage.hub_url}{HERE}/roster")
    page.get_by_role("button", name="Sync with the LMS now").click()
    expect(page.get_by_text("240 unchanged")).to_be_visible(timeout=NAVIGATION_MS)
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_lmss_gradebook_shows_the_scores(browser: Browser, played: Played, width: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.set_viewport_size({"width": WIDTHS[width][0], "height": WIDTHS[width][1]})
    page.goto(f"{played.room.stage.lms_url}/courses/{CONTEXT}/gradebook")
    for points in ("9", "6", "2"):
        expect(page.get_by_text(re.compile(rf"^{points}(\.0)?$")).first).to_be_visible()
    if os.environ.get("COURSEHUB_PICTURES"):
        page.screenshot(path=PICTURES / f"gradebook-{width}-light.png")
    assert violations(page) == []
    context.close()


def test_the_module_opens_in_jupyterlab(student: BrowserContext, played: Played) -> None:
    page = launched(student, played, STUDENTS[0], "Week 1: Tables")
    page.wait_for_url(re.compile(r"/user/.+/lab/tree/intro-data-science/01-tables"))
    expect(page.get_by_text("tables.ipynb").first).to_be_visible(timeout=NAVIGATION_MS)
    if os.environ.get("COURSEHUB_PICTURES"):
        page.screenshot(path=PICTURES / "module-laptop-light.png")
    page.close()
