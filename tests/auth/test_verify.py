"""What a token must prove, without a Hub: each refusal, and the signers that others wrote."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jwt as pyjwt
import pytest
from joserfc.jwk import RSAKey

from coursehub.vocabulary.launch import Registration
from coursehub_auth.errors import LaunchRefused
from coursehub_auth.verify import Expected, check, key_id, signed_claims
from tests.auth.actors import CLIENT_ID, DEPLOYMENT, claims_of_a_launch

NOW = 1_800_000_000
ISSUER = "https://lms.example"
TARGET = "https://hub.example/hub/lti13/launch"
EXPECTED = Expected(
    registration=Registration(
        issuer=ISSUER,
        client_id=CLIENT_ID,
        deployment_ids=(DEPLOYMENT, "deployment-2"),
        auth_login_url=f"{ISSUER}/auth",
        key_set_url=f"{ISSUER}/jwks",
    ),
    nonce="the nonce",
    deployment_id=DEPLOYMENT,
    target=TARGET,
    now=NOW,
    skew_s=60,
)


def good(**changes: Any) -> dict[str, Any]:
    changes = {"nonce": "the nonce", "target": TARGET, **changes}
    return claims_of_a_launch(ISSUER, now=NOW, **changes)


def code_of(act: Callable[..., object], *args: object) -> tuple[int, str]:
    with pytest.raises(LaunchRefused) as caught:
        act(*args)
    return caught.value.status, caught.value.code


def pem(key: RSAKey) -> bytes:
    return key.as_pem(private=True)


def by_hand(header: Any, payload: Any) -> str:
    parts = [json.dumps(part).encode() for part in (header, payload)]
    return ".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in (*parts, b"x"))


def test_a_good_launch_passes() -> None:
    check(good(), EXPECTED)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"iss": "https://other.example"}, 401, "issuer-wrong"),
        ({"iss": None}, 401, "issuer-wrong"),
        ({"aud": "another tool"}, 401, "audience-wrong"),
        ({"aud": None}, 401, "audience-wrong"),
        ({"aud": []}, 401, "audience-wrong"),
        ({"aud": {"x": 1}}, 401, "audience-wrong"),
        ({"aud": [CLIENT_ID, "another tool"]}, 401, "azp-missing"),
        ({"aud": [CLIENT_ID, "another tool"], "azp": "another tool"}, 401, "azp-wrong"),
        ({"azp": "another tool"}, 401, "azp-wrong"),
        ({"azp": ""}, 401, "azp-wrong"),
        ({"exp": None}, 401, "exp-missing"),
        ({"exp": "soon"}, 401, "exp-missing"),
        ({"exp": True}, 401, "exp-missing"),
        ({"exp": float("nan")}, 401, "exp-missing"),
        ({"exp": 10**400}, 401, "exp-missing"),
        ({"exp": NOW - 60}, 401, "token-expired"),
        ({"exp": NOW + 10**7}, 401, "token-lives-too-long"),
        ({"iat": None}, 401, "iat-missing"),
        ({"iat": NOW + 61}, 401, "issued-in-future"),
        ({"iat": NOW - 661}, 401, "token-too-old"),
        ({"nbf": NOW + 61}, 401, "token-not-yet-valid"),
        ({"nonce": "another"}, 401, "nonce-wrong"),
        ({"nonce": None}, 401, "nonce-wrong"),
        ({"nonce": "\ud800"}, 401, "nonce-wrong"),
        ({"version": "1.1"}, 403, "version-wrong"),
        ({"version": None}, 403, "version-wrong"),
        ({"message_type": None}, 403, "message-type-refused"),
        ({"message_type": "LtiStartAssessment"}, 403, "message-type-refused"),
        ({"message_type": ["LtiResourceLinkRequest"]}, 403, "message-type-refused"),
        ({"deployment_id": None}, 403, "deployment-missing"),
        ({"deployment_id": ""}, 403, "deployment-missing"),
        ({"deployment_id": "unheard of"}, 403, "deployment-unknown"),
        ({"deployment_id": "deployment-2"}, 403, "deployment-changed"),
        ({"sub": None}, 403, "subject-missing"),
        ({"sub": None, "name": None}, 403, "subject-missing"),
        ({"sub": None, "name": None, "email": None}, 403, "launch-anonymous"),
        ({"sub": ""}, 403, "subject-missing"),
        ({"sub": 7}, 403, "subject-missing"),
        ({"target_link_uri": "https://elsewhere.example/"}, 403, "target-changed"),
        ({"target_link_uri": None}, 403, "target-changed"),
    ],
)
def test_a_launch_is_refused_for(changes: dict[str, Any], status: int, code: str) -> None:
    assert code_of(check, good(**changes), EXPECTED) == (status, code)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [CLIENT_ID]},
        {"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID},
        {"azp": CLIENT_ID},
        {"exp": NOW - 59},
        {"iat": NOW + 60},
        {"iat": NOW - 660},
        {"nbf": NOW + 60},
        {"message_type": "LtiSubmissionReviewRequest"},
        {"message_type": "DataPrivacyLaunchRequest"},
        {"message_type": "LtiDeepLinkingRequest"},
        {"message_type": "LtiDeepLinkingRequest", "target_link_uri": None},
    ],
)
def test_a_launch_within_the_limits_passes(changes: dict[str, Any]) -> None:
    check(good(**changes), EXPECTED)


def test_a_moment_of_validity_that_is_left_null_is_none() -> None:
    check({**good(), "nbf": None}, EXPECTED)


@pytest.mark.parametrize("name", ["LtiSubmissionReviewRequest", "DataPrivacyLaunchRequest"])
def test_only_a_request_to_pick_links_may_come_without_a_target(name: str) -> None:
    claims = good(message_type=name, target_link_uri=None)
    assert code_of(check, claims, EXPECTED) == (403, "target-changed")


def test_a_request_to_pick_links_that_names_a_target_names_the_logins() -> None:
    claims = good(message_type="LtiDeepLinkingRequest", target_link_uri="https://hub.example/hub/")
    assert code_of(check, claims, EXPECTED) == (403, "target-changed")


def test_a_login_that_named_no_deployment_takes_any_registered_one() -> None:
    check(good(deployment_id="deployment-2"), replace(EXPECTED, deployment_id=""))


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "token-missing"),
        ("x" * 70_000, "token-too-large"),
        ("no token", "token-malformed"),
        ("a.b", "token-malformed"),
        ("a.b.c.d.e", "token-malformed"),
        ("§.x.y", "token-malformed"),
        ("W10.x.y", "token-malformed"),
        (base64.b64encode(b"[" * 700).decode() + ".x.y", "token-malformed"),
        (base64.b64encode(b"[" * 40_000).decode() + ".x.y", "token-malformed"),
        (by_hand({"alg": "none", "kid": "1"}, {}), "algorithm-refused"),
        (by_hand({"alg": "HS256", "kid": "1"}, {}), "algorithm-refused"),
        (by_hand({"alg": "RS512", "kid": "1"}, {}), "algorithm-refused"),
        (by_hand({"alg": ["RS256"], "kid": "1"}, {}), "algorithm-refused"),
        (by_hand({"alg": "RS256"}, {}), "key-id-missing"),
        (by_hand({"alg": "RS256", "kid": 1}, {}), "key-id-missing"),
    ],
)
def test_a_token_is_refused_before_its_signature_is_looked_at(token: str, code: str) -> None:
    assert code_of(key_id, token)[1] == code


def test_a_token_that_pyjwt_signed_is_read(key_of_the_platform: RSAKey) -> None:
    token = pyjwt.encode(good(), pem(key_of_the_platform), "RS256", {"kid": "lms-1", "x": "y"})
    assert key_id(token) == "lms-1"
    assert signed_claims(token, key_of_the_platform) == good()


def test_a_changed_or_foreign_token_is_refused(
    key_of_the_platform: RSAKey, key_of_a_forger: RSAKey
) -> None:
    token = pyjwt.encode(good(), pem(key_of_the_platform), "RS256", {"kid": "lms-1"})
    head, body, signature = token.split(".")
    forged = pyjwt.encode(good(sub="root"), pem(key_of_a_forger), "RS256", {"kid": "lms-1"})
    mixed = ".".join((head, forged.split(".")[1], signature))
    for bad in (forged, mixed, f"{head}.{body}.", f"{head}.{body}.§"):
        code = code_of(signed_claims, bad, key_of_the_platform)[1]
        assert code == "signature-bad"


def test_the_public_key_is_no_secret_to_sign_with(key_of_the_platform: RSAKey) -> None:
    """The old trick: HS256 with the published RSA key as the shared secret."""
    published = key_of_the_platform.as_pem(private=False)
    pieces = by_hand({"alg": "HS256", "kid": "lms-1"}, good()).rpartition(".")[0]
    mac = pyjwt.get_algorithm_by_name("HS256").sign(pieces.encode(), published)
    token = f"{pieces}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    assert code_of(key_id, token)[1] == "algorithm-refused"
    assert code_of(signed_claims, token, key_of_the_platform)[1] == "signature-bad"


def test_signed_payloads_that_are_no_claims_are_refused(key_of_the_platform: RSAKey) -> None:
    for payload in (b"[]", b"[" * 20_000, b"9" * 5000, b'"\xff"'):
        token = pyjwt.api_jws.encode(payload, pem(key_of_the_platform), "RS256", {"kid": "lms-1"})
        code = code_of(signed_claims, token, key_of_the_platform)[1]
        assert code == "signature-bad"
