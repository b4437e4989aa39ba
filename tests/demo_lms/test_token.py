"""The token endpoint: a signed assertion for an access token, or a reason why not."""

import base64
import json
import time
from typing import Any

import pytest

from coursehub_demo_lms.standard import SCOPE_MEMBERS, SCOPE_SCORE
from tests.demo_lms.actors import Lms, rsa_key


def refused(reply: Any, error: str, word: str = "") -> None:
    assert reply.status_code == 400, reply.text
    assert reply.json()["error"] == error
    assert word in reply.json()["error_description"]


def test_a_signed_assertion_buys_an_hour_of_the_scopes_asked_for(lms: Lms) -> None:
    reply = lms.ask_token(lms.assertion(), f"{SCOPE_MEMBERS} {SCOPE_SCORE}")
    assert reply.status_code == 200
    assert reply.headers["cache-control"] == "no-store"
    answer = reply.json()
    assert answer["expires_in"] == 3600
    assert answer["token_type"] == "Bearer"
    assert set(answer["scope"].split()) == {SCOPE_MEMBERS, SCOPE_SCORE}


def test_unknown_scopes_are_left_out_and_none_left_is_an_error(lms: Lms) -> None:
    some = lms.ask_token(lms.assertion(), f"{SCOPE_MEMBERS} https://else.example/scope")
    assert some.json()["scope"] == SCOPE_MEMBERS
    refused(lms.ask_token(lms.assertion(), "https://else.example/scope"), "invalid_scope")
    refused(lms.ask_token(lms.assertion(), ""), "invalid_scope")


def test_an_audience_list_with_this_endpoint_in_it_is_fine(lms: Lms) -> None:
    audience = [f"{lms.url}/token", "https://else.example"]
    assert lms.ask_token(lms.assertion(aud=audience)).status_code == 200


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"iss": "another-tool"}, "client_id"),
        ({"sub": "another-tool"}, "client_id"),
        ({"aud": "https://else.example/token"}, "aud"),
        ({"aud": None}, "aud"),
        ({"exp": int(time.time()) - 120, "iat": int(time.time()) - 180}, "expired"),
        # Read when tests are collected: far enough ahead for the longest run.
        ({"iat": int(time.time()) + 90_000, "exp": int(time.time()) + 90_060}, "future"),
        ({"exp": int(time.time()) + 90_000}, "hour"),
        ({"exp": None}, "exp"),
        ({"iat": "yesterday"}, "iat"),
        ({"jti": None}, "jti"),
        ({"jti": "x" * 300}, "jti"),
    ],
)
def test_a_wrong_assertion_is_refused(lms: Lms, changes: dict[str, Any], word: str) -> None:
    refused(lms.ask_token(lms.assertion(**changes)), "invalid_client", word)


def test_an_assertion_works_once(lms: Lms) -> None:
    assertion = lms.assertion()
    assert lms.ask_token(assertion).status_code == 200
    refused(lms.ask_token(assertion), "invalid_client", "used before")


def test_a_strangers_signature_under_the_tools_key_id_is_refused(lms: Lms) -> None:
    stranger = rsa_key(str(lms.tool.key.kid))
    refused(lms.ask_token(lms.assertion(key=stranger)), "invalid_client", "signature")


def test_an_unsigned_assertion_is_refused(lms: Lms) -> None:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    _, claims, _ = lms.assertion().split(".")
    refused(lms.ask_token(f"{header}.{claims}."), "invalid_client", "RS256")


def test_rubbish_is_refused(lms: Lms) -> None:
    refused(lms.ask_token("rubbish"), "invalid_client")
    refused(lms.ask_token(""), "invalid_client")
    refused(lms.ask_token("ÿ.ÿ.ÿ"), "invalid_client")


def test_a_tool_that_rotates_its_key_is_understood_after_a_new_look(lms: Lms) -> None:
    assert lms.ask_token(lms.assertion()).status_code == 200
    lms.platform.tool_keys._fetched -= 6
    lms.tool.key = rsa_key("tool-2")
    assert lms.ask_token(lms.assertion()).status_code == 200


def test_the_tools_keys_are_fetched_once_for_many_tokens(lms: Lms) -> None:
    for _ in range(3):
        assert lms.ask_token(lms.assertion()).status_code == 200
    assert lms.tool.asked == 1


def test_unknown_key_ids_do_not_make_the_platform_hammer_the_tool(lms: Lms) -> None:
    lms.bearer()
    for number in range(3):
        reply = lms.ask_token(lms.assertion(key=rsa_key(f"unknown-{number}")))
        refused(reply, "invalid_client", "kid")
    assert lms.tool.asked == 1


@pytest.mark.parametrize("answer", [{"keys": "none"}, ["no"], {"keys": [{"kty": "x"}]}])
def test_a_key_set_that_cannot_be_read_is_an_error_not_a_crash(lms: Lms, answer: Any) -> None:
    lms.tool.answer = answer
    refused(lms.ask_token(lms.assertion()), "invalid_client")


def test_an_enormous_key_set_is_not_swallowed(lms: Lms) -> None:
    lms.tool.answer = {"keys": [], "padding": "x" * 300_000}
    refused(lms.ask_token(lms.assertion()), "invalid_client", "too large")


def test_the_request_itself_is_read_strictly(lms: Lms) -> None:
    refused(lms.ask_token(lms.assertion(), grant_type="password"), "unsupported_grant_type")
    refused(lms.ask_token(lms.assertion(), client_assertion_type="x"), "invalid_request")
    refused(lms.ask_token(lms.assertion(), client_id="someone"), "invalid_client")
    refused(lms.http.post("/token", json={"grant_type": "client_credentials"}), "invalid_request")
    twice = "grant_type=client_credentials&grant_type=client_credentials"
    form = {"content-type": "application/x-www-form-urlencoded"}
    refused(lms.http.post("/token", content=twice, headers=form), "invalid_request", "more than")


def test_discovery_names_the_endpoints_that_are_there(lms: Lms) -> None:
    found = lms.http.get("/.well-known/openid-configuration").json()
    assert found["issuer"] == lms.url
    assert found["token_endpoint"] == f"{lms.url}/token"
    assert lms.http.get(found["jwks_uri"]).json()["keys"][0]["kty"] == "RSA"
    platform = found["https://purl.imsglobal.org/spec/lti-platform-configuration"]
    assert platform["product_family_code"] == "coursehub-demo-lms"


def test_private_keys_are_not_published(lms: Lms) -> None:
    (key,) = lms.http.get("/jwks").json()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}
