"""The administrators' pages of LMSs: by hand, and in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import SQLModel

from coursehub.launch.actions import deployments
from coursehub.launch.actions.registration import links
from coursehub.launch.actions.registration.ourselves import ourselves
from coursehub.model.institution import PlatformState
from coursehub_demo_lms.keys import KeyRing
from tests.axe import scrolls_sideways, violations
from tests.browser import browser
from tests.launch.registry import BROWSER, HUB_TOKEN, SOMEBODY, Registry, fresh_lms, registry

__all__ = ["browser"]

PAGES = "admin/platforms"
MOODLE = {
    "institution": "North College",
    "issuer": "https://moodle.north.example",
    "client_id": "abc",
    "deployments": "1\n2",
    "auth_login_url": "https://moodle.north.example/auth",
    "token_url": "https://moodle.north.example/token",
    "key_set_url": "https://moodle.north.example/jwks",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Registry, KeyRing]]:
    folder: Path = tmp_path_factory.mktemp("registry")
    with registry(folder) as found:
        yield found, KeyRing()


@pytest.fixture
def hub(place: tuple[Registry, KeyRing]) -> Registry:
    """A Hub and an LMS that have not met."""
    found, keys = place
    fresh_lms(found, keys)
    SQLModel.metadata.drop_all(found.store.engine)
    SQLModel.metadata.create_all(found.store.engine)
    return found


def made(page: httpx.Response) -> str:
    """The link that a page shows."""
    found = re.search(r'value="(http[^"]+link=[\w-]+)"', page.text)
    assert found, page.text
    return found[1]


def waiting(hub: Registry) -> int:
    """The number of an LMS that has registered itself."""
    hub.register(hub.link())
    return hub.platforms[0].id


def test_the_pages_are_for_the_hub_s_administrators_alone(hub: Registry) -> None:
    for path in ("", "/new", "/values", "/1", "/1/remove"):
        assert hub.http.get(f"{hub.url}{PAGES}{path}", headers=SOMEBODY).status_code == 403
    for path in ("", "/links", "/links/1/revoke", "/1/approve", "/1/off", "/1/deployments"):
        assert hub.http.post(f"{hub.url}{PAGES}{path}", headers=SOMEBODY).status_code == 403
    assert hub.platforms == []


def test_an_empty_list_says_what_lti_is_and_what_to_do(hub: Registry) -> None:
    page = hub.get(PAGES)
    assert page.status_code == 200
    assert "No LMS is registered yet" in page.text
    assert "LTI is how an LMS" in page.text
    assert "Make a link" in page.text


def test_an_administrator_makes_a_link_and_approves_who_used_it(hub: Registry) -> None:
    page = hub.post(f"{PAGES}/links", institution="North College", hours="24")
    assert page.status_code == 200, page.text
    assert "shown this once" in page.text
    assert "Moodle" in page.text
    assert "Links that may still be used" in hub.get(PAGES).text
    hub.register(made(page))
    listed = hub.get(PAGES)
    assert "waits for approval" in listed.text
    assert "Links that may still be used" not in listed.text
    approved = hub.post(f"{PAGES}/{hub.platforms[0].id}/approve")
    assert approved.status_code == 303
    assert hub.platforms[0].platform.state is PlatformState.ACTIVE
    assert (
        "The LMS is approved."
        in hub.http.get(
            f"{hub.settings.public_url}{approved.headers['location']}", headers=hub_admin()
        ).text
    )


def hub_admin() -> dict[str, str]:
    return {**BROWSER, "x-hub-name": "admin"}


def test_a_registration_that_is_refused_is_gone(hub: Registry) -> None:
    hub.post(f"{PAGES}/{waiting(hub)}/refuse")
    assert hub.platforms == []


def test_a_link_is_withdrawn_on_the_page(hub: Registry) -> None:
    hub.link()
    hub.post(f"{PAGES}/links/1/revoke")
    assert links_open(hub) == 0


def state(hub: Registry) -> PlatformState:
    return hub.platforms[0].platform.state


def deployed(hub: Registry) -> tuple[str, ...]:
    return hub.platforms[0].deployments


def links_open(hub: Registry) -> int:
    return len(links.waiting(hub.store, hub))


@pytest.mark.parametrize(("institution", "hours"), [("", "24"), ("North", "0"), ("North", "9999")])
def test_a_link_that_cannot_be_made_says_why(hub: Registry, institution: str, hours: str) -> None:
    page = hub.post(f"{PAGES}/links", institution=institution, hours=hours)
    assert page.status_code == 422
    assert "Nothing was saved" in page.text
    assert links_open(hub) == 0


def test_a_known_kind_of_lms_fills_the_form_in(hub: Registry) -> None:
    asked = "family=moodle&at=https://m.example&client_id=abc"
    page = hub.get(f"{PAGES}/new?{asked}")
    assert 'value="https://m.example/mod/lti/certs.php"' in page.text
    wrong = hub.get(f"{PAGES}/new?family=moodle&at=http://m.example")
    assert wrong.status_code == 422
    assert "must be an https address" in wrong.text


def test_an_lms_is_added_by_hand(hub: Registry) -> None:
    assert hub.post(PAGES, **MOODLE).status_code == 303
    (one,) = hub.platforms
    assert (one.institution, one.deployments) == ("North College", ("1", "2"))
    assert one.platform.registered_by == "admin"
    page = hub.get(f"{PAGES}/{one.id}")
    assert MOODLE["key_set_url"] in page.text


def test_addresses_left_out_are_asked_of_the_lms(hub: Registry) -> None:
    left_out = {"issuer": hub.lms_url, "auth_login_url": "", "token_url": "", "key_set_url": ""}
    assert hub.post(PAGES, **{**MOODLE, **left_out}).status_code == 303
    assert hub.platforms[0].platform.key_set_url == f"{hub.lms_url}/jwks"


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("institution", "", "Name the institution"),
        ("client_id", "", "A client id is needed"),
        ("issuer", "http://lms.example", "must be an https address"),
        ("token_url", "nonsense", "must be an https address"),
        ("deployments", "ü", "printable text"),
    ],
)
def test_a_form_that_is_not_right_comes_back_with_its_entries(
    hub: Registry, field: str, value: str, told: str
) -> None:
    page = hub.post(PAGES, **{**MOODLE, field: value})
    assert page.status_code == 422
    assert told in page.text
    assert "moodle.north.example/jwks" in page.text
    assert hub.platforms == []


def test_an_lms_is_switched_off_on_and_removed(hub: Registry) -> None:
    hub.post(PAGES, **MOODLE)
    one = hub.platforms[0].id
    hub.post(f"{PAGES}/{one}/off")
    assert state(hub) is PlatformState.OFF
    hub.post(f"{PAGES}/{one}/on")
    assert state(hub) is PlatformState.ACTIVE
    assert "Remove it" in hub.get(f"{PAGES}/{one}/remove").text
    hub.post(f"{PAGES}/{one}/remove")
    assert hub.platforms == []
    assert hub.get(f"{PAGES}/{one}").status_code == 404


def test_what_the_hub_saw_is_approved_with_one_click(hub: Registry) -> None:
    hub.post(PAGES, **MOODLE)
    seen = {"issuer": MOODLE["issuer"], "client_id": "abc", "deployment_id": "d9"}
    api = f"{hub.url}api/v1/hub/deployments"
    assert hub.http.post(api, json=seen).status_code == 403
    authorized = {"Authorization": f"Bearer {HUB_TOKEN}"}
    assert hub.http.post(api, json=seen, headers=authorized).status_code == 204
    long = {**seen, "deployment_id": "d" * 256}
    assert hub.http.post(api, json=long, headers=authorized).status_code == 422
    one = hub.platforms[0].id
    assert "Deployments that wait for approval" in hub.get(f"{PAGES}/{one}").text
    hub.post(f"{PAGES}/{one}/deployments", deployment_id="d9")
    assert deployed(hub) == ("1", "2", "d9")
    hub.post(f"{PAGES}/{one}/deployments/remove", deployment_id="d9")
    assert deployed(hub) == ("1", "2")
    assert hub.post(f"{PAGES}/{one}/deployments", deployment_id="").status_code == 422


def test_the_addresses_of_this_hub_are_there_to_be_copied(hub: Registry) -> None:
    page = hub.get(f"{PAGES}/values")
    for path in ("/hub/lti13/oauth_login", "/hub/lti13/oauth_callback", "lti/jwks.json"):
        assert path in page.text


def test_pages_say_that_no_lms_elsewhere_reaches_an_address_of_this_machine(hub: Registry) -> None:
    made = hub.post(f"{PAGES}/links", institution="North College", hours="1")
    for page in (hub.get(f"{PAGES}/values"), made):
        assert page.status_code == 200
        assert "LMSs on other machines cannot reach this address" in page.text
    assert not ourselves(hub.settings.model_copy(update={"public_url": "https://h.example"})).local


WIDTHS = {"laptop": (1280, 900), "phone": (390, 844)}


@pytest.fixture
def page(
    request: pytest.FixtureRequest, browser: Browser, hub: Registry
) -> Iterator[tuple[Page, list[str]]]:
    """An administrator's window, and what its console complained about."""
    scene: tuple[str, Literal["light", "dark"]] = getattr(request, "param", ("laptop", "light"))
    width, scheme = scene
    across, down = WIDTHS[width]
    context = browser.new_context(
        viewport={"width": across, "height": down},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    context.route(f"{hub.url}admin/**", lambda route: route.continue_(headers={
        **route.request.headers, "x-hub-name": "admin"}))  # fmt: skip
    complaints: list[str] = []
    opened = context.new_page()
    opened.on("console", lambda said: complaints.append(said.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened, complaints
    context.close()


SCENES: list[tuple[str, Literal["light", "dark"]]] = [("laptop", "light"), ("phone", "dark")]


@pytest.mark.browser
@pytest.mark.parametrize("page", SCENES, indirect=True)
def test_everyone_can_use_the_pages(hub: Registry, page: tuple[Page, list[str]]) -> None:
    window, complaints = page
    window.goto(f"{hub.url}{PAGES}")
    assert violations(window) == []
    waiting(hub)
    hub.post(PAGES, **MOODLE)
    hub.link()
    deployments.see(hub.store, hub, issuer=MOODLE["issuer"], client_id="abc", deployment_id="d9")
    moodle = next(one.id for one in hub.platforms if one.platform.client_id == "abc")
    for path in ("", "/new?family=moodle&at=https://m.example", "/values", f"/{moodle}"):
        window.goto(f"{hub.url}{PAGES}{path}")
        assert violations(window) == [], path
        assert not scrolls_sideways(window), path
    assert complaints == []


@pytest.mark.browser
def test_an_lms_is_met_in_its_frame_and_approved(
    hub: Registry, page: tuple[Page, list[str]]
) -> None:
    """An administrator of both: makes a link, pastes it in the LMS, approves, done."""
    window, complaints = page
    window.goto(f"{hub.url}{PAGES}")
    window.get_by_label("Institution").fill("North College")
    window.get_by_role("button", name="Make a link").click()
    link = window.get_by_label("Registration link").input_value()
    window.goto(f"{hub.lms_url}/tools")
    window.get_by_role("textbox", name="Registration link").fill(link)
    window.get_by_role("button", name=re.compile("Register|Add", re.IGNORECASE)).click()
    frame = window.frame_locator("iframe.tool")
    expect(frame.get_by_text("Registered, and waiting for approval")).to_be_visible()
    frame.get_by_role("button", name="Go back to the LMS").click()
    expect(window.get_by_text("The tool has registered")).to_be_visible()
    window.goto(f"{hub.url}{PAGES}")
    window.get_by_role("button", name="Approve").click()
    expect(window.get_by_text("The LMS is approved.")).to_be_visible()
    assert hub.platforms[0].platform.state is PlatformState.ACTIVE
    assert complaints == []
