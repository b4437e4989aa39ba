"""Launches in a frame of the LMS, through a real Hub: the pages, and what they accept."""

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from tests.auth.actors import Platform, Service, claims_of_a_launch, claims_of_a_selection
from tests.auth.browsing import Browser
from tests.auth.live import LiveHub

pytestmark = pytest.mark.hub

FRAMED = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.actions: list[str] = []
        self.links: list[str] = []
        self.facts: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "input":
            self.fields[said["name"]] = said["value"]
        elif tag == "form":
            self.actions.append(said["action"])
        elif tag == "a":
            self.links.append(said["href"])
        elif tag == "main":
            self.facts = said


def seen(page: httpx.Response) -> _Seen:
    found = _Seen()
    found.feed(page.text)
    return found


def policy_of(page: httpx.Response) -> dict[str, str]:
    parts = page.headers["content-security-policy"].split("; ")
    return {name: rest for name, _, rest in (part.partition(" ") for part in parts)}


@dataclass
class Frame:
    """A browser's frame in a page of the LMS; its cookies are those of `browser`."""

    browser: Browser
    platform: Platform

    def login(self, **changes: str) -> httpx.Response:
        self.browser.http.headers.update({**FRAMED, "Origin": self.platform.issuer})
        return self.browser.login(self.platform, **changes)

    def answer(self, login: httpx.Response, **changes: Any) -> httpx.Response:
        """The platform's signed answer to the login of that page."""
        asked = httpx.URL(seen(login).links[0]).params
        target = f"{self.browser.hub_url}lti13/launch"
        claims = claims_of_a_launch(
            self.platform.issuer, **{"nonce": asked["nonce"], "target": target, **changes}
        )
        return self.browser.answer(self.platform.sign(claims), asked["state"])


@pytest.fixture
def frame(browser: Browser, platform: Platform) -> Frame:
    return Frame(browser, platform)


def enter(hub: LiveHub, entry: str, headers: dict[str, str]) -> tuple[httpx.Response, Browser]:
    window = Browser(hub.hub_url)
    form = {"entry": entry}
    return window.http.post(f"{hub.hub_url}lti13/enter", data=form, headers=headers), window


def test_a_login_in_a_frame_asks_where_its_state_can_be_kept(
    hub: LiveHub, frame: Frame, platform: Platform
) -> None:
    page = frame.login(lti_storage_target="_parent", next="/hub/home?a=1 & 2")
    found = seen(page)
    assert page.status_code == 200
    assert found.links[0].startswith(f"{platform.issuer}/auth?tenant=1&")
    assert found.actions == ["/hub/lti13/oauth_login"]
    assert found.fields["login_hint"] == "hint of a person"
    assert found.fields["next"] == "/hub/home?a=1 & 2"
    assert found.facts["data-target"] == "_parent"
    assert found.facts["data-platform"] == platform.issuer
    kept = f"{hub.origin}{found.facts['data-cookie']}"
    assert frame.browser.http.get(kept).json() == {"kept": True}
    assert httpx.get(kept, trust_env=False).json() == {"kept": False}


def test_pages_in_a_frame_run_our_script_alone_and_only_in_the_lms(
    frame: Frame, platform: Platform
) -> None:
    policy = policy_of(frame.login())
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == platform.issuer
    assert "<script>" not in frame.login().text


def test_before_anything_is_signed_the_page_that_asked_may_frame_it(frame: Frame) -> None:
    frame.login()
    frame.browser.http.headers["Origin"] = "https://canvas.school.example"
    allowed = policy_of(frame.browser.login(frame.platform))["frame-ancestors"].split()
    assert "https://canvas.school.example" in allowed


def test_a_launch_in_a_frame_logs_in_in_a_window_of_its_own(
    hub: LiveHub, frame: Frame, service: Service
) -> None:
    page = frame.answer(frame.login())
    assert page.status_code == 200, page.text
    assert frame.browser.who() is None
    entry = seen(page).fields["entry"]
    reply, window = enter(hub, entry, {"Sec-Fetch-Site": "same-origin"})
    assert (reply.status_code, reply.headers["location"]) == (303, service.landing)
    assert window.who() == "ada-7"
    again, _ = enter(hub, entry, {"Sec-Fetch-Site": "same-origin"})
    assert (again.status_code, "entry-expired" in again.text) == (401, True)


def test_another_site_cannot_log_anybody_in(hub: LiveHub, frame: Frame) -> None:
    entry = seen(frame.answer(frame.login())).fields["entry"]
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
        refused, window = enter(hub, entry, headers)
        assert (refused.status_code, "entry-elsewhere" in refused.text) == (403, True)
        assert window.who() is None
    reply, _ = enter(hub, entry, {"Origin": hub.origin})
    assert reply.status_code == 303


def test_where_no_cookie_arrives_the_platform_is_asked(hub: LiveHub, frame: Frame) -> None:
    login = frame.login(lti_storage_target="_parent")
    secret = seen(login).facts["data-value"]
    frame.browser.http.cookies.clear()
    page = frame.answer(login)
    found = seen(page)
    assert page.status_code == 200
    assert found.facts["data-page"] == "storage"
    assert secret not in page.text
    form = {**found.fields, "stored": secret}
    url = f"{hub.origin}{found.actions[0]}"
    http = frame.browser.http
    foreign = http.post(url, data=form)
    assert (foreign.status_code, "cookie-missing" in foreign.text) == (401, True)
    wrong = http.post(url, data={**form, "stored": "x"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert (wrong.status_code, "state-of-another" in wrong.text) == (401, True)
    page = http.post(url, data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert "Open your course" in page.text


def test_without_cookie_and_storage_a_frame_says_what_to_do(frame: Frame) -> None:
    login = frame.login()
    frame.browser.http.cookies.clear()
    refused = frame.answer(login)
    assert (refused.status_code, "open the link in a new window" in refused.text) == (401, True)
    assert policy_of(refused)["frame-ancestors"] == "*"
    assert "script-src" not in policy_of(refused)


def test_a_refusal_can_be_read_in_a_frame(frame: Frame, platform: Platform) -> None:
    refused = frame.answer(frame.login(), version="1.1")
    assert refused.status_code == 403
    assert "The launch is not LTI 1.3." in refused.text
    assert f"Registration: {platform.issuer}, client hub-at-the-college." in refused.text
    assert "Ada" not in refused.text
    assert policy_of(refused)["frame-ancestors"] == "*"


def test_a_silent_browser_is_in_a_frame_where_the_launch_says_so(
    browser: Browser, platform: Platform
) -> None:
    page = browser.launch(platform, launch_presentation={"document_target": "iframe"})
    assert (page.status_code, "Open your course" in page.text) == (200, True)


@pytest.mark.parametrize("framed", [True, False])
def test_a_selection_goes_on_where_it_is_and_logs_nobody_in(
    framed: bool, browser: Browser, platform: Platform, service: Service
) -> None:
    if framed:
        browser.http.headers.update(FRAMED)
    page = browser.login(platform)
    url = seen(page).links[0] if framed else page.headers["location"]
    asked = httpx.URL(url).params
    claims = claims_of_a_selection(
        platform.issuer,
        nonce=asked["nonce"],
        launch_presentation={"return_url": "https://portal.example/course"},
    )
    service.landing, before = "/services/coursehub/deep-linking", service.landing
    service.ticket = "the selection's secret"
    page = browser.answer(platform.sign(claims), asked["state"])
    service.landing, service.ticket = before, ""
    found = seen(page)
    assert page.status_code == 200
    assert found.actions == ["/services/coursehub/deep-linking"]
    assert found.fields == {"ticket": "the selection's secret"}
    told = service.launches[-1]["deep_linking"]
    assert told["data"] == "csrf~42"
    allowed = policy_of(page)["frame-ancestors"].split()
    assert told["framed_by"] == allowed
    assert "https://*.portal.example" in allowed
    assert browser.who() is None


def test_the_script_and_the_style_stay_with_the_browser(hub: LiveHub, frame: Frame) -> None:
    page = frame.login().text
    for name, media_type in (("launch.js", "text/javascript"), ("launch.css", "text/css")):
        address = page.partition(f"/hub/lti13/{name}?v=")[2].partition('"')[0]
        reply = httpx.get(f"{hub.hub_url}lti13/{name}?v={address}", trust_env=False)
        assert reply.headers["content-type"].startswith(media_type)
        assert "immutable" in reply.headers["cache-control"]
