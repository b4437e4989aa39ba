"""The assignment's page in a real browser: at a desk, on a phone, in both colours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from coursehub.errors import Invalid
from tests.axe import scrolls_sideways, violations
from tests.browser import browser
from tests.grading.campus import Campus, grade
from tests.grading.desk_clerks import (
    PS1,
    STAFF,
    as_person,
    hand_in_late,
    open_campus,
    schedule,
    work_through,
)

__all__ = ["browser"]

pytestmark = pytest.mark.browser

WIDTHS = {"laptop": (1280, 900), "phone": (390, 844)}


@pytest.fixture
def open_course(tmp_path: Path) -> Iterator[tuple[Campus, str]]:
    with open_campus(tmp_path, "ada", "bob", "cyd", "dan") as found:
        yield found


@contextmanager
def opened(
    browser: Browser,  # what the fixture gives
    address: str,
    *,
    who: str,
    width: str = "laptop",
    scheme: Literal["light", "dark"] = "light",
) -> Iterator[tuple[Page, list[str]]]:
    """The page as somebody sees it, and what its console complained about."""
    across, down = WIDTHS[width]
    context = browser.new_context(
        viewport={"width": across, "height": down},
        color_scheme=scheme,
        reduced_motion="reduce",
        extra_http_headers={"x-hub-name": who},
    )
    complaints: list[str] = []
    try:
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        yield page, complaints
    finally:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", list(WIDTHS))
def test_everyone_can_use_the_page(
    browser: Browser,  # the fixture, by its name
    open_course: tuple[Campus, str],
    width: str,
    scheme: Literal["light", "dark"],
) -> None:
    """Empty, while grading runs, and afterwards; for staff and for a student."""
    campus, base = open_course
    for stage in ("empty", "running", "over"):
        if stage == "running":
            campus.submit("ada")
            campus.submit("bob")
            hand_in_late(campus, "cyd", late_s=300)
            campus.ask()
        if stage == "over":
            campus.grader.grades = {"bob": grade(3, needs_manual=True)}
            campus.grader.failures = {"cyd": [Invalid("missing", "ps1.ipynb is missing.")]}
            work_through(campus)
            campus.grader.without_feedback = {"bob": Invalid("large", "The feedback is too large.")}
            with as_person(base, STAFF) as someone:
                assert someone.post(f"{PS1}/feedback").status_code == 200
        for who in (STAFF, "cyd"):
            with opened(browser, base + PS1, who=who, width=width, scheme=scheme) as found:
                page, complaints = found
                expect(page.get_by_text("Feedback could not be released")).to_have_count(
                    1 if (stage, who) == ("over", STAFF) else 0
                )
                assert violations(page) == [], (stage, who)
                assert not scrolls_sideways(page), (stage, who)
                assert complaints == []


def test_a_button_is_pressed_and_the_page_follows_by_itself(
    browser: Browser,  # the fixture, by its name
    open_course: tuple[Campus, str],
) -> None:
    campus, base = open_course
    campus.submit("ada")
    campus.submit("bob")
    with opened(browser, base + PS1, who=STAFF) as (page, complaints):
        page.get_by_label("Search students").press_sequentially("ada")
        expect(page.get_by_text("1 student", exact=True)).to_be_visible()
        page.get_by_role("button", name="Grade what was handed in").click()
        expect(page.get_by_text("Grading is asked for.")).to_be_visible()
        expect(page.get_by_role("progressbar")).to_be_visible()
        page.evaluate("window.stayed = true")
        page.get_by_label("Search students").press_sequentially("bob")
        expect(page.get_by_text("1 student", exact=True)).to_be_visible()
        with schedule(campus):
            expect(page.get_by_role("progressbar")).to_have_count(0)
        row = page.get_by_role("row", name="Bob Lovelace")
        expect(row.get_by_text("7 of 10")).to_be_visible()
        expect(page.get_by_role("rowheader", name="Ada Lovelace")).to_have_count(0)
        expect(page.get_by_label("Search students")).to_be_focused()
        assert page.evaluate("window.stayed")
        assert complaints == []
