"""The pages of people in a real browser: for everybody, on any screen, and without scripts."""

import asyncio
from collections.abc import Iterator
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect

from coursehub.launch.actions import linking
from coursehub.model.institution import Person
from coursehub.vocabulary.people import HubName
from tests.axe import scrolls_sideways, violations
from tests.browser import browser
from tests.house.school import School
from tests.launch.picking import open_school

__all__ = ["browser"]

pytestmark = pytest.mark.browser
ADMIN = {"x-hub-name": "root-admin"}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service where Bob is linked, Ann is not, and an administrator has an account."""
    with open_school(tmp_path_factory.mktemp("people")) as (school, base):
        # The browser's own loop runs in this thread: asyncio needs another.
        filling = Thread(target=fill, args=(school,))
        filling.start()
        filling.join(timeout=60)
        yield base


def fill(school: School) -> None:
    for subject in ("ann", "bob"):
        school.come(subject, name=f"{subject.title()} Lee")
    school.hub.users |= {HubName("ada.l"), HubName("boss"), HubName("robert")}
    school.hub.admins = {HubName("boss")}
    bob = next(row.id or 0 for row in school.rows(Person) if row.subject == "bob")
    asyncio.run(linking.link(school.store, school.hub, school, bob, "robert", by="root-admin"))


def opened(browser: Browser, address: str, *, width: int = 1280, scripts: bool = True) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        java_script_enabled=scripts,
        extra_http_headers=ADMIN,
    )
    page = context.new_page()
    page.goto(address)
    return page


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_fit_and_can_be_used_by_everybody(
    browser: Browser, base: str, width: int
) -> None:
    paths = ("", "/1", "/2", "/1/link?account=boss", "/1/link?account=nobody", "/2/unlink")
    for path in paths:
        page = opened(browser, f"{base}admin/people{path}", width=width)
        assert violations(page) == [], path
        assert not scrolls_sideways(page), path
        page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_person_is_looked_for_linked_and_unlinked(
    browser: Browser, base: str, scripts: bool
) -> None:
    page = opened(browser, f"{base}admin/people", scripts=scripts)
    page.get_by_role("searchbox").fill("ann")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name="Bob Lee")).to_have_count(0)
    page.get_by_role("link", name="Ann Lee").click()
    page.get_by_label("Account on this Hub").fill("ada.l")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Link them").click()
    expect(page.get_by_text("The link is made.")).to_be_visible()
    page.get_by_role("link", name="Undo the link…").click()
    page.get_by_role("button", name="Undo the link").click()
    expect(page.get_by_text("The link is undone.")).to_be_visible()
    page.context.close()


def test_an_administrators_account_is_linked_by_a_second_word(browser: Browser, base: str) -> None:
    page = opened(browser, f"{base}admin/people/1/link?account=boss")
    page.get_by_role("button", name="Link them").click()
    expect(page.get_by_role("alert").last).to_contain_text("Confirm that it is meant.")
    page.get_by_label("I mean this administrator's account").check()
    page.get_by_role("button", name="Link them").click()
    expect(page.get_by_text("The link is made.")).to_be_visible()
    page.context.close()
