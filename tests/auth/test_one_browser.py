"""Two people at one browser: a launch of the second ends what the first had open."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.auth.actors import TOKEN, Platform, Service
from tests.auth.browsing import Browser
from tests.auth.conftest import CONFIG
from tests.auth.live import LiveHub, live_hub

pytestmark = pytest.mark.hub

SECRET = "the-secret-of-a-service-with-pages"
CALLBACK = "/services/pages/oauth_callback"
PAGES = f"""
c.JupyterHub.services = [{{
    "name": "pages", "api_token": "{SECRET}", "oauth_client_id": "service-pages",
    "oauth_redirect_uri": "{CALLBACK}", "oauth_no_confirm": True,
}}]
c.JupyterHub.load_roles = [
    {{"name": "user", "scopes": ["self", "access:services!service=pages"]}}
]
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[LiveHub]:
    """A Hub with a service whose pages people log in to by the Hub."""
    environment = {"COURSEHUB_SERVICE_URL": service.url, "COURSEHUB_HUB_TOKEN": TOKEN}
    folder: Path = tmp_path_factory.mktemp("hub")
    with live_hub(folder, CONFIG + PAGES, environment=environment) as hub:
        yield hub


def session_of_the_pages(browser: Browser) -> str:
    """The token by which the service's pages know this browser's person."""
    asked = {"client_id": "service-pages", "redirect_uri": CALLBACK, "response_type": "code"}
    reply = browser.http.get(f"{browser.hub_url}api/oauth2/authorize", params=asked)
    assert reply.status_code == 302, reply.text
    code = parse_qs(urlsplit(reply.headers["location"]).query)["code"][0]
    form = {**asked, "client_secret": SECRET, "grant_type": "authorization_code", "code": code}
    given = httpx.post(f"{browser.hub_url}api/oauth2/token", data=form, trust_env=False)
    token: str = given.json()["access_token"]
    return token


def whose(hub: LiveHub, session: str) -> str | None:
    """Who the pages say that it is; None where the session is over."""
    headers = {"Authorization": f"token {session}"}
    reply = httpx.get(f"{hub.hub_url}api/user", headers=headers, trust_env=False)
    return reply.json()["name"] if reply.status_code == 200 else None


def test_pages_of_an_earlier_person_end_with_the_launch_of_another(
    hub: LiveHub, browser: Browser, platform: Platform
) -> None:
    browser.launch(platform, sub="Ada-7")
    session = session_of_the_pages(browser)
    assert whose(hub, session) == "ada-7"
    assert browser.launch(platform, sub="Bob-8").status_code == 303
    assert browser.who() == "bob-8"
    assert whose(hub, session) is None
    assert whose(hub, session_of_the_pages(browser)) == "bob-8"


def test_pages_stay_open_when_their_own_person_launches_again(
    hub: LiveHub, browser: Browser, platform: Platform
) -> None:
    browser.launch(platform, sub="Ada-7")
    session = session_of_the_pages(browser)
    assert browser.launch(platform, sub="Ada-7").status_code == 303
    assert whose(hub, session) == "ada-7"


def test_a_launch_ends_nothing_in_the_person_s_other_browser(
    hub: LiveHub, browser: Browser, platform: Platform
) -> None:
    elsewhere = Browser(hub.hub_url)
    elsewhere.launch(platform, sub="Ada-7")
    session = session_of_the_pages(elsewhere)
    browser.launch(platform, sub="Ada-7")
    browser.launch(platform, sub="Bob-8")
    assert whose(hub, session) == "ada-7"
    elsewhere.http.close()
