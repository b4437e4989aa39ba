"""Adding a tool by its registration link, in a real browser."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import browser  # noqa: F401  # a fixture
from tests.demo_lms import newcomer
from tests.demo_lms.actors import Lms


@pytest.mark.browser
def test_an_administrator_adds_a_tool_by_its_link(
    lms: Lms,
    tool_url: str,
    browser: Browser,  # noqa: F811  # the fixture above
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(f"{lms.url}/tools")
    page.get_by_role("textbox", name="Registration link").fill(f"{tool_url}/begin")
    page.get_by_role("button", name="Add the tool").click()
    expect(page.get_by_text("The tool has registered.")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Activate A newcomer").click()
    expect(page.get_by_text("The tool is active")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    begun, _ = newcomer.launched(lms, "1001")
    assert begun["client_id"] == lms.platform.tools.chosen


@pytest.mark.browser
def test_a_page_of_another_origin_cannot_close_the_tools_frame(
    lms: Lms,
    tool_url: str,
    browser: Browser,  # noqa: F811  # the fixture above
) -> None:
    page = browser.new_page()
    page.goto(f"{lms.url}/tools")
    page.get_by_role("textbox", name="Registration link").fill(f"{tool_url}/jwks")
    page.get_by_role("button", name="Add the tool").click()
    expect(page.get_by_role("heading", name="A tool registers itself")).to_be_visible()
    page.evaluate("window.postMessage({ subject: 'org.imsglobal.lti.close' }, '*')")
    page.wait_for_timeout(300)  # long enough for the page to leave, had it listened
    assert page.url == f"{lms.url}/tools"
    expect(page.locator("iframe.tool")).to_be_visible()
