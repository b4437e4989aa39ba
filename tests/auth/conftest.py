from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from tests.auth.actors import TOKEN, Platform, Service, rsa_key
from tests.auth.browsing import Browser
from tests.auth.live import LiveHub, live_hub

CONFIG = """
import pathlib
from jupyterhub.auth import DummyAuthenticator
from coursehub_auth import with_lti

def note(authenticator, handler, model):
    with pathlib.Path("hooked.txt").open("a") as names:
        names.write(model["name"] + "\\n")
    return model

c.JupyterHub.authenticator_class = with_lti(DummyAuthenticator)
c.DummyAuthenticator.allowed_users = {"local-bob", "grader-ds101"}
c.JupyterHub.load_groups = {"coursehub-graders": {"users": ["grader-ds101"]}}
c.Authenticator.admin_users = {"root-admin"}
c.Authenticator.username_map = {"eve": "root-admin"}
c.Authenticator.blocked_users = {"mallory"}
c.Authenticator.post_auth_hook = note
"""


@pytest.fixture(scope="session")
def key_of_the_platform() -> RSAKey:
    return rsa_key("lms-1")


@pytest.fixture(scope="session")
def key_of_a_forger() -> RSAKey:
    """Another key under the platform's own key id."""
    return rsa_key("lms-1")


@pytest.fixture(scope="module")
def platform(key_of_the_platform: RSAKey) -> Iterator[Platform]:
    platform = Platform(key=key_of_the_platform)
    yield platform
    platform.served.stop()


@pytest.fixture(scope="module")
def service(platform: Platform) -> Iterator[Service]:
    service = Service(platforms=[platform.registration])
    yield service
    service.served.stop()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[LiveHub]:
    """One Hub with both doors for all the tests of a file."""
    folder: Path = tmp_path_factory.mktemp("hub")
    environment = {"COURSEHUB_SERVICE_URL": service.url, "COURSEHUB_HUB_TOKEN": TOKEN}
    with live_hub(folder, CONFIG, environment=environment) as hub:
        yield hub


@pytest.fixture
def browser(hub: LiveHub) -> Iterator[Browser]:
    browser = Browser(hub.hub_url)
    yield browser
    browser.http.close()
