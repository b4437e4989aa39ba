"""Deep Linking: what the tool sends back becomes links, and nothing else does."""

import time
from typing import Any

import httpx
import jwt as pyjwt
import pytest

from tests.demo_lms.actors import CLIENT, Lms, form_of, rsa_key

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
LINK = {
    "type": "ltiResourceLink",
    "title": "Problem set 3",
    "custom": {"assignment": "ps3"},
    "lineItem": {"scoreMaximum": 12, "resourceId": "ps3"},
}


def asked(lms: Lms) -> dict[str, Any]:
    """The claims of a Deep Linking request by Ada."""
    ada = lms.person("Instructor")["id"]
    begun = form_of(lms.http.post("/courses/data8-autumn/deep-linking", data={"person": ada}))
    reply = lms.http.post("/auth", data=lms.auth_request(begun["fields"]))
    token = form_of(reply)["fields"]["id_token"]
    keys = pyjwt.PyJWKSet.from_dict(lms.http.get("/jwks").json())
    claims: dict[str, Any] = pyjwt.decode(
        token, keys.keys[0].key, algorithms=["RS256"], audience=CLIENT
    )
    return claims


def answer(lms: Lms, **changes: Any) -> dict[str, Any]:
    """The claims with which the tool answers; a change of None leaves a claim out."""
    request = asked(lms)
    now = int(time.time())
    claims = {
        "iss": CLIENT,
        "aud": lms.url,
        "iat": now,
        "exp": now + 60,
        "nonce": f"tool-{time.time_ns()}",
        f"{CLAIM}message_type": "LtiDeepLinkingResponse",
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}deployment_id": request[f"{CLAIM}deployment_id"],
        f"{DL}data": request[f"{DL}deep_linking_settings"]["data"],
        f"{DL}content_items": [LINK],
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


def send(lms: Lms, token: str) -> httpx.Response:
    return lms.http.post("/deep-linking/return", data={"JWT": token})


def titles(lms: Lms) -> list[str]:
    course = lms.http.get("/api/courses").json()["courses"][0]
    return [link["title"] for link in course["links"]]


def test_the_request_says_where_to_return_and_what_is_taken(lms: Lms) -> None:
    claims = asked(lms)
    settings = claims[f"{DL}deep_linking_settings"]
    assert claims[f"{CLAIM}message_type"] == "LtiDeepLinkingRequest"
    assert settings["deep_link_return_url"] == f"{lms.url}/deep-linking/return"
    assert settings["accept_types"] == ["ltiResourceLink"]
    assert settings["accept_multiple"] is True


def test_a_picked_assignment_becomes_a_link_with_its_line_item(lms: Lms) -> None:
    reply = send(lms, lms.tool.sign(answer(lms)))
    assert reply.status_code == 200
    assert "1 link added to DATA8" in reply.text
    book = lms.http.get("/api/gradebook/data8-autumn").json()
    item = next(item for item in book["line_items"] if item["resource_id"] == "ps3")
    assert (item["label"], item["maximum"]) == ("Problem set 3", 12)
    token = lms.launched(lms.person()["id"], item["link"])["id_token"]
    claims = pyjwt.decode(token, options={"verify_signature": False})
    assert claims[f"{CLAIM}custom"] == {"assignment": "ps3"}


def test_an_answer_works_once(lms: Lms) -> None:
    claims = answer(lms)
    assert send(lms, lms.tool.sign(claims)).status_code == 200
    assert send(lms, lms.tool.sign(claims)).status_code == 409
    other_nonce = claims | {"nonce": "another"}
    assert send(lms, lms.tool.sign(other_nonce)).status_code == 409
    assert titles(lms).count("Problem set 3") == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "another-tool"},
        {"aud": "https://else.example"},
        {"exp": int(time.time()) - 120, "iat": int(time.time()) - 180},
        {"nonce": None},
        {"nonce": "n" * 300},
        {f"{CLAIM}message_type": "LtiResourceLinkRequest"},
        {f"{CLAIM}version": "1.1"},
        {f"{CLAIM}deployment_id": "2"},
        {f"{DL}data": "made-up"},
        {f"{DL}data": None},
        {f"{DL}content_items": "all"},
        {f"{DL}content_items": [{"type": "html", "html": "<script>"}]},
        {f"{DL}content_items": [{**LINK, "url": "https://evil.example/"}]},
        {f"{DL}content_items": [{**LINK, "custom": {"assignment": 3}}]},
        {f"{DL}content_items": [LINK] * 101},
        {f"{DL}content_items": [{**LINK, "lineItem": {"scoreMaximum": 0}}]},
    ],
)
def test_a_wrong_answer_adds_nothing(lms: Lms, changes: dict[str, Any]) -> None:
    before = titles(lms)
    assert send(lms, lms.tool.sign(answer(lms, **changes))).status_code == 400
    assert titles(lms) == before


def test_a_strangers_answer_adds_nothing(lms: Lms) -> None:
    stranger = rsa_key(str(lms.tool.key.kid))
    reply = send(lms, lms.tool.sign(answer(lms), key=stranger))
    assert reply.json()["code"] == "bad-signature"
    assert "Problem set 3" not in titles(lms)


def test_learners_add_no_links(lms: Lms) -> None:
    learner = lms.person()["id"]
    reply = lms.http.post("/courses/data8-autumn/deep-linking", data={"person": learner})
    assert reply.status_code == 403


def test_a_message_of_the_tool_cannot_break_the_page(lms: Lms) -> None:
    said = answer(lms, **{f"{DL}msg": "<script>alert(1)</script>"})
    assert "<script>alert" not in send(lms, lms.tool.sign(said)).text
