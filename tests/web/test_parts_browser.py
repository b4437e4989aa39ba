"""The parts in a real browser: usable by all, in both colours, at a desk and on a phone."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.axe import scrolls_sideways, violations

pytestmark = pytest.mark.browser

WIDTHS = {"laptop": (1280, 900), "phone": (390, 844)}
PICTURES = Path(__file__).resolve().parents[2] / "docs/pictures"


@contextmanager
def opened(
    browser: Browser,
    address: str,
    *,
    width: str = "laptop",
    scheme: Literal["light", "dark"] = "light",
    **options: Any,
) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what its console complained about."""
    across, down = WIDTHS[width]
    context = browser.new_context(
        viewport={"width": across, "height": down},
        color_scheme=scheme,
        reduced_motion="reduce",
        **options,
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
def test_everyone_can_use_every_part(
    browser: Browser, base: str, width: str, scheme: Literal["light", "dark"]
) -> None:
    with opened(browser, f"{base}parts", width=width, scheme=scheme) as (page, complaints):
        expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
        assert violations(page) == []
        assert not scrolls_sideways(page)
        assert complaints == []
        if os.environ.get("COURSEHUB_PICTURES") == "1":
            PICTURES.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=PICTURES / f"parts-{width}-{scheme}.png", full_page=True)


def test_a_page_with_a_fault_is_found_out(browser: Browser, base: str) -> None:
    """The guard itself: it must be able to fail."""
    with opened(browser, f"{base}parts") as (page, _):
        page.evaluate(
            "document.querySelector('h1').style.color = '#ccc';"
            "document.querySelector('label[for=field-title]').remove()"
        )
        found = " ".join(violations(page))
    assert "color-contrast" in found
    assert "label" in found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_open_dialog_and_a_problem_are_usable_too(
    browser: Browser, base: str, scheme: Literal["light", "dark"]
) -> None:
    with opened(browser, f"{base}parts", width="phone", scheme=scheme) as (page, _):
        page.get_by_role("link", name="Remove course…").click()
        expect(page.get_by_role("dialog", name="Remove this course?")).to_be_visible()
        assert violations(page) == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)

        page.goto(f"{base}full")
        expect(page.get_by_role("heading", name="No room right now")).to_be_visible()
        assert violations(page) == []
        assert not scrolls_sideways(page)


@pytest.mark.parametrize("path", ["parts", "full"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_reader_without_the_script_that_sets_them(
    browser: Browser, base: str, scheme: Literal["light", "dark"], path: str
) -> None:
    """axe needs scripts itself, so the one that sets the colours is kept away instead."""
    with opened(browser, f"{base}health/live", scheme=scheme) as (page, _):
        page.route("**/theme.js*", lambda route: route.abort())
        page.goto(base + path)
        ink = page.evaluate("getComputedStyle(document.body).color")
        assert (max(map(int, re.findall(r"\d+", ink))) > 128) == (scheme == "dark")
        assert violations(page) == []


def test_without_scripts_tables_are_searched_and_plots_are_read(
    browser: Browser, base: str
) -> None:
    with opened(browser, f"{base}parts", java_script_enabled=False) as (page, _):
        expect(page.get_by_role("cell", name="9.70")).to_be_visible()
        expect(page.get_by_label("Dismiss this message").first).to_be_hidden()
        page.get_by_label("Search people").fill("grace")
        page.get_by_role("button", name="Search").click()
        expect(page.get_by_role("rowheader", name="Grace Hopper 4")).to_be_visible()
        expect(page.get_by_role("rowheader", name="Ada Lovelace 1")).to_have_count(0)


def test_a_search_narrows_the_table_while_one_types(browser: Browser, base: str) -> None:
    with opened(browser, f"{base}parts") as (page, complaints):
        page.get_by_label("Search people").press_sequentially("emmy")

        expect(page.get_by_text("5 people", exact=True)).to_be_visible()
        expect(page.get_by_role("rowheader", name="Ada Lovelace 1")).to_have_count(0)
        expect(page.get_by_label("Search people")).to_be_focused()
        expect(page).to_have_url(re.compile("q=emmy"))
        assert complaints == []


def test_the_next_page_comes_without_leaving_the_page(browser: Browser, base: str) -> None:
    with opened(browser, f"{base}parts") as (page, complaints):
        page.evaluate("window.stayed = true")
        page.get_by_role("link", name="Next page").click()

        expect(page.get_by_role("rowheader", name="Ada Lovelace 6")).to_be_visible()
        expect(page.get_by_role("rowheader", name="Ada Lovelace 1")).to_have_count(0)
        assert page.evaluate("window.stayed")
        page.get_by_role("link", name="First page").click()
        expect(page.get_by_role("rowheader", name="Ada Lovelace 1")).to_be_visible()
        assert complaints == []


def test_a_keyboard_skips_to_the_content_and_sees_where_it_is(browser: Browser, base: str) -> None:
    with opened(browser, f"{base}parts") as (page, _):
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()


def test_a_message_is_gone_once_it_is_dismissed(browser: Browser, base: str) -> None:
    with opened(browser, f"{base}parts") as (page, _):
        said = page.get_by_text("The roster is up to date.", exact=True)
        expect(said).to_be_visible()
        page.get_by_label("Dismiss this message").first.click()
        expect(said).to_have_count(0)


def test_a_plot_is_drawn_from_its_table(browser: Browser, base: str) -> None:
    with opened(browser, f"{base}parts") as (page, _):
        page.wait_for_function(
            """() => {
              const canvas = document.querySelector("#plot-bar canvas");
              if (!canvas) return false;
              const pixels = canvas.getContext("2d")
                .getImageData(0, 0, canvas.width, canvas.height).data;
              let orange = 0;
              for (let i = 0; i < pixels.length; i += 4)
                if (pixels[i] > 190 && pixels[i + 1] < 130 && pixels[i + 3] > 200) orange++;
              return orange > 1000;
            }"""
        )
        page.locator("#plot-bar summary").click()
        expect(page.locator("#plot-bar").get_by_role("cell", name="9.70")).to_be_visible()
