"""The next term begun, and a course archived, on its page."""

from functools import partial

import pytest
from playwright.sync_api import Browser, FilePayload, Page

from coursehub.model.assignment import Assignment
from coursehub.model.course import Course, Enrolment
from coursehub.model.course_file import CourseFileVersion
from coursehub.vocabulary.launch import Context
from tests.axe import scrolls_sideways, violations
from tests.browser import browser
from tests.courses.whole import WHOLE
from tests.courses.window import HOME, Window, window
from tests.house.school import INSTRUCTOR, LEARNER, at_once
from tests.roster.office import office

__all__ = ["browser", "office", "window"]
PATH = f"{HOME}/next-term"
NEW = "data-8-fall"
CLASHING: FilePayload = {
    "name": "course.yml",
    "mimeType": "application/yaml",
    "buffer": WHOLE.replace("points: 10", "points: 14").encode(),
}
FALL = Context(id="c2", label="Data 8 Fall", title="Data 8 in fall")


@pytest.fixture
def copied(window: Window) -> Window:
    """The window once the LMS has copied the course, and the instructor has opened the copy."""
    school = window.office.course.school
    at_once(partial(school.come, "t1", context=FALL, roles=(INSTRUCTOR,)))
    return window


def test_without_another_course_the_page_says_what_to_do_in_the_lms(window: Window) -> None:
    page = window.read(PATH)
    assert "copy this course for the new term" in page
    assert "Look at the days first" not in page


def test_the_next_term_is_looked_at_and_then_begun(copied: Window) -> None:
    asked = {"into": NEW, "starts": "2027-09-06", "holidays": "2027-10-11"}
    page = copied.sends(PATH, asked | {"step": "look"})
    assert "exams midterm starts" in page
    assert "2027-03-02 10:00" in page
    assert len(copied.rows(CourseFileVersion)) == 1
    page = copied.sends(PATH, asked)
    assert "The next term is begun." in page
    assert "2027-09-06" in page
    courses = {course.id: course.key for course in copied.rows(Course)}
    assert {courses[row.course_id] for row in copied.rows(Assignment)} == {"data-8", NEW}
    assert "The next term of this course is" in copied.read()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"starts": ""}, "Say on which day the new term begins."),
        ({"starts": "soon"}, "Write a date like 2027-09-06."),
        ({"starts": "2027-09-06", "ends": "2027-01-01"}, "The term would end on 2027-01-01"),
        ({"starts": "2027-09-06", "holidays": "never"}, "Days without teaching: write a date"),
        ({"starts": "2027-09-06", "into": "data-8"}, "another course"),
        ({"starts": "2027-09-06", "into": "not-mine"}, "There is no such course"),
    ],
)
def test_a_term_that_cannot_be_is_told(
    copied: Window, words: dict[str, str], sentence: str
) -> None:
    page = copied.sends(PATH, {"into": NEW} | words, status=422)
    assert sentence in page
    assert len(copied.rows(CourseFileVersion)) == 1


def test_the_next_term_is_a_course_that_one_teaches(copied: Window) -> None:
    school = copied.office.course.school
    spring = Context(id="c3", label="Other", title="Somebody else's")
    at_once(partial(school.come, "t1", context=spring, roles=(LEARNER,)))
    assert "Somebody else" not in copied.read(PATH)
    page = copied.sends(PATH, {"into": "other", "starts": "2027-09-06"}, status=422)
    assert "Only that course's instructors" in page
    assert len(copied.rows(Enrolment)) == 3


def test_a_course_is_archived_and_is_among_the_past_ones(window: Window) -> None:
    assert "It can be taken back at any time." in window.read(f"{HOME}/archive")
    page = window.sends(f"{HOME}/archive", {})
    assert "This course is archived." in page
    assert "Past courses" in window.read("")
    window.sends(f"{HOME}/archive", {})  # pressed twice
    page = window.sends(f"{HOME}/restore", {})
    assert "The course runs again." in page
    assert "Past courses" not in window.read("")


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_everyone_can_read_and_fill_in_the_settings(
    copied: Window, browser: Browser, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, extra_http_headers={"x-hub-name": "t1"}
    )
    page: Page = context.new_page()
    copied.fills_in(f"{HOME}/assignments/ps1", points="12")
    forms = ("term", "assignments/ps1", "new/modules", "exams/midterm", "quotas", "extensions")
    for path in ("", *map("/{}".format, forms), "/file", "/changes", "/archive", "/next-term"):
        page.goto(f"{copied.office.url}{HOME}{path}")
        assert violations(page) == [], path
        assert not scrolls_sideways(page), path
    page.goto(f"{copied.office.url}{HOME}/file")
    page.set_input_files("input[type=file]", CLASHING)
    page.get_by_role("button", name="Look at what it changes").click()
    page.get_by_text("Both have changed this").wait_for()
    assert violations(page) == []
    assert not scrolls_sideways(page)
    page.get_by_role("radio", name="14").check()
    page.get_by_role("button", name="Make it so").click()
    page.get_by_text("The course is as the file says.").wait_for()
    with page.expect_download() as kept:
        page.get_by_role("link", name="Download it").click()
    assert kept.value.path().read_text() == WHOLE.replace("points: 10", "points: 14")
    context.close()
