"""What is known of each LMS, and what follows from it."""

from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from coursehub.adapters.keys import ToolKeys
from coursehub.adapters.lms.tokens import Tokens
from coursehub.adapters.lms.wire import Wire
from coursehub.ports import PlatformAccess
from coursehub.vocabulary.addresses import is_safe_address
from coursehub.vocabulary.families import (
    FAMILIES,
    Addresses,
    Family,
    addresses,
    family_of,
    framing_sites,
    speaks_for,
)

DOCS = Path(__file__).resolve().parents[2] / "docs" / "lms"


def all_of(known: Addresses) -> list[str]:
    return [known.issuer, known.auth_login_url, known.token_url, known.key_set_url]


@pytest.mark.parametrize("known", FAMILIES.values(), ids=lambda known: known.key)
def test_every_kind_of_lms_has_its_page_and_sane_addresses(known: Family) -> None:
    assert (DOCS / known.page).is_file()
    derived = all_of(addresses(known.key, at="https://lms.example/", client_id="c1"))
    assert all(is_safe_address(url) for url in derived if url)
    assert not [url for url in derived if "{" in url]


@pytest.mark.parametrize(
    ("at", "environment"),
    [
        ("", ""),
        ("https://school.instructure.com", ""),
        ("https://canvas.instructure.com", ""),
        ("https://school.beta.instructure.com/", "beta."),
        ("https://school.test.instructure.com", "test."),
    ],
)
def test_canvas_in_the_cloud_has_one_issuer_an_environment(at: str, environment: str) -> None:
    known = addresses("canvas", at=at)
    assert known.issuer == f"https://canvas.{environment}instructure.com"
    assert known.key_set_url == f"https://sso.{environment}canvaslms.com/api/lti/security/jwks"


def test_canvas_of_one_s_own_is_asked_at_its_own_address() -> None:
    known = addresses("canvas", at="https://canvas.school.example")
    assert known.token_url == "https://canvas.school.example/login/oauth2/token"


def test_what_the_facts_do_not_tell_is_left_empty() -> None:
    assert addresses("moodle") == Addresses()
    assert addresses("other", at="https://lms.example") == Addresses()
    assert not addresses("blackboard").key_set_url
    assert not addresses("sakai", at="https://s.example").token_url


def test_a_kind_is_known_by_what_it_calls_itself() -> None:
    assert family_of("moodle").key == "moodle"
    assert family_of("BlackboardLearn").key == "blackboard"
    assert family_of("sakailms.org").key == "sakai"
    assert family_of("").key == "other"


@pytest.mark.parametrize(
    ("host", "issuer_host", "may"),
    [
        ("lms.example", "lms.example", True),
        ("sub.lms.example", "lms.example", False),
        ("sso.canvaslms.com", "canvas.instructure.com", True),
        ("school.instructure.com", "canvas.instructure.com", True),
        ("evilinstructure.com", "canvas.instructure.com", False),
        ("sso.canvaslms.com.evil.example", "canvas.instructure.com", False),
        ("school.instructure.com", "canvas.beta.instructure.com", False),
        ("school.instructure.com", "moodle.example", False),
        ("developer.blackboard.com", "blackboard.com", True),
        ("", "", True),
    ],
)
def test_few_hosts_speak_for_an_issuer_elsewhere(host: str, issuer_host: str, may: bool) -> None:
    assert speaks_for(host, issuer_host=issuer_host) is may


def test_a_cloud_s_schools_may_frame_what_the_cloud_opened() -> None:
    assert framing_sites("sso.canvaslms.com") == ("https://*.instructure.com",)
    assert framing_sites("moodle.example") == ()


@pytest.mark.parametrize(
    ("token_url", "audience"),
    [
        (
            "https://auth.brightspace.com/core/connect/token",
            "https://api.brightspace.com/auth/token",
        ),
        ("https://moodle.example/mod/lti/token.php", "https://moodle.example/mod/lti/token.php"),
    ],
)
def test_an_assertion_names_the_token_endpoint_as_the_lms_does(
    tmp_path: Path, token_url: str, audience: str
) -> None:
    keys = ToolKeys(tmp_path / "keys")
    access = PlatformAccess(issuer="https://lms.example", client_id="c1", token_url=token_url)
    signed = Tokens(Wire(timeout_s=5, allow_private=True), keys)._assertion(access)
    claims = jwt.decode(
        signed, KeySet([RSAKey.import_key(one) for one in keys.public_jwks()["keys"]])
    ).claims
    assert (claims["aud"], claims["iss"]) == (audience, "c1")
