"""
Launches in a frame, in a real browser: an LMS on localhost, a Hub on https://127.0.0.1.

To the browser these are two sites, and it keeps no cookies for one inside the
other, except partitioned ones where a test says so.
"""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import (
    BrowserContext,
    FrameLocator,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from coursehub.vocabulary.launch import Registration
from coursehub_demo_lms.app import build
from coursehub_demo_lms.platform import Platform
from coursehub_demo_lms.switches import LaunchFault, Storage, Switches
from coursehub_demo_lms.tool import Tool
from tests import browser as browsers
from tests.auth.actors import TOKEN, Service
from tests.auth.certificates import self_signed
from tests.auth.live import LiveHub, live_hub
from tests.demo_lms.actors import address, free_socket, served

pytestmark = pytest.mark.hub

Opened: TypeAlias = Iterator[BrowserContext]

CONFIG = """
from jupyterhub.auth import DummyAuthenticator
from coursehub_auth import with_lti
c.JupyterHub.authenticator_class = with_lti(DummyAuthenticator)
c.JupyterHub.services = [{{"name": "coursehub", "url": "{service}"}}]
"""
COURSE = "/courses/data8-autumn?frame=1&as="
NO_COOKIES_IN_THE_LMS = {"https://127.0.0.1,http://localhost": {"setting": 2}}
"""Chromium's own setting: no cookies of that site in pages of the other, partitioned or not."""


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.served.stop()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[LiveHub]:
    folder = tmp_path_factory.mktemp("https")
    with live_hub(
        folder,
        CONFIG.format(service=service.served.url),
        environment={"COURSEHUB_SERVICE_URL": service.url, "COURSEHUB_HUB_TOKEN": TOKEN},
        certificate=self_signed(folder / "certificate.pem"),
    ) as hub:
        yield hub


@pytest.fixture(scope="module")
def lms(hub: LiveHub, service: Service) -> Iterator[Platform]:
    """The demo LMS, which the Hub trusts."""
    bound = free_socket()
    url = address(bound).replace("127.0.0.1", "localhost")
    app = build(issuer=url, tool=Tool.of_hub(hub.origin))
    platform: Platform = app.state.platform
    service.platforms.append(
        Registration(
            issuer=url,
            client_id="coursehub-demo",
            deployment_ids=tuple(c.deployment_id for c in platform.campus.courses.values()),
            auth_login_url=f"{url}/auth",
            key_set_url=f"{url}/jwks",
        )
    )
    with served(app, bound):
        yield platform


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def with_cookies(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """A browser that keeps partitioned cookies in frames, and no others."""
    with opened(playwright, tmp_path_factory.mktemp("browser"), {}) as browser:
        yield browser


@pytest.fixture(scope="module")
def without_cookies(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """A browser that keeps no cookies of the Hub in pages of the LMS."""
    folder = tmp_path_factory.mktemp("browser")
    with opened(playwright, folder, NO_COOKIES_IN_THE_LMS) as browser:
        yield browser


@contextlib.contextmanager
def opened(
    playwright: Playwright, folder: Path, cookies: dict[str, Any], *, scripts: bool = True
) -> Opened:
    """Chromium with a profile of its own in that folder, its cookie settings given."""
    settings = {
        "block_third_party_cookies": True,
        "cookie_controls_mode": 1,
        "content_settings": {"exceptions": {"cookies": cookies}},
    }
    (folder / "Default").mkdir()
    (folder / "Default" / "Preferences").write_text(json.dumps({"profile": settings}))
    browser = playwright.chromium.launch_persistent_context(
        folder,
        executable_path=browsers.chromium(),
        args=[*browsers.ARGUMENTS],
        ignore_https_errors=True,
        java_script_enabled=scripts,
    )
    browser.set_default_timeout(60_000)
    try:
        yield browser
    finally:
        browser.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    page: Page
    tool: FrameLocator

    def open(self) -> None:
        """The course's first link, in the frame."""
        self.page.get_by_role("button", name="Open Course home").click()

    def new_window(self, button: str) -> Page:
        """The window that this button of the frame opens, once it has arrived on the Hub."""
        with self.page.context.expect_page() as opening:
            self.tool.get_by_role("button", name=button).click()
        opening.value.wait_for_url("**/hub/home?course=ds101")
        return opening.value


@contextlib.contextmanager
def course(browser: BrowserContext, lms: Platform, person: str = "1020") -> Iterator[Course]:
    """The LMS's course page, as that person, with the tool's frame in it."""
    browser.clear_cookies()
    page = browser.new_page()
    page.goto(f"{lms.issuer}{COURSE}{person}")
    try:
        yield Course(page=page, tool=page.frame_locator("iframe[name=tool]"))
    finally:
        for each in browser.pages:
            each.close()


def test_in_a_frame_a_partitioned_cookie_is_enough(
    with_cookies: BrowserContext, lms: Platform
) -> None:
    lms.turn(Switches(storage=Storage.OFF))
    with course(with_cookies, lms) as at:
        at.open()
        window = at.new_window("Open your course")
        expect(window.get_by_role("link", name="Home")).to_be_visible()
        expect(at.tool.get_by_text("Your course is in a new window")).to_be_visible()


@pytest.mark.parametrize("storage", [Storage.FRAME, Storage.PARENT])
def test_without_cookies_the_lms_keeps_the_logins_state(
    without_cookies: BrowserContext, lms: Platform, storage: Storage
) -> None:
    lms.turn(Switches(storage=storage))
    with course(without_cookies, lms) as at:
        at.open()
        window = at.new_window("Open your course")
        expect(window.get_by_role("link", name="Home")).to_be_visible()


def test_without_cookies_and_storage_a_new_window_opens_the_course(
    without_cookies: BrowserContext, lms: Platform
) -> None:
    lms.turn(Switches(storage=Storage.OFF))
    with course(without_cookies, lms) as at:
        at.open()
        expect(at.tool.get_by_text("Your course opens in a new window")).to_be_visible()
        window = at.new_window("Open in a new window")
        expect(window.get_by_role("link", name="Home")).to_be_visible()


def test_links_are_picked_inside_the_frame(
    without_cookies: BrowserContext, lms: Platform, service: Service
) -> None:
    lms.turn(Switches())
    before, service.landing = service.landing, "/services/coursehub/deep-linking"
    service.ticket = "the-ticket"
    with course(without_cookies, lms, person="1001") as at:
        at.page.get_by_role("button", name="Pick in the tool").click()
        expect(at.tool.get_by_role("heading", name="Pick links")).to_be_visible()
        expect(at.tool.get_by_text("ticket=the-ticket")).to_be_visible()
    service.landing, service.ticket = before, ""


def test_a_refusal_is_readable_in_the_frame(with_cookies: BrowserContext, lms: Platform) -> None:
    lms.turn(Switches(launch_fault=LaunchFault.WRONG_NONCE))
    with course(with_cookies, lms) as at:
        at.open()
        expect(at.tool.get_by_text("The token belongs to another launch.")).to_be_visible()
        expect(at.tool.get_by_text(f"Registration: {lms.issuer}")).to_be_visible()


def test_without_scripts_buttons_lead_to_the_course(
    playwright: Playwright, tmp_path: Path, lms: Platform
) -> None:
    lms.turn(Switches())
    with opened(playwright, tmp_path, {}, scripts=False) as browser, course(browser, lms) as at:
        at.open()
        at.tool.get_by_role("button", name="Go on").click()  # the LMS's own page
        at.tool.get_by_role("link", name="Go on").click()
        at.tool.get_by_role("button", name="Go on").click()
        at.new_window("Open your course")
