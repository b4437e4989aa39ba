"""Picking links in a real browser: in a frame of another site, with and without scripts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from playwright.sync_api import Browser, FrameLocator, Page, Route, expect

from tests.axe import scrolls_sideways, violations
from tests.browser import browser
from tests.demo_lms.actors import address, free_socket
from tests.demo_lms.actors import served as running
from tests.house.school import INSTRUCTOR, NOON, School, at_once
from tests.launch.handing_in import give_points, hand_in
from tests.launch.other_site import OtherSite
from tests.launch.picking import Picker, furnish, items, open_school

__all__ = ["browser"]

pytestmark = pytest.mark.browser

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
WIDTHS = {"laptop": (1280, 800), "phone": (390, 844)}


@dataclass(kw_only=True)
class Scene:
    """An instructor before the LMS, with the Hub behind it."""

    picker: Picker
    lms: OtherSite
    base: str

    def begin(self, page: Page, *, target: str, **wanted: Any) -> None:
        """The picking page, in the LMS's frame or (target `_self`) in the whole window."""
        self.picker.school.time = NOON
        ticket = self.picker.asks(return_url=f"{self.lms.url}/return", **wanted)
        page.goto(f"{self.lms.url}/course?ticket={ticket}&target={target}")
        page.get_by_role("button", name="Add content").click()


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    bound = free_socket()
    # The Hub is at 127.0.0.1: to a browser, localhost is another site.
    lms = OtherSite(url=address(bound).replace("127.0.0.1", "localhost"))
    with (
        open_school(tmp_path_factory.mktemp("frames")) as (school, base),
        running(lms.app(f"{base}deep-linking"), bound),
        httpx.Client(base_url=base, timeout=60) as http,
    ):
        picker = Picker(school=school, base=base, http=http)
        picker.asks()
        picker.asks(course="c2", label="Empty")
        at_once(lambda: meet(school))
        fill(school)
        hand_in(base)
        give_points(school)
        yield Scene(picker=picker, lms=lms, base=base)


def meet(school: School) -> None:
    school.come("teacher", roles=(INSTRUCTOR,), name="Grace Hopper")
    school.come("ann", name="Ann Lee")


def fill(school: School) -> None:
    week = timedelta(days=7)
    released = NOON - timedelta(days=1)
    furnish(
        school,
        modules={
            "tables": "Week 1: Tables",
            "plots": "Week 2: Plots",
            "chance": "Week 3: Chance and simulation",
        },
        assignments={
            "ps1": {"title": "Problem set 1", "due_at": NOON + week, "released_at": released},
            "ps2": {"title": "Problem set 2", "due_at": NOON + 2 * week, "points": 12.5},
            "survey": {"title": "Survey", "points": 0, "released_at": released},
        },
    )


@contextmanager
def window(
    browser: Browser,
    *,
    width: str = "laptop",
    scheme: Literal["light", "dark"] = "light",
    scripts: bool = True,
    who: str = "",
) -> Iterator[tuple[Page, list[str]]]:
    """A window without a cookie of ours, and what its console complained about."""
    across, down = WIDTHS[width]
    context = browser.new_context(
        viewport={"width": across, "height": down},
        color_scheme=scheme,
        java_script_enabled=scripts,
        extra_http_headers={"x-hub-name": who} if who else {},
    )
    complaints: list[str] = []
    try:
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page, complaints
    finally:
        context.close()


def picture(page: Page, name: str, *, width: str, scheme: str) -> None:
    if os.environ.get("COURSEHUB_PICTURES") and scheme == "light":
        page.screenshot(path=PICTURES / f"{name}-{width}-light.png", full_page=name == "privacy")


def choose(tool: FrameLocator) -> None:
    tool.get_by_label("Week 1: Tables").check()
    tool.get_by_label("Problem set 1").check()
    tool.get_by_role("button", name="Continue").click()
    expect(tool.get_by_role("heading", name="Add these 2 links?")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_links_are_picked_in_a_frame_of_the_lms(
    browser: Browser, scene: Scene, scripts: bool
) -> None:
    with window(browser, scripts=scripts) as (page, complaints):
        scene.begin(page, target="tool")
        tool = page.frame_locator("iframe")
        choose(tool)
        tool.get_by_role("button", name="Add these 2 links").click()
        if not scripts:
            tool.get_by_role("button", name="Finish in your LMS").click()
        expect(tool.get_by_role("heading", name="Thank you")).to_be_visible()
        assert complaints == []
    picked = [item["title"] for item in items(scene.lms.answers[-1])]
    assert picked == ["Week 1: Tables", "Problem set 1"]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_search_keeps_what_is_ticked(browser: Browser, scene: Scene, scripts: bool) -> None:
    with window(browser, scripts=scripts) as (page, complaints):
        scene.begin(page, target="_self")
        page.get_by_label("Week 1: Tables").check()
        page.get_by_role("searchbox").press_sequentially("set 2")
        if not scripts:
            page.get_by_role("searchbox").press("Enter")
        expect(page.get_by_label("Problem set 1")).to_have_count(0)
        expect(page.get_by_role("group", name="Chosen")).to_be_visible()
        expect(page.get_by_role("status")).to_have_text("Found: 0 modules, 1 assignment.")
        page.get_by_label("Problem set 2").check()
        expect(page.get_by_label("Week 1: Tables")).to_be_checked()
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Change the choice").click()
        for title in ("Week 1: Tables", "Problem set 2"):
            expect(page.get_by_label(title)).to_be_checked()
        expect(page.get_by_label("Problem set 1")).not_to_be_checked()
        assert complaints == []


def test_a_search_typed_before_the_scripts_came_is_answered(browser: Browser, scene: Scene) -> None:
    with window(browser) as (page, complaints):
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        page.route("**/htmx.min.js*", hold)
        scene.begin(page, target="_self")
        page.get_by_role("searchbox").press_sequentially("set 2")
        expect(page.get_by_label("Problem set 1")).to_be_visible()
        held[0].continue_()
        expect(page.get_by_role("status")).to_have_text("Found: 0 modules, 1 assignment.")
        assert complaints == []


def test_the_keyboard_is_enough(browser: Browser, scene: Scene) -> None:
    with window(browser) as (page, _):
        scene.begin(page, target="_self")
        page.get_by_role("searchbox").focus()
        for _ in range(3):
            page.keyboard.press("Tab")
        expect(page.get_by_label("Week 1: Tables")).to_be_focused()
        page.keyboard.press("Space")
        page.get_by_role("button", name="Continue").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Add this link?")).to_be_visible()


def test_in_a_portal_around_the_lms_links_are_picked_if_the_launch_allowed_it(
    browser: Browser, scene: Scene
) -> None:
    scene.picker.school.time = NOON
    # To a browser the LMS's server is another site by this name: the school's portal.
    portal = scene.lms.url.replace("localhost", "127.0.0.1")
    for around, shown in (((), 0), ((portal,), 1)):
        ticket = scene.picker.asks(return_url=f"{scene.lms.url}/return", framed_by=around)
        with window(browser) as (page, _):
            page.goto(f"{portal}/portal?ticket={ticket}")
            lms = page.frame_locator("iframe")
            with page.expect_response(lambda reply: "deep-linking" in reply.url):
                lms.get_by_role("button", name="Add content").click()
            tool = lms.frame_locator("iframe")
            expect(tool.get_by_role("searchbox")).to_have_count(shown)


def test_another_site_may_not_frame_it(browser: Browser, scene: Scene) -> None:
    scene.picker.school.time = NOON
    ticket = scene.picker.asks()
    with window(browser) as (page, _):
        page.goto(f"{scene.lms.url}/course?ticket={ticket}&target=tool")
        with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
            page.get_by_role("button", name="Add content").click()
        expect(page.frame_locator("iframe").get_by_role("searchbox")).to_have_count(0)


@pytest.mark.parametrize(
    ("width", "scheme"), [("laptop", "light"), ("phone", "light"), ("phone", "dark")]
)
def test_everyone_can_use_the_pages(
    browser: Browser, scene: Scene, width: str, scheme: Literal["light", "dark"]
) -> None:
    with window(browser, width=width, scheme=scheme) as (page, complaints):
        scene.begin(page, target="_self")
        page.get_by_label("Week 1: Tables").check()
        page.get_by_label("Problem set 1").check()
        usable(page, "selection", width=width, scheme=scheme)
        page.get_by_role("button", name="Continue").click()
        usable(page, "selection-review", width=width, scheme=scheme)
        scene.begin(page, target="_self", accept_multiple=False, course="c2", label="Empty")
        usable(page, "", width=width, scheme=scheme)
        page.get_by_role("button", name="Continue").click()
        usable(page, "", width=width, scheme=scheme)
        scene.begin(page, target="_self", accept_types=("file",))
        usable(page, "", width=width, scheme=scheme)
        assert complaints == [COMPLAINT]


COMPLAINT = (
    "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
)


@pytest.mark.parametrize("width", list(WIDTHS))
def test_everyone_can_use_the_pages_of_reviews_and_records(
    browser: Browser, scene: Scene, width: str
) -> None:
    for who, path, name in (
        ("ann", "privacy", "privacy"),
        ("teacher", "courses/data-8/assignments/ps1/people/2", "submission-review"),
        ("", "deep-linking", ""),
    ):
        with window(browser, width=width, who=who) as (page, complaints):
            page.goto(scene.base + path)
            usable(page, name, width=width, scheme="light")
            assert complaints == []


def usable(page: Page, name: str, *, width: str, scheme: str) -> None:
    """The page has no fault that axe knows of, and fits; its picture is taken when asked."""
    page.wait_for_load_state("networkidle")
    assert violations(page) == []
    assert not scrolls_sideways(page)
    if name:
        picture(page, name, width=width, scheme=scheme)
