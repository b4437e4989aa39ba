"""The pages, as text and in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.axe import violations
from tests.browser import browser
from tests.demo_lms import newcomer
from tests.demo_lms.actors import Lms

__all__ = ["browser"]


@pytest.fixture(scope="module")
def browser_page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def test_people_are_found_by_any_part_of_their_name(lms: Lms) -> None:
    page = lms.http.get("/", params={"q": "love ada"}).text
    assert "Ada Lovelace" in page
    assert "John Tukey" not in page
    nobody = lms.http.get("/", params={"q": "nobody-at-all"}).text
    assert "Nobody here matches" in nobody


def test_what_is_searched_for_cannot_break_the_page(lms: Lms) -> None:
    page = lms.http.get("/", params={"q": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in page


def test_a_person_from_outside_sees_a_course_but_opens_nothing(lms: Lms) -> None:
    page = lms.http.get("/courses/data8-autumn", params={"as": "nobody"}).text
    assert "Choose whom to be" in page
    assert "/launch/" not in page


def test_only_staff_are_offered_to_add_links(lms: Lms) -> None:
    def seen_by(role: str) -> str:
        person = lms.person(role)["id"]
        return lms.http.get("/courses/data8-autumn", params={"as": person}).text

    assert "/deep-linking" in seen_by("Instructor")
    assert "/deep-linking" not in seen_by("Learner")


def test_the_registration_page_tells_the_tools_administrator_everything(lms: Lms) -> None:
    page = lms.http.get("/registration").text
    for fact in ("/auth", "/token", "/jwks"):
        assert f"{lms.url}{fact}" in page
    assert lms.platform.tool.client_id in page
    assert lms.platform.tool.redirect_urls[0] in page


def test_scripts_find_the_addresses_they_can_use_in_one_description(lms: Lms) -> None:
    paths = lms.http.get("/api/openapi.json").json()["paths"]
    assert {"/launch/{course_id}/{link_id}", "/api/people", "/switches"} <= set(paths)
    assert all(verb["description"] for path in paths.values() for verb in path.values())


def test_an_error_in_a_browser_is_a_page_with_a_way_back(lms: Lms) -> None:
    reply = lms.http.get("/courses/nowhere", headers={"Accept": "text/html"})
    assert reply.status_code == 404
    assert "There is no such course." in reply.text
    assert 'href="/"' in reply.text


@pytest.mark.browser
def test_a_person_is_chosen_and_a_link_opened_by_hand(lms: Lms, browser_page: Page) -> None:
    page = browser_page
    arrived: list[str] = []

    def login(route: Route) -> None:
        arrived.append(route.request.post_data or "")
        route.fulfill(body="tool")

    page.context.route(f"{lms.tool.url}/hub/**", login)
    page.goto(lms.url)
    page.get_by_label("Name, e-mail or number").fill("lovelace")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Be Ada Lovelace").click()
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Open Course home").click()
    opened.value.wait_for_url(f"{lms.tool.url}/**")
    assert "login_hint=" in arrived[0]
    opened.value.close()


@pytest.mark.browser
def test_the_gradebook_fills_while_it_is_looked_at(lms: Lms, browser_page: Page) -> None:
    page = browser_page
    page.goto(f"{lms.url}/courses/data8-autumn/gradebook")
    expect(page.get_by_text("No score has arrived yet.")).to_be_visible()
    headers = lms.bearer()
    items = lms.http.get("/ags/data8-autumn/lineitems?type_id=1", headers=headers).json()
    score = {
        "userId": lms.person()["id"],
        "timestamp": "2026-11-22T10:00:00.000Z",
        "scoreGiven": 7.5,
        "scoreMaximum": 10,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "comment": "Neat.",
    }
    url = items[0]["id"].replace("/lineitem?", "/lineitem/scores?")
    media = {"Content-Type": "application/vnd.ims.lis.v1.score+json"}
    assert lms.http.post(url, json=score, headers=headers | media).status_code == 200
    expect(page.locator(".points")).to_have_text("7.5")


@pytest.mark.browser
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/courses/data8-autumn?as=1003&frame=1",
        "/courses/data8-autumn/gradebook?as=1001",
        "/switches",
        "/registration",
        "/tools",
    ],
)
def test_every_page_can_be_used_on_a_phone_and_by_everybody(
    lms: Lms, browser_page: Page, path: str
) -> None:
    """With all that switches and newcomers add to the pages."""
    lms.switch(lti11=True)
    for _ in range(2):
        newcomer.register(lms, "http://127.0.0.1:9")
    page = browser_page
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{lms.url}{path}")
    wide: int = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    assert not violations(page)
