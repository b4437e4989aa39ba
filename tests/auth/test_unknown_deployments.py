"""A deployment that nobody has approved yet: the launch is refused, and the service hears of it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from tests.auth.actors import CLIENT_ID, PREFIX, TOKEN, Answer, Platform, Service
from tests.auth.browsing import Browser

pytestmark = pytest.mark.hub

DEPLOYMENT: dict[str, Any] = {
    "https://purl.imsglobal.org/spec/lti/claim/deployment_id": "deployment-9"
}


class Listener(Service):
    """The course service, which keeps what it is told of deployments."""

    seen: list[dict[str, Any]]
    down = False

    def __post_init__(self) -> None:
        self.seen = []
        super().__post_init__()

    def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        if (method, path) != ("POST", f"{PREFIX}api/v1/hub/deployments"):
            return super()._answer(method, path, headers, body)
        assert headers["authorization"] == f"Bearer {TOKEN}"
        self.seen.append(json.loads(body))
        return (503 if self.down else 204), "application/json", b""


@pytest.fixture(scope="module")
def service(platform: Platform) -> Iterator[Listener]:
    service = Listener(platforms=[platform.registration])
    yield service
    service.served.stop()


@pytest.fixture(autouse=True)
def nothing_seen(service: Listener) -> None:
    service.seen.clear()
    service.down = False


def test_a_signed_deployment_is_told_to_the_service_and_refused(
    browser: Browser, platform: Platform, service: Listener
) -> None:
    reply = browser.launch(platform, **DEPLOYMENT)
    assert reply.status_code == 403
    assert "not approved on this Hub yet" in reply.text
    told = {"issuer": platform.issuer, "client_id": CLIENT_ID, "deployment_id": "deployment-9"}
    assert service.seen == [told]
    assert browser.who() is None


def test_a_forged_or_stale_deployment_is_told_to_nobody(
    browser: Browser, platform: Platform, service: Listener, key_of_a_forger: RSAKey
) -> None:
    assert browser.launch(platform, key=key_of_a_forger, **DEPLOYMENT).status_code == 401
    assert browser.launch(platform, exp=1, **DEPLOYMENT).status_code == 401
    assert browser.launch(platform, aud="another-tool", **DEPLOYMENT).status_code == 401
    assert service.seen == []


def test_the_refusal_is_the_same_while_the_service_is_down(
    browser: Browser, platform: Platform, service: Listener
) -> None:
    service.down = True
    reply = browser.launch(platform, **DEPLOYMENT)
    assert reply.status_code == 403
    assert "not approved on this Hub yet" in reply.text
