"""A Hub behind https, under a base path, with PAM and stored auth states."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.auth.actors import (
    CLIENT_ID,
    TOKEN,
    Platform,
    Service,
    claims_of_a_launch,
)
from tests.auth.live import LiveHub, live_hub

pytestmark = pytest.mark.hub

PUBLIC = "https://hub.college.example/notebooks/"
TARGET = f"{PUBLIC}hub/lti13/launch"
CONFIG = f"""
from jupyterhub.auth import PAMAuthenticator
from coursehub_auth import with_lti

c.JupyterHub.public_url = "{PUBLIC}"
c.JupyterHub.authenticator_class = with_lti(PAMAuthenticator)
c.Authenticator.allow_all = True
c.Authenticator.enable_auth_state = True
c.Authenticator.auth_refresh_age = 1
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[LiveHub]:
    folder: Path = tmp_path_factory.mktemp("public")
    environment = {
        "COURSEHUB_SERVICE_URL": service.url,
        "COURSEHUB_HUB_TOKEN": TOKEN,
        "JUPYTERHUB_CRYPT_KEY": "0" * 64,
    }
    with live_hub(folder, CONFIG, base_url="/notebooks/", environment=environment) as hub:
        yield hub


def test_a_launch_reaches_a_hub_behind_https(
    hub: LiveHub, platform: Platform, service: Service
) -> None:
    service.landing = "/notebooks/hub/home"
    fields = {"iss": platform.issuer, "login_hint": "x", "target_link_uri": TARGET}
    with httpx.Client(trust_env=False, timeout=30) as http:
        login = http.post(f"{hub.hub_url}lti13/oauth_login", data=fields)
        assert login.status_code == 303, login.text
        asked = parse_qs(urlsplit(login.headers["location"]).query)
        assert asked["redirect_uri"] == [f"{PUBLIC}hub/lti13/oauth_callback"]
        assert asked["client_id"] == [CLIENT_ID]
        assert "Path=/notebooks/hub/lti13/;" in login.headers["set-cookie"]
        claims = claims_of_a_launch(platform.issuer, nonce=asked["nonce"][0], target=TARGET)
        arrival = http.post(
            f"{hub.hub_url}lti13/oauth_callback",
            data={"id_token": platform.sign(claims), "state": asked["state"][0]},
            headers={"Cookie": login.headers["set-cookie"].partition(";")[0]},
        )
    assert arrival.status_code == 303, arrival.text
    assert arrival.headers["location"] == "/notebooks/hub/home"
    assert "There is no system account for ada-7." in hub.log


def test_the_configuration_document_says_the_public_addresses(
    hub: LiveHub,
) -> None:
    document = httpx.get(f"{hub.hub_url}lti13/config", trust_env=False).json()
    assert document["oidc_initiation_url"] == f"{PUBLIC}hub/lti13/oauth_login"
    assert document["redirect_uris"] == [f"{PUBLIC}hub/lti13/oauth_callback"]
    assert document["public_jwk_url"].startswith("https://hub.college.example/services/coursehub/")
