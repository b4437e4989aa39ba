"""LTI as a second door beside three logins, on real Hubs: who gets in where, and stays in."""

import asyncio
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import httpx
import pytest

from coursehub.vocabulary.people import PEOPLE_GROUP, HubName
from tests.auth import bases
from tests.auth.actors import TOKEN, Platform, Service
from tests.auth.bases import Base
from tests.auth.browsing import Browser
from tests.auth.live import LiveHub, live_hub
from tests.house.test_hub_port import hub_api

pytestmark = pytest.mark.hub

LOCAL = "games"
"""Someone of the Hub's own login, whom Debian has as an account too."""
COURSE = {"coursehub-ds101-student"}


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A Hub with both doors."""

    hub: LiveHub
    base: Base

    def browser(self) -> Browser:
        return Browser(self.hub.hub_url)

    def log_in(self, name: str) -> Browser:
        """The browser of someone who went through the Hub's own login."""
        browser = self.browser()
        self.base.log_in(browser, name)
        return browser

    def groups(self, name: str) -> set[str]:
        return bases.groups(self.hub.origin, name)

    def place(self, name: str, *, join: Collection[str] = (), leave: Collection[str] = ()) -> None:
        """What the service does once the roster says so."""

        async def placed() -> None:
            hub = hub_api(f"{self.hub.hub_url}api", token=bases.SERVICE)
            try:
                for group in join:
                    await hub.add(group, {HubName(name)})
                for group in leave:
                    await hub.remove(group, {HubName(name)})
            finally:
                await hub.close()

        asyncio.run(placed())


@pytest.fixture(scope="module", params=["dummy", "pam", "oauth"])
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, service: Service
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp(request.param)
    base: Base = getattr(bases, request.param)(folder)
    environment = {
        "COURSEHUB_SERVICE_URL": service.url,
        "COURSEHUB_HUB_TOKEN": TOKEN,
        "JUPYTERHUB_CRYPT_KEY": "0" * 64,
    }
    try:
        with live_hub(folder, base.config, environment=environment) as hub:
            yield House(hub=hub, base=base)
    finally:
        base.stop()


def refused(reply: httpx.Response, code: str) -> bool:
    return (reply.status_code, code in reply.text) == (403, True)


def test_both_doors_open_and_each_to_its_own_accounts(house: House, platform: Platform) -> None:
    ada = house.browser()
    assert ada.launch(platform, sub="ada").status_code == 303
    assert ada.who() == "ada"
    assert house.log_in(LOCAL).who() == LOCAL
    assert house.groups("ada") == COURSE | {PEOPLE_GROUP}
    as_local = house.browser()
    assert as_local.launch(platform, sub=LOCAL).status_code == 303
    assert as_local.who() == f"{LOCAL}-2", "a newcomer of that name gets another"
    as_ada = house.browser()
    assert refused(house.base.log_in(as_ada, "ada"), "account-of-lms")
    assert as_ada.who() is None
    assert house.groups(LOCAL) == house.base.teams, "and none of coursehub's, whatever they are"


def test_a_person_whose_name_became_somebody_elses_account_is_kept_out(
    house: House, platform: Platform, service: Service
) -> None:
    assert house.log_in(LOCAL).who() == LOCAL
    service.given.add(LOCAL)
    try:
        as_local = house.browser()
        assert refused(as_local.launch(platform, sub=LOCAL), "account-of-another")
    finally:
        service.given.discard(LOCAL)
    assert as_local.who() is None


def test_a_first_login_by_the_hubs_own_door_is_agreed_with_the_service(
    house: House, service: Service
) -> None:
    service.given.add("dora")
    before = len(service.newcomers)
    try:
        assert refused(house.base.log_in(house.browser(), "dora"), "account-of-lms")
        for _ in range(2):
            assert house.log_in("mail").who() == "mail"
    finally:
        service.given.discard("dora")
    assert service.newcomers[before:] == ["dora", "mail"], "the second time mail is known"


def test_the_logins_own_rules_are_its_own(house: House, platform: Platform) -> None:
    assert house.log_in(house.base.stranger).who() is None
    assert refused(house.browser().launch(platform, sub="man"), "account-blocked")
    assert house.log_in("grader-ds101").who() is None


def test_a_refresh_leaves_everyone_where_they_are(house: House, platform: Platform) -> None:
    bea, local = house.browser(), house.log_in(LOCAL)
    bea.launch(platform, sub="bea")
    assert (bea.who(), local.who()) == ("bea", LOCAL)
    before = house.groups("bea"), house.groups(LOCAL)
    time.sleep(1.2)  # auth_refresh_age is one second: the Hub asks the authenticator again
    assert (bea.who(), local.who()) == ("bea", LOCAL)
    assert (house.groups("bea"), house.groups(LOCAL)) == before
    assert house.groups("bea") == COURSE | {PEOPLE_GROUP}


def test_a_linked_account_opens_to_both_doors_with_the_groups_of_both(
    house: House, platform: Platform, service: Service
) -> None:
    local = house.log_in(LOCAL)
    service.linked.add(LOCAL)
    by_lms = house.browser()
    try:
        assert by_lms.launch(platform, sub=LOCAL).status_code == 303
    finally:
        service.linked.discard(LOCAL)
    time.sleep(1.2)
    assert (by_lms.who(), local.who(), house.log_in(LOCAL).who()) == (LOCAL, LOCAL, LOCAL)
    assert house.groups(LOCAL) == house.base.teams | COURSE


def test_the_roster_changes_groups_between_launches_and_a_refresh_keeps_them(
    house: House, platform: Platform
) -> None:
    fay, local = house.browser(), house.log_in(LOCAL)
    fay.launch(platform, sub="fay")
    assistant = {"coursehub-ds101-ta", "formgrade-ds101"}
    for name, browser, before in (("fay", fay, {PEOPLE_GROUP}), (LOCAL, local, house.base.teams)):
        house.place(name, join=assistant, leave=COURSE)
        assert house.groups(name) == before | assistant
        time.sleep(1.2)
        assert browser.who() == name
        assert house.groups(name) == before | assistant
        house.place(name, leave=assistant)
        time.sleep(1.2)
        assert browser.who() == name
        assert house.groups(name) == before


def test_logging_out_ends_a_launchs_session(house: House, platform: Platform) -> None:
    cleo = house.browser()
    cleo.launch(platform, sub="cleo")
    assert cleo.who() == "cleo"
    assert cleo.http.get(f"{house.hub.hub_url}logout").status_code in {200, 302}
    assert cleo.who() is None


def test_no_secret_is_in_the_log(house: House) -> None:
    assert not [each for each in (TOKEN, "id_token", "Lovelace") if each in house.hub.log]
    assert "Traceback" not in house.hub.log
