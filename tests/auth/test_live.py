"""Launches through a real Hub, its proxy, a platform and a service."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from tests.auth.actors import (
    CLIENT_ID,
    TOKEN,
    Platform,
    Service,
    claims_of_a_launch,
    rsa_key,
)
from tests.auth.browsing import Browser
from tests.auth.live import LiveHub

pytestmark = pytest.mark.hub


def test_a_launch_logs_the_person_in_and_sends_them_to_their_course(
    hub: LiveHub, browser: Browser, platform: Platform, service: Service
) -> None:
    reply = browser.launch(platform)
    assert reply.status_code == 303
    assert reply.headers["location"] == service.landing
    assert browser.who() == "ada-7"
    told = service.launches[-1]
    assert (told["subject"], told["deployment_id"]) == ("Ada-7", "deployment-1")
    assert told["context"]["nrps_url"].endswith("/nrps/1")
    _until(lambda: f"launch-{len(service.launches)}" in service.arrivals)
    assert "ada-7" in (hub.folder / "hooked.txt").read_text()


def test_the_authorization_request_is_the_one_of_the_standard(
    browser: Browser, platform: Platform
) -> None:
    reply = browser.login(platform, method="GET", login_hint=" spaced ")
    asked = parse_qs(urlsplit(reply.headers["location"]).query)
    assert reply.headers["location"].startswith(f"{platform.issuer}/auth?tenant=1&")
    assert asked["redirect_uri"] == [f"{browser.hub_url}lti13/oauth_callback"]
    assert asked["response_type"] == ["id_token"]
    assert asked["response_mode"] == ["form_post"]
    assert asked["scope"] == ["openid"]
    assert asked["prompt"] == ["none"]
    assert asked["login_hint"] == [" spaced "]
    assert asked["lti_message_hint"] == ["hint of a link"]


def test_on_https_the_cookie_of_a_login_arrives_in_frames(hub: LiveHub, platform: Platform) -> None:
    fields = {
        "iss": platform.issuer,
        "login_hint": "x",
        "target_link_uri": hub.hub_url.replace("http:", "https:") + "lti13/launch",
        "client_id": CLIENT_ID,
    }
    url = f"{hub.hub_url}lti13/oauth_login"
    reply = httpx.post(url, data=fields, headers={"X-Forwarded-Proto": "https"}, trust_env=False)
    assert reply.status_code == 303, reply.text
    cookie = reply.headers["set-cookie"]
    assert "HttpOnly; SameSite=None; Secure; Partitioned" in cookie
    assert "Path=/hub/lti13/; Max-Age=600" in cookie


def test_two_tabs_launch_at_once(browser: Browser, platform: Platform) -> None:
    target = f"{browser.hub_url}lti13/launch"
    first, second = browser.begin(platform), browser.begin(platform)
    for asked in (first, second):
        claims = claims_of_a_launch(platform.issuer, nonce=asked["nonce"], target=target)
        assert browser.answer(platform.sign(claims), asked["state"]).status_code == 303


def test_who_launches_after_another_at_one_browser_finds_nothing_of_theirs_open(
    browser: Browser, platform: Platform
) -> None:
    browser.launch(platform)
    before = browser.http.cookies["jupyterhub-session-id"]
    browser.launch(platform)
    assert browser.http.cookies["jupyterhub-session-id"] == before
    assert browser.launch(platform, sub="Ben-8").status_code == 303
    assert browser.who() == "ben-8"
    # Services and servers ask the Hub anew in another session, and their tokens are gone.
    assert browser.http.cookies["jupyterhub-session-id"] != before


def test_a_browser_carries_only_so_many_logins(browser: Browser, platform: Platform) -> None:
    for _ in range(40):
        browser.begin(platform)
    kept = [cookie for cookie in browser.http.cookies.jar if cookie.name.startswith("coursehub-")]
    assert 1 < len(kept) <= 16
    assert browser.launch(platform).status_code == 303


def test_graders_exist_but_nobody_logs_in_as_one(
    hub: LiveHub, browser: Browser, platform: Platform, service: Service
) -> None:
    assert browser.launch(platform).status_code == 303
    service.names["impostor"] = "grader-ds101"
    refused = Browser(hub.hub_url).launch(platform, sub="impostor")
    assert refused.status_code == 403
    assert "account-blocked" in refused.text
    by_form = Browser(hub.hub_url)
    by_form.log_in("Grader-ds101")
    assert by_form.who() is None


def test_the_hubs_own_login_and_rules_are_as_before(hub: LiveHub) -> None:
    bob, stranger, ada = (Browser(hub.hub_url) for _ in range(3))
    bob.log_in("local-bob")
    stranger.log_in("stranger")
    assert (bob.who(), stranger.who()) == ("local-bob", None)
    ada.log_in("no-such-form-door")
    assert ada.who() is None


def test_a_launch_is_never_renamed_into_another_account(
    browser: Browser, platform: Platform
) -> None:
    """The Hub's username_map says eve is root-admin; the service's name stands."""
    assert browser.launch(platform, sub="eve").status_code == 303
    assert browser.who() == "eve"


def test_a_blocked_person_stays_out(browser: Browser, platform: Platform) -> None:
    refused = browser.launch(platform, sub="mallory")
    assert refused.status_code == 403
    assert "may not log in" in refused.text
    assert browser.who() is None


def test_a_forged_token_is_refused(
    browser: Browser, platform: Platform, key_of_a_forger: RSAKey
) -> None:
    refused = browser.launch(platform, key=key_of_a_forger)
    assert refused.status_code == 401
    assert "signature-bad" in refused.text
    assert f"{platform.issuer}, client {CLIENT_ID}" in refused.text
    assert "Ada" not in refused.text
    assert browser.who() is None


def test_a_replayed_launch_is_refused_in_the_services_words(
    browser: Browser, platform: Platform
) -> None:
    asked = browser.begin(platform)
    target = f"{browser.hub_url}lti13/launch"
    token = platform.sign(claims_of_a_launch(platform.issuer, nonce=asked["nonce"], target=target))
    kept = {cookie.name: cookie.value or "" for cookie in browser.http.cookies.jar}
    assert browser.answer(token, asked["state"]).status_code == 303
    assert "cookie-missing" in browser.answer(token, asked["state"]).text
    for name, value in kept.items():
        browser.http.cookies.set(name, value, domain="127.0.0.1", path="/hub/lti13/")
    refused = browser.answer(token, asked["state"])
    assert refused.status_code == 403
    assert "This launch was used before." in refused.text
    assert "launch-replayed" in refused.text


def test_a_state_of_another_browser_or_of_nobody_is_refused(
    hub: LiveHub, browser: Browser, platform: Platform
) -> None:
    asked = browser.begin(platform)
    target = f"{browser.hub_url}lti13/launch"
    token = platform.sign(claims_of_a_launch(platform.issuer, nonce=asked["nonce"], target=target))
    victim = Browser(hub.hub_url)
    victim.begin(platform)
    assert "cookie-missing" in victim.answer(token, asked["state"]).text
    assert "state-forged" in browser.answer(token, "x" + asked["state"]).text
    assert "state-missing" in browser.answer(token, "").text
    assert victim.who() is None


def test_a_token_of_another_tab_is_refused(browser: Browser, platform: Platform) -> None:
    first, second = browser.begin(platform), browser.begin(platform)
    target = f"{browser.hub_url}lti13/launch"
    claims = claims_of_a_launch(platform.issuer, nonce=first["nonce"], target=target)
    refused = browser.answer(platform.sign(claims), second["state"])
    assert (refused.status_code, "nonce-wrong" in refused.text) == (401, True)


def test_targets_elsewhere_are_refused_at_login_and_in_the_token(
    browser: Browser, platform: Platform
) -> None:
    refused = browser.login(platform, target_link_uri="https://elsewhere.example/hub/")
    assert (refused.status_code, "target-elsewhere" in refused.text) == (400, True)
    refused = browser.launch(platform, target=f"{browser.hub_url}home")
    assert (refused.status_code, "target-changed" in refused.text) == (403, True)


def test_an_unregistered_platform_is_refused(browser: Browser, platform: Platform) -> None:
    refused = browser.login(platform, client_id="another")
    assert (refused.status_code, "registration-unknown" in refused.text) == (403, True)


def test_a_landing_outside_the_hub_is_never_followed(
    browser: Browser, platform: Platform, service: Service
) -> None:
    good, service.landing = service.landing, "//elsewhere.example/"
    refused = browser.launch(platform)
    service.landing = good
    assert (refused.status_code, "landing-elsewhere" in refused.text) == (403, True)
    assert browser.who() is None


def test_a_service_that_is_down_gives_a_page_and_loses_nothing(
    browser: Browser, platform: Platform, service: Service
) -> None:
    service.served.stop()
    refused = browser.launch(platform)
    service.served.start()
    assert refused.status_code == 503
    assert "in a minute" in refused.text
    assert refused.headers["retry-after"] == "60"
    assert browser.launch(platform).status_code == 303


def test_a_platform_that_is_down_stops_no_launch_with_a_known_key(
    browser: Browser, platform: Platform
) -> None:
    assert browser.launch(platform).status_code == 303
    platform.served.stop()
    try:
        assert browser.launch(platform).status_code == 303
    finally:
        platform.served.start()


def test_a_slow_key_set_holds_up_nobody_else(
    hub: LiveHub, service: Service, key_of_the_platform: RSAKey
) -> None:
    held = threading.Event()
    slow = Platform(key=key_of_the_platform, held=held)
    service.platforms.append(slow.registration)
    time.sleep(5.1)  # the Hub asks the service again for platforms it does not know
    with ThreadPoolExecutor(1) as elsewhere:
        launching = elsewhere.submit(Browser(hub.hub_url).launch, slow)
        try:
            _until(lambda: slow.asked == 1)
            for _ in range(5):
                health = httpx.get(f"{hub.hub_url}health", trust_env=False, timeout=30)
                assert health.status_code == 200
            assert not launching.done()
        finally:
            held.set()
        assert launching.result(timeout=60).status_code == 303, "the Hub gave its keys up"
    slow.served.stop()
    service.platforms.remove(slow.registration)
    assert slow.asked == 1


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def test_the_configuration_document_names_our_addresses(hub: LiveHub) -> None:
    document = httpx.get(f"{hub.hub_url}lti13/config", trust_env=False).json()
    assert document["oidc_initiation_url"] == f"{hub.hub_url}lti13/oauth_login"
    assert document["target_link_uri"] == f"{hub.hub_url}lti13/launch"
    assert document["public_jwk_url"] == f"{hub.origin}/services/coursehub/lti/jwks.json"
    assert any("contextmembership.readonly" in scope for scope in document["scopes"])
    assert any("lti-ags/scope/score" in scope for scope in document["scopes"])


def test_links_opened_by_hand_get_a_friendly_page(hub: LiveHub) -> None:
    page = httpx.get(f"{hub.hub_url}lti13/launch", trust_env=False)
    assert page.status_code == 200
    assert "Open this from your course" in page.text
    assert httpx.get(f"{hub.hub_url}lti13/oauth_login", trust_env=False).status_code == 400
    assert httpx.get(f"{hub.hub_url}lti13/oauth_callback", trust_env=False).status_code == 405


def test_endless_tokens_and_unpublished_keys_are_refused(
    browser: Browser, platform: Platform
) -> None:
    asked = browser.begin(platform)
    refused = browser.answer("x" * 100_000, asked["state"])
    assert (refused.status_code, "token-too-large" in refused.text) == (400, True)
    refused = browser.launch(platform, key=rsa_key("never-published"))
    assert (refused.status_code, "key-unknown" in refused.text) == (401, True)


def test_the_log_holds_no_token_hint_or_claim(hub: LiveHub) -> None:
    assert "LTI launch refused: signature-bad" in hub.log
    for secret in (TOKEN, "eyJ", "Lovelace", "ada@college.example", "hint of", "hint+of"):
        assert secret not in hub.log
    assert "Traceback" not in hub.log
