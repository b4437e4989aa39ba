"""Every refusal of a launch through a real Hub: its reason, its registration, nobody's name."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey

from tests.auth.actors import CLIENT_ID, Platform, Service, claims_of_a_launch, rsa_key
from tests.auth.browsing import Browser
from tests.auth.live import LiveHub
from tests.auth.test_verify import by_hand

pytestmark = pytest.mark.hub

NOW = int(time.time())
PERSONAL = ("Ada", "Lovelace", "ada@college.example", "hint of", "eyJ")
Sign = Callable[[Platform, dict[str, Any]], str]


def without_signature(_: Platform, claims: dict[str, Any]) -> str:
    return by_hand({"alg": "none", "kid": "lms-1"}, claims).rpartition(".")[0] + "."


def with_a_shared_secret(_: Platform, claims: dict[str, Any]) -> str:
    return by_hand({"alg": "HS256", "kid": "lms-1"}, claims)


def without_a_key_id(_: Platform, claims: dict[str, Any]) -> str:
    return by_hand({"alg": "RS256"}, claims)


def with_an_unpublished_key(platform: Platform, claims: dict[str, Any]) -> str:
    return platform.sign(claims, key=rsa_key("never-published"))


def not_at_all(*_: object) -> str:
    return ""


def without_end(*_: object) -> str:
    return "x" * 70_000


def check(refused: httpx.Response, code: str, platform: Platform) -> None:
    assert 400 <= refused.status_code < 500, refused.text
    assert f"Code: {code}." in refused.text
    assert f"Registration: {platform.issuer}, client {CLIENT_ID}." in refused.text
    assert not [word for word in PERSONAL if word in refused.text]
    assert "no-store" in refused.headers["cache-control"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://other.example"}, "issuer-wrong"),
        ({"aud": "another tool"}, "audience-wrong"),
        ({"aud": [CLIENT_ID, "another tool"]}, "azp-missing"),
        ({"aud": [CLIENT_ID, "another tool"], "azp": "another tool"}, "azp-wrong"),
        ({"azp": "another tool"}, "azp-wrong"),
        ({"deployment_id": "unheard of"}, "deployment-unknown"),
        ({"deployment_id": ""}, "deployment-missing"),
        ({"nonce": None}, "nonce-wrong"),
        ({"iat": NOW + 3600}, "issued-in-future"),
        ({"iat": NOW - 700}, "token-too-old"),
        ({"exp": NOW - 100}, "token-expired"),
        ({"exp": NOW + 10**9}, "token-lives-too-long"),
        ({"version": "1.1"}, "version-wrong"),
        ({"message_type": "LtiStartProctoring"}, "message-type-refused"),
        ({"target": "https://elsewhere.example/hub/"}, "target-changed"),
        ({"sub": None}, "subject-missing"),
        ({"sub": None, "name": None, "email": None}, "launch-anonymous"),
        ({"resource_link": None}, "link-missing"),
        ({"roles": "Learner"}, "claim-malformed"),
        ({"message_type": "LtiDeepLinkingRequest"}, "selection-incomplete"),
        ({"message_type": "LtiSubmissionReviewRequest"}, "review-incomplete"),
    ],
)
def test_a_launch_is_refused_by_name_for(
    browser: Browser, platform: Platform, changes: dict[str, Any], code: str
) -> None:
    check(browser.launch(platform, **changes), code, platform)
    assert browser.who() is None


@pytest.mark.parametrize(
    ("sign", "code"),
    [
        (without_signature, "algorithm-refused"),
        (with_a_shared_secret, "algorithm-refused"),
        (without_a_key_id, "key-id-missing"),
        (with_an_unpublished_key, "key-unknown"),
        (not_at_all, "token-missing"),
        (without_end, "token-too-large"),
    ],
)
def test_a_token_is_refused_by_name(
    browser: Browser, platform: Platform, sign: Sign, code: str
) -> None:
    asked = browser.begin(platform)
    target = f"{browser.hub_url}lti13/launch"
    claims = claims_of_a_launch(platform.issuer, nonce=asked["nonce"], target=target)
    check(browser.answer(sign(platform, claims), asked["state"]), code, platform)
    assert browser.who() is None


def test_a_token_made_for_another_browser_is_refused(
    hub: LiveHub, browser: Browser, platform: Platform
) -> None:
    theirs = Browser(hub.hub_url).begin(platform)
    target = f"{browser.hub_url}lti13/launch"
    claims = claims_of_a_launch(platform.issuer, nonce=theirs["nonce"], target=target)
    ours = browser.begin(platform)
    check(browser.answer(platform.sign(claims), ours["state"]), "nonce-wrong", platform)
    check(browser.answer(platform.sign(claims), theirs["state"]), "cookie-missing", platform)


def test_a_platform_that_does_not_confirm_the_login_is_heard(
    browser: Browser, platform: Platform
) -> None:
    form = {"error": "login_required", "state": browser.begin(platform)["state"]}
    refused = browser.http.post(f"{browser.hub_url}lti13/oauth_callback", data=form)
    check(refused, "platform-refused", platform)


@pytest.mark.parametrize("changes", [{"iss": "https://stranger.example"}, {"client_id": "x"}])
def test_a_stranger_is_refused_by_the_name_it_gives(
    browser: Browser, platform: Platform, changes: dict[str, str]
) -> None:
    refused = browser.login(platform, **changes)
    assert (refused.status_code, "registration-unknown" in refused.text) == (403, True)
    assert next(iter(changes.values())) in refused.text
    assert "hint of" not in refused.text


def test_of_two_tenants_of_one_platform_the_signed_deployment_decides(
    browser: Browser, platform: Platform, service: Service
) -> None:
    """A vendor's cloud: two institutions under one issuer, client id and set of addresses."""
    tenant = replace(platform.registration, deployment_ids=("deployment-2",))
    service.platforms.append(tenant)
    time.sleep(5.1)  # the Hub asks the service again for platforms it does not know
    target = f"{browser.hub_url}lti13/launch"
    asked = browser.begin(platform, lti_deployment_id="")
    claims = claims_of_a_launch(
        platform.issuer, nonce=asked["nonce"], target=target, deployment_id="deployment-2"
    )
    assert browser.answer(platform.sign(claims), asked["state"]).status_code == 303
    assert service.launches[-1]["deployment_id"] == "deployment-2"
    service.platforms.remove(tenant)
    check(browser.launch(platform, deployment_id="deployment-2"), "deployment-changed", platform)


def test_a_form_without_end_is_refused_and_not_kept(
    hub: LiveHub, browser: Browser, platform: Platform
) -> None:
    form = {"id_token": "x" * (48 * 2**20), "state": "y"}
    urls = [f"{hub.hub_url}lti13/{name}" for name in ("oauth_callback", "oauth_login", "enter")]
    before = peak_bytes(hub)
    for url in urls:
        refused = browser.http.post(url, data=form)
        assert (refused.status_code, "request-too-large" in refused.text) == (413, True)
    assert peak_bytes(hub) - before < 32 * 2**20
    assert browser.launch(platform).status_code == 303


def test_a_form_in_pieces_without_a_length_is_bounded_too(hub: LiveHub, browser: Browser) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"id_token="
        for _ in range(400):
            yield b"x" * 1024

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    url = f"{hub.hub_url}lti13/oauth_callback"
    refused = browser.http.post(url, content=pieces(), headers=headers)
    assert refused.status_code == 413


def test_logins_that_nobody_ends_leave_nothing_in_the_hub(
    hub: LiveHub, platform: Platform, service: Service
) -> None:
    """Thousands begin and none is signed: no memory grows, no platform and no service is asked."""
    begin_many(hub, platform, 100)
    asked, told, before = platform.asked, len(service.launches), peak_bytes(hub)
    begin_many(hub, platform, 1000)
    assert peak_bytes(hub) - before < 8 * 2**20
    assert (platform.asked, len(service.launches)) == (asked, told)


def begin_many(hub: LiveHub, platform: Platform, count: int) -> None:
    def some(times: int) -> None:
        browser = Browser(hub.hub_url)
        for _ in range(times):
            browser.http.cookies.clear()
            asked = browser.begin(platform, lti_message_hint="x" * 3000)
            browser.answer("x" * 10_000, asked["state"])
        browser.http.close()

    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(some, [count // 4] * 4))


def peak_bytes(hub: LiveHub) -> int:
    """The most memory that the Hub's process ever held."""
    lines = Path(f"/proc/{hub.pid}/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) * 1024


def test_no_login_begins_for_a_target_elsewhere(browser: Browser, platform: Platform) -> None:
    for target in ("https://elsewhere.example/hub/", "//elsewhere.example/hub/", "/hub/home"):
        refused = browser.login(platform, target_link_uri=target)
        assert (refused.status_code, "target-elsewhere" in refused.text) == (400, True)


def test_a_forged_key_under_the_platforms_name_is_refused(
    browser: Browser, platform: Platform, key_of_a_forger: RSAKey
) -> None:
    check(browser.launch(platform, key=key_of_a_forger), "signature-bad", platform)
