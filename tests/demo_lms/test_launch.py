"""A launch, seen from the tool: begun, answered, signed, and refused where it must be."""

import base64
import json
import time
from typing import Any

import httpx
import jwt as pyjwt
import pytest
from ltiauthenticator.lti13.error import TokenError
from ltiauthenticator.lti13.validator import LTI13LaunchValidator

from tests.demo_lms.actors import CLIENT, Lms, form_of

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"


def verified(lms: Lms, token: str, *, nonce: str = "nonce-1") -> dict[str, Any]:
    """The claims, checked by another library than the one that signed them."""
    keys = pyjwt.PyJWKSet.from_dict(lms.http.get("/jwks").json())
    kid = pyjwt.get_unverified_header(token)["kid"]
    claims: dict[str, Any] = pyjwt.decode(
        token, keys[kid].key, algorithms=["RS256"], audience=CLIENT, issuer=lms.url
    )
    assert claims["nonce"] == nonce
    assert claims[f"{CLAIM}deployment_id"] in {"1", "2"}
    return claims


def test_a_launch_begins_with_everything_the_tool_needs_to_ask_back(lms: Lms) -> None:
    form = lms.begin(lms.person()["id"])
    assert form["action"] == lms.platform.tool.login_url
    assert form["method"] == "post"
    assert set(form["fields"]) == {
        "iss",
        "target_link_uri",
        "login_hint",
        "lti_message_hint",
        "client_id",
        "lti_deployment_id",
    }
    assert form["fields"]["iss"] == lms.url


def test_a_launch_can_begin_by_get(lms: Lms) -> None:
    person = lms.person()["id"]
    reply = lms.http.post(
        "/launch/data8-autumn/data8-home", data={"person": person, "method": "get"}
    )
    assert form_of(reply)["method"] == "get"


def test_an_instructor_arrives_with_course_role_and_services(lms: Lms) -> None:
    ada = lms.person("Instructor")
    fields = lms.launched(ada["id"])
    claims = verified(lms, fields["id_token"])
    assert fields["state"] == "state-1"
    assert claims["sub"] == ada["id"]
    assert claims["name"] == "Ada Lovelace"
    assert claims["exp"] - claims["iat"] == 60
    assert claims[f"{CLAIM}roles"] == [
        "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
    ]
    assert claims[f"{CLAIM}context"]["label"] == "DATA8"
    assert claims[f"{CLAIM}version"] == "1.3.0"
    assert claims[f"{CLAIM}custom"] == {}
    nrps = claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"]
    assert nrps["context_memberships_url"] == f"{lms.url}/nrps/data8-autumn/members"
    ags = claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]
    assert ags["lineitems"].endswith("?type_id=1")
    assert "lineitem" not in ags


def test_an_assistant_is_named_by_sub_role_and_principal_role(lms: Lms) -> None:
    claims = verified(lms, lms.launched(lms.person("TeachingAssistant")["id"])["id_token"])
    assert claims[f"{CLAIM}roles"] == [
        "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant",
        "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor",
    ]


def test_a_link_carries_its_custom_parameters_and_its_line_item(lms: Lms) -> None:
    course = lms.platform.campus.course("data8-autumn")
    item = next(iter(course.lineitems.values()))
    claims = verified(lms, lms.launched(lms.person()["id"], item.link_id)["id_token"])
    assert claims[f"{CLAIM}resource_link"]["id"] == item.link_id
    assert claims[f"{CLAIM}custom"] == course.links[item.link_id].custom
    ags = claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]
    assert ags["lineitem"] == f"{lms.url}/ags/data8-autumn/lineitems/{item.id}/lineitem?type_id=1"


def test_names_that_the_lms_withholds_are_not_in_the_token(lms: Lms) -> None:
    people = lms.http.get("/api/people", params={"course": "data8-autumn"}).json()["people"]
    nameless = next(p for p in people if not p["name"])
    claims = verified(lms, lms.launched(nameless["id"])["id_token"])
    assert {"name", "given_name", "family_name", "email"}.isdisjoint(claims)


def test_the_hubs_usual_lti_library_accepts_a_launch_and_refuses_a_forged_one(lms: Lms) -> None:
    validator = LTI13LaunchValidator()

    def decoded(fields: dict[str, str]) -> dict[str, Any]:
        validator.validate_auth_response(fields)
        claims: dict[str, Any] = validator.verify_and_decode_jwt(
            fields["id_token"],
            issuer=lms.url,
            audience=CLIENT,
            jwks_endpoint=f"{lms.url}/jwks",
            jwks_algorithms=["RS256"],
        )
        validator.validate_id_token(claims)
        validator.validate_azp_claim(claims, {CLIENT})
        return claims

    validator.validate_login_request(lms.begin("1001")["fields"])
    assert decoded(lms.launched("1001"))["sub"] == "1001"
    lms.switch(launch_fault="forged")
    with pytest.raises(TokenError):
        decoded(lms.launched("1001"))


def test_the_second_course_launches_under_its_own_deployment(lms: Lms) -> None:
    emmy = lms.person("Instructor", course="stat20-autumn")
    begun = lms.begin(emmy["id"], "stat20-home", course="stat20-autumn")
    assert begun["fields"]["lti_deployment_id"] == "2"
    reply = lms.http.get("/auth", params=lms.auth_request(begun["fields"]))
    claims = verified(lms, form_of(reply)["fields"]["id_token"])
    assert claims[f"{CLAIM}deployment_id"] == "2"
    assert claims[f"{CLAIM}tool_platform"]["name"] == "College of Sample"


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "somebody-else"},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": ""},
    ],
)
def test_an_unknown_client_or_address_gets_an_error_and_nothing_is_sent_there(
    lms: Lms, change: dict[str, str]
) -> None:
    hints = lms.begin(lms.person()["id"])["fields"]
    reply = lms.http.post("/auth", data=lms.auth_request(hints, **change))
    assert reply.status_code == 400
    assert reply.headers["content-type"] == "application/problem+json"
    assert "id_token" not in reply.text


def test_a_redirect_address_must_match_to_the_letter(lms: Lms) -> None:
    hints = lms.begin(lms.person()["id"])["fields"]
    almost = f"{lms.platform.tool.redirect_urls[0]}/"
    reply = lms.http.post("/auth", data=lms.auth_request(hints, redirect_uri=almost))
    assert reply.json()["code"] == "bad-redirect-uri"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "code"}, "unsupported_response_type"),
        ({"response_mode": "query"}, "invalid_request"),
        ({"scope": "openid profile"}, "invalid_scope"),
        ({"prompt": "login"}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
        ({"login_hint": "made-up"}, "login_required"),
        ({"login_hint": ""}, "login_required"),
        ({"lti_message_hint": "made-up"}, "invalid_request"),
    ],
)
def test_the_tool_is_told_what_is_wrong_with_its_request(
    lms: Lms, change: dict[str, str], error: str
) -> None:
    fields = lms.launched(lms.person()["id"], **change)
    assert fields["error"] == error
    assert fields["state"] == "state-1"
    assert "id_token" not in fields


def test_the_hints_of_two_people_do_not_mix(lms: Lms) -> None:
    learner = lms.begin(lms.person()["id"])["fields"]
    teacher = lms.begin(lms.person("Instructor")["id"])["fields"]
    mixed = lms.auth_request(learner, login_hint=teacher["login_hint"])
    assert form_of(lms.http.post("/auth", data=mixed))["fields"]["error"] == "login_required"


def test_a_message_hint_is_no_login_hint(lms: Lms) -> None:
    hints = lms.begin(lms.person()["id"])["fields"]
    swapped = lms.auth_request(hints, login_hint=hints["lti_message_hint"])
    assert form_of(lms.http.post("/auth", data=swapped))["fields"]["error"] == "login_required"


def test_a_field_sent_twice_is_refused(lms: Lms) -> None:
    hints = lms.begin(lms.person()["id"])["fields"]
    asked = httpx.QueryParams(lms.auth_request(hints)).add("nonce", "another")
    reply = lms.http.get("/auth", params=asked)
    assert reply.json()["code"] == "field-repeated"


def test_who_is_not_in_the_course_cannot_launch(lms: Lms) -> None:
    emmy = lms.person("Instructor", course="stat20-autumn")
    reply = lms.http.post("/launch/data8-autumn/data8-home", data={"person": emmy["id"]})
    assert reply.status_code == 403


def test_who_was_dropped_after_the_click_is_not_let_in(lms: Lms) -> None:
    person = lms.person()["id"]
    hints = lms.begin(person)["fields"]
    assert lms.http.delete(f"/api/courses/data8-autumn/people/{person}").status_code == 204
    reply = lms.http.post("/auth", data=lms.auth_request(hints))
    assert form_of(reply)["fields"]["error"] == "login_required"


def test_who_is_inactive_cannot_launch(lms: Lms) -> None:
    person = lms.person()["id"]
    change = {"id": person, "status": "Inactive"}
    lms.http.post("/api/courses/data8-autumn/people", json=change)
    reply = lms.http.post("/launch/data8-autumn/data8-home", data={"person": person})
    assert reply.json()["code"] == "not-in-course"


class TestWrongLaunches:
    """Each launch switch makes a launch that a careful tool refuses, for that one reason."""

    def spoiled(self, lms: Lms, fault: str) -> str:
        lms.switch(launch_fault=fault)
        return lms.launched(lms.person()["id"])["id_token"]

    def test_forged(self, lms: Lms) -> None:
        token = self.spoiled(lms, "forged")
        known = {key["kid"] for key in lms.http.get("/jwks").json()["keys"]}
        assert pyjwt.get_unverified_header(token)["kid"] in known
        with pytest.raises(pyjwt.InvalidSignatureError):
            verified(lms, token)

    def test_tampered(self, lms: Lms) -> None:
        token = self.spoiled(lms, "tampered")
        claims = pyjwt.decode(token, options={"verify_signature": False})
        assert claims[f"{CLAIM}roles"][0].endswith("#Instructor")
        with pytest.raises(pyjwt.InvalidSignatureError):
            verified(lms, token)

    def test_expired(self, lms: Lms) -> None:
        with pytest.raises(pyjwt.ExpiredSignatureError):
            verified(lms, self.spoiled(lms, "expired"))

    def test_wrong_audience(self, lms: Lms) -> None:
        with pytest.raises(pyjwt.InvalidAudienceError):
            verified(lms, self.spoiled(lms, "wrong-audience"))

    def test_wrong_issuer(self, lms: Lms) -> None:
        with pytest.raises(pyjwt.InvalidIssuerError):
            verified(lms, self.spoiled(lms, "wrong-issuer"))

    @pytest.mark.parametrize("fault", ["wrong-nonce", "wrong-deployment"])
    def test_wrong_nonce_or_deployment(self, lms: Lms, fault: str) -> None:
        with pytest.raises(AssertionError):
            verified(lms, self.spoiled(lms, fault))

    def test_alg_none(self, lms: Lms) -> None:
        header, _, signature = self.spoiled(lms, "alg-none").split(".")
        decoded = json.loads(base64.urlsafe_b64decode(header + "=="))
        assert decoded == {"alg": "none", "typ": "JWT"}
        assert signature == ""

    def test_replayed_and_stale(self, lms: Lms) -> None:
        person = lms.person()["id"]
        first = lms.launched(person, nonce="n1", state="s1")
        lms.switch(launch_fault="replayed")
        assert lms.launched(person, nonce="n2", state="s2") == first
        lms.switch(launch_fault="stale-token")
        stale = lms.launched(person, nonce="n3", state="s3")
        assert stale == {"id_token": first["id_token"], "state": "s3"}
        lms.switch()
        verified(lms, lms.launched(person, nonce="n4")["id_token"], nonce="n4")


def test_after_a_key_rotation_new_launches_name_a_new_published_key(lms: Lms) -> None:
    old = lms.launched(lms.person()["id"])["id_token"]
    lms.http.post("/switches/rotate-keys", data={"keep_old": "yes"})
    new = lms.launched(lms.person()["id"])["id_token"]
    verified(lms, new)
    verified(lms, old)
    lms.http.post("/switches/rotate-keys", data={"keep_old": "no"})
    assert len(lms.http.get("/jwks").json()["keys"]) == 1
    with pytest.raises(KeyError):
        verified(lms, old)


def test_hints_grow_old(lms: Lms) -> None:
    hints = lms.begin(lms.person()["id"])["fields"]
    later = time.time() + 301
    object.__setattr__(lms.platform.seal, "clock", lambda: later)
    reply = lms.http.post("/auth", data=lms.auth_request(hints))
    assert form_of(reply)["fields"]["error"] == "login_required"
