"""What holds whatever a platform or a browser sends: a judgement in words, and never a crash."""

import base64
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt as pyjwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import RSAKey

from coursehub.vocabulary.launch import Registration
from coursehub.vocabulary.people import Role, is_administrator, role_of
from coursehub_auth.errors import LaunchRefused
from coursehub_auth.login import LoginRequest, authorization_url, login_request
from coursehub_auth.state import Ticket, begin, check_browser, opened, sealed, signing_key
from coursehub_auth.verify import CLAIM, check, key_id, signed_claims
from tests.auth.actors import rsa_key
from tests.auth.test_verify import EXPECTED, NOW, good

KEY = signing_key(b"the Hub's cookie secret")
# JSON can hold halves of surrogate pairs, and so can what a program was handed.
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.characters(categories=["Cs"]))
UTF8 = st.text(st.characters(exclude_categories=["Cs"]))
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)
CLAIMS = st.sampled_from([*good(), "azp", "nbf"])


@given(st.dictionaries(CLAIMS, ANYTHING) | st.dictionaries(ANY_TEXT, ANYTHING, max_size=5))
def test_claims_from_anywhere_are_refused_in_words(claims: dict[str, Any]) -> None:
    with pytest.raises(LaunchRefused) as refused:
        check(claims, EXPECTED)
    assert refused.value.status in {401, 403}


@given(CLAIMS, ANYTHING)
def test_one_claim_of_any_kind_passes_or_is_refused(name: str, value: Any) -> None:
    """And where it passes, it says what the login began with."""
    claims = {**good(), name: value}
    try:
        check(claims, EXPECTED)
    except LaunchRefused:
        return
    assert claims["iss"] == EXPECTED.registration.issuer
    assert claims["nonce"] == EXPECTED.nonce
    assert claims[f"{CLAIM}deployment_id"] == EXPECTED.deployment_id
    assert EXPECTED.registration.client_id in (
        claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    )
    assert NOW - 60 < claims["exp"] <= NOW + 24 * 3600


@given(st.floats() | st.integers() | st.integers(NOW - 700, NOW + 25 * 3600))
def test_only_moments_near_now_let_a_launch_in(moment: float) -> None:
    for name, first, last in (("exp", -60, 24 * 3600), ("iat", -660, 60)):
        claims = {**good(), name: moment}
        if first <= moment - NOW <= last and (name == "iat" or moment != NOW - 60):
            check(claims, EXPECTED)
        else:
            with pytest.raises(LaunchRefused):
                check(claims, EXPECTED)


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return rsa_key("lms-1")


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


HEADERS = st.fixed_dictionaries(
    {}, optional={"alg": st.just("RS256") | ANYTHING, "kid": st.just("lms-1") | ANYTHING}
)
TOKENS = (
    ANY_TEXT
    | st.lists(st.binary(max_size=40).map(b64), max_size=5).map(".".join)
    | st.tuples(HEADERS, ANYTHING).map(
        lambda parts: ".".join([*(b64(json.dumps(part).encode()) for part in parts), "c2ln"])
    )
)


@given(TOKENS)
def test_a_token_that_nobody_signed_never_gets_in(key: RSAKey, token: str) -> None:
    with pytest.raises(LaunchRefused):  # noqa: PT012 - either step may be the one that refuses
        key_id(token)
        signed_claims(token, key)


@given(st.dictionaries(ANY_TEXT, ANYTHING, max_size=4), st.data())
@settings(max_examples=50)  # each of them is signed
def test_a_token_with_a_bit_turned_never_gets_in(
    key: RSAKey, claims: dict[str, Any], data: st.DataObject
) -> None:
    # What the platform writes is JSON, which knows no NaN.
    sound = json.loads(json.dumps(claims), parse_constant=str)
    signer = key.as_pem(private=True)
    token = pyjwt.api_jws.encode(json.dumps(sound).encode(), signer, "RS256", {"kid": "lms-1"})
    head, body, signature = token.split(".")
    assert signed_claims(f"{head}.{body}.{signature}", key) == sound
    raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(LaunchRefused):
        signed_claims(f"{head}.{body}.{b64(bytes(raw))}", key)


@given(ANY_TEXT | st.lists(ANY_TEXT, max_size=4).map(".".join), st.floats())
def test_a_state_that_was_not_sealed_here_opens_nothing(state: str, now: float) -> None:
    with pytest.raises(LaunchRefused) as refused:
        opened(state, key=KEY, now=now)
    assert refused.value.code == "state-forged"


@given(st.lists(ANY_TEXT, min_size=6, max_size=6), ANY_TEXT)
def test_a_login_of_any_words_is_opened_as_it_was_sealed(words: list[str], proof: str) -> None:
    issuer, client_id, deployment_id, target, storage_target, next_url = words
    ticket, secret = begin(
        issuer=issuer,
        client_id=client_id,
        deployment_id=deployment_id,
        target=target,
        now=NOW,
        storage_target=storage_target,
        next_url=next_url,
    )
    assert opened(sealed(ticket, key=KEY), key=KEY, now=NOW) == ticket
    check_browser(ticket, secret)
    with pytest.raises(LaunchRefused):
        check_browser(ticket, proof)


NAMES = (
    "iss",
    "login_hint",
    "target_link_uri",
    "client_id",
    "lti_deployment_id",
    "lti_message_hint",
    "lti_storage_target",
    "next",
)


@given(
    st.dictionaries(st.sampled_from(NAMES), ANY_TEXT | ANY_TEXT.map(lambda text: text * 2000))
    | st.fixed_dictionaries(dict.fromkeys(NAMES, ANY_TEXT))
)
def test_a_login_request_is_read_or_refused(fields: dict[str, str]) -> None:
    try:
        asked = login_request(fields)
    except LaunchRefused:
        return
    required = {asked.issuer, asked.login_hint, asked.target}
    assert required == {fields[name] for name in NAMES[:3]}
    assert all(required)
    assert asked.message_hint == fields.get("lti_message_hint")
    assert asked.next_url == fields.get("next", "")


REGISTRATIONS = st.sampled_from(
    ["https://lms.example/auth", "https://lms.example/a?tenant=1&x=%26"]
)


@given(UTF8, st.none() | UTF8, UTF8, REGISTRATIONS)
def test_hints_of_any_words_arrive_at_the_platform_and_nowhere_else(
    login_hint: str, message_hint: str | None, nonce: str, auth_login_url: str
) -> None:
    asked = LoginRequest(
        issuer="https://lms.example",
        login_hint=login_hint,
        target="https://hub.example/hub/",
        client_id="",
        deployment_id="",
        message_hint=message_hint,
        storage_target="",
    )
    registration = Registration(
        issuer="https://lms.example",
        client_id="client & co",
        deployment_ids=("1",),
        auth_login_url=auth_login_url,
        key_set_url="https://lms.example/jwks",
    )
    url = authorization_url(
        asked, registration, a_ticket(nonce), redirect_uri="https://hub.example/cb", state="s"
    )
    own = parse_qsl(urlsplit(auth_login_url).query)
    said = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    assert url.startswith(auth_login_url.partition("?")[0] + "?")
    assert said[: len(own)] == own
    assert dict(said[len(own) :]) == {
        "response_type": "id_token",
        "response_mode": "form_post",
        "scope": "openid",
        "prompt": "none",
        "client_id": "client & co",
        "redirect_uri": "https://hub.example/cb",
        "login_hint": login_hint,
        "state": "s",
        "nonce": nonce,
        **({} if message_hint is None else {"lti_message_hint": message_hint}),
    }


def a_ticket(nonce: str) -> Ticket:
    return Ticket(
        id="1",
        issuer="",
        client_id="",
        deployment_id="",
        target="",
        nonce=nonce,
        secret_sha256="",
        expires_at=NOW,
    )


MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
NO_COURSE_ROLES = st.sampled_from(
    [
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor",
        "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator",
        "urn:lti:instrole:ims/lis/Instructor",
        "https://evil.example/membership#Instructor",
        f"{MEMBERSHIP}s#Instructor",
    ]
) | ANY_TEXT.map(lambda text: f"https://vendor.example/{text}#Instructor")
COURSE_ROLES = st.sampled_from(
    [f"{MEMBERSHIP}#{name}" for name in ("Instructor", "Learner", "Mentor", "Administrator")]
    + [f"{MEMBERSHIP}/Instructor#TeachingAssistant", "Learner", "urn:lti:role:ims/lis/Learner"]
)


@given(st.lists(ANY_TEXT | COURSE_ROLES | NO_COURSE_ROLES, max_size=6), st.randoms())
def test_roles_of_any_words_give_one_role_in_any_order(roles: list[str], random: Any) -> None:
    found = role_of(tuple(roles))
    assert found is None or found in Role
    shuffled = roles * 2
    random.shuffle(shuffled)
    assert role_of(tuple(shuffled)) == found


@given(st.lists(NO_COURSE_ROLES, max_size=6), st.lists(COURSE_ROLES, max_size=3))
def test_no_role_outside_a_course_gives_one_in_it(outside: list[str], inside: list[str]) -> None:
    assert role_of(tuple(outside)) is None
    assert role_of((*outside, *inside)) == role_of(tuple(inside))
    assert not is_administrator(tuple(inside))
