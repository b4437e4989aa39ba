"""Signed launches, judged by us and by pylti1p3next: where we differ, and by which right."""

import base64
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jwt as pyjwt
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from coursehub_auth.claims import AGS, launch_of
from coursehub_auth.errors import LaunchRefused
from coursehub_auth.messages import SETTINGS
from coursehub_auth.verify import check, key_id, signed_claims
from tests.auth import oracle
from tests.auth.actors import CLIENT_ID, claims_of_a_launch, claims_of_a_selection, rsa_key
from tests.auth.test_verify import EXPECTED, ISSUER, TARGET

KID = "lms-1"
NONCE = EXPECTED.nonce
REVIEW: dict[str, Any] = {
    "message_type": "LtiSubmissionReviewRequest",
    "for_user": {"user_id": "student-7"},
}
PRIVACY: dict[str, Any] = {
    "message_type": "DataPrivacyLaunchRequest",
    "for_user": {"user_id": "student-7"},
    "resource_link": None,
    "context": None,
}


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return rsa_key(KID)


def launch(**changes: Any) -> dict[str, Any]:
    """The claims of a launch of this moment, by the one clock that pylti1p3next has."""
    now = time.time()
    for name in {"exp", "iat", "nbf"} & changes.keys():
        if changes[name] is not None:
            changes[name] = int(now + changes[name])
    return claims_of_a_launch(ISSUER, **{"nonce": NONCE, "target": TARGET, **changes})


def selection(**settings: Any) -> dict[str, Any]:
    """The claims of a request to pick links, with these settings of its own."""
    return claims_of_a_selection(ISSUER, nonce=NONCE, target=TARGET, settings=settings)


def ours(token: str, key: RSAKey) -> str:
    """Our judgement: the code of the refusal, empty for a launch that goes on."""
    try:
        if key_id(token) != key.kid:
            return "key-unknown"
        claims = signed_claims(token, key)
        check(claims, replace(EXPECTED, now=time.time()))
        launch_of(claims, client_id=CLIENT_ID, target=TARGET)
    except LaunchRefused as refused:
        return refused.code
    return ""


def theirs(token: str, key: RSAKey) -> bool:
    return oracle.takes(token, EXPECTED.registration, key, nonce=NONCE)


def signed(claims: dict[str, Any], key: RSAKey) -> str:
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


Make = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (launch, {}),
        (launch, {"aud": [CLIENT_ID]}),
        (launch, {"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID}),
        (launch, {"azp": CLIENT_ID}),
        (launch, {"roles": []}),
        (launch, {"context": None, "custom": None, "name": None, "email": None}),
        (launch, {"of-no-standard": {"x": [1, None]}}),
        (launch, {"nbf": -5}),
        (launch, REVIEW),
        (launch, PRIVACY),
        (selection, {}),
        (selection, {"data": None}),
    ],
)
def test_both_take(make: Make, changes: dict[str, Any], key: RSAKey) -> None:
    token = signed(make(**changes), key)
    assert (ours(token, key), theirs(token, key)) == ("", True)


@pytest.mark.parametrize(
    ("make", "changes", "code"),
    [
        (launch, {"iss": "https://other.example"}, "issuer-wrong"),
        (launch, {"iss": None}, "issuer-wrong"),
        (launch, {"aud": "another"}, "audience-wrong"),
        (launch, {"aud": ["another"]}, "audience-wrong"),
        (launch, {"exp": -120}, "token-expired"),
        (launch, {"nbf": 600}, "token-not-yet-valid"),
        (launch, {"iat": 600}, "issued-in-future"),
        (launch, {"nonce": "of another login"}, "nonce-wrong"),
        (launch, {"nonce": None}, "nonce-wrong"),
        (launch, {"version": "LTI-1p0"}, "version-wrong"),
        (launch, {"version": None}, "version-wrong"),
        (launch, {"message_type": None}, "message-type-refused"),
        (launch, {"message_type": "LtiStartProctoring"}, "message-type-refused"),
        (launch, {"deployment_id": "elsewhere"}, "deployment-unknown"),
        (launch, {"deployment_id": None}, "deployment-missing"),
        (launch, {"sub": None}, "subject-missing"),
        (launch, {"sub": ""}, "subject-missing"),
        (launch, {"resource_link": None}, "link-missing"),
        (launch, {"resource_link": {}}, "link-missing"),
        (launch, {**REVIEW, "for_user": None}, "review-incomplete"),
        (launch, {**REVIEW, AGS: {"lineitems": f"{ISSUER}/ags"}}, "review-incomplete"),
        (selection, dict.fromkeys(selection()[SETTINGS]), "selection-incomplete"),
    ],
)
def test_both_refuse(make: Make, changes: dict[str, Any], code: str, key: RSAKey) -> None:
    token = signed(make(**changes), key)
    assert (ours(token, key), theirs(token, key)) == (code, False)


@pytest.mark.parametrize(
    ("make", "changes", "code"),
    [
        # OpenID Connect core 2: exp and iat are required; it reads them where they stand.
        (launch, {"exp": None}, "exp-missing"),
        (launch, {"iat": None}, "iat-missing"),
        # OpenID Connect core 3.1.3.7, 10: iat may bound how long nonces are kept.
        (launch, {"iat": -3600}, "token-too-old"),
        (launch, {"exp": 30 * 24 * 3600}, "token-lives-too-long"),
        # OpenID Connect core 3.1.3.7, 4 and 5: whom else a token is for, azp decides.
        (launch, {"aud": [CLIENT_ID, "another"]}, "azp-missing"),
        (launch, {"azp": "another"}, "azp-wrong"),
        # LTI 1.3 core 4.1.3: a deployment that the login names is the launch's.
        (launch, {"deployment_id": "deployment-2"}, "deployment-changed"),
        # LTI 1.3 core 5.3.4: the target stands in the claims, and is the login's.
        (launch, {"target_link_uri": None}, "target-changed"),
        (launch, {"target_link_uri": "https://hub.example/hub/admin"}, "target-changed"),
        # LTI 1.3 core 5.3.6: at most 255 characters.
        (launch, {"sub": "x" * 256}, "claim-malformed"),
        # LTI 1.3 core 5.3.7: roles are an array.
        (launch, {"roles": "Learner"}, "claim-malformed"),
        # LTI 1.3 core 5.4.1: a context has an id.
        (launch, {"context": {"label": "DS101"}}, "claim-malformed"),
        # LTI Submission Review 1.0, 3.2: whose submission, and of which line item.
        (launch, {**REVIEW, "for_user": {"user_id": ""}}, "claim-malformed"),
        (launch, {**REVIEW, AGS: {"lineitem": ""}}, "review-incomplete"),
        # LTI Deep Linking 2.0, 4.4.1: the answer needs an address; ours must be a safe one.
        (selection, {"deep_link_return_url": None}, "claim-malformed"),
        (selection, {"deep_link_return_url": "http://lms.example/"}, "return-unsafe"),
    ],
)
def test_we_are_stricter(make: Make, changes: dict[str, Any], code: str, key: RSAKey) -> None:
    token = signed(make(**changes), key)
    assert (ours(token, key), theirs(token, key)) == (code, True)


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        # Two clocks: OpenID Connect core 2 (exp) lets some leeway pass; ours is a minute.
        (launch, {"exp": -20}),
        (launch, {"iat": 40}),
        # OpenID Connect core 3.1.3.7, 3: our client id among several; it looks at the first.
        (launch, {"aud": ["another", CLIENT_ID], "azp": CLIENT_ID}),
        # LTI 1.3 core 5.3.7 requires the claim; without it we know a person with no role.
        (launch, {"roles": None}),
        # LTI Deep Linking 2.0, 4.4.1: what we cannot give, a page of ours says in words.
        (selection, {"accept_types": ["link"]}),
        (selection, {"accept_presentation_document_targets": None}),
        # LTI Data Privacy Launch 1.0: whoever launches may ask about themselves.
        (launch, {**PRIVACY, "for_user": None}),
        # The same has no place for a course; one that is named does no harm.
        (launch, {**PRIVACY, "context": {"id": "course-1"}}),
    ],
)
def test_they_are_stricter(make: Make, changes: dict[str, Any], key: RSAKey) -> None:
    token = signed(make(**changes), key)
    assert (ours(token, key), theirs(token, key)) == ("", False)


def test_both_refuse_what_the_platform_did_not_sign(key: RSAKey) -> None:
    claims = launch()
    head, body, signature = signed(claims, key).split(".")
    other = signed({**claims, "sub": "root"}, rsa_key(KID))
    published = key.as_pem(private=False)
    mac = _by_hand({"alg": "HS256", "kid": KID}, claims)
    mac += "." + _b64(pyjwt.get_algorithm_by_name("HS256").sign(mac.encode(), published))
    bad = {
        "by another key of that name": other,
        "claims under another's signature": f"{head}.{other.split('.')[1]}.{signature}",
        "no signature": f"{head}.{body}.",
        "alg none": _by_hand({"alg": "none", "kid": KID}, claims) + ".",
        "the published key as a shared secret": mac,
        "a key that is not published": signed(claims, rsa_key("lms-2")),
        "no key id": pyjwt.encode(claims, key.as_pem(private=True), "RS256"),
        "RS512": pyjwt.encode(claims, key.as_pem(private=True), "RS512", {"kid": KID}),
        "two parts": f"{head}.{body}",
        "no JSON": f"{head}.{_b64(b'claims')}.{signature}",
    }
    assert {what: (bool(ours(t, key)), theirs(t, key)) for what, t in bad.items()} == dict.fromkeys(
        bad, (True, False)
    )


def _by_hand(header: dict[str, Any], payload: dict[str, Any]) -> str:
    return ".".join(_b64(json.dumps(part).encode()) for part in (header, payload))


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
