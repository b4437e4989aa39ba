"""A tool registers itself, waits, is activated, and takes the launches."""

import time
from html import unescape
from pathlib import Path
from typing import Any

import jwt as pyjwt
import pytest

from coursehub_demo_lms import snapshot
from coursehub_demo_lms.keys import KeyRing
from coursehub_demo_lms.snapshot import Snapshot
from coursehub_demo_lms.standard import SCOPE_SCORE, SCOPES
from tests.demo_lms import newcomer
from tests.demo_lms.actors import Lms
from tests.demo_lms.newcomer import KEY, TOOL, configuration, invite, metadata, register, registered

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
URL = "http://127.0.0.1:9"  # nothing is asked of it but where a test serves it


def claims_of(fields: dict[str, str]) -> dict[str, Any]:
    claims: dict[str, Any] = pyjwt.decode(fields["id_token"], options={"verify_signature": False})
    return claims


def listed(lms: Lms) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lms.http.get("/api/tools").json()["tools"]
    return found


def test_the_platform_says_what_a_tool_needs_to_register(lms: Lms) -> None:
    link = invite(lms, f"{URL}/begin?more=1")
    assert link.params["more"] == "1"
    found = lms.http.get(link.params["openid_configuration"]).json()
    assert found["registration_endpoint"] == f"{lms.url}/register"
    assert set(SCOPES) <= set(found["scopes_supported"])
    assert {"sub", "iss", "email"} <= set(found["claims_supported"])
    platform = found[PLATFORM]
    types = [message["type"] for message in platform["messages_supported"]]
    assert {"LtiResourceLinkRequest", "LtiDeepLinkingRequest"} <= set(types)
    assert "Context.id" in platform["variables"]


def test_the_page_opens_the_link_in_a_frame_and_in_a_window(lms: Lms) -> None:
    page = unescape(lms.http.post("/tools", data={"url": f"{URL}/begin"}).text)
    assert page.count(f"{URL}/begin?openid_configuration=") == 2
    assert f'data-origin="{URL}"' in page


@pytest.mark.parametrize(
    "link", ["", "begin", "javascript:alert(1)", "http://tool.example/begin", "https://a:b@c/d"]
)
def test_a_link_that_is_no_safe_address_is_refused(lms: Lms, link: str) -> None:
    assert lms.http.post("/tools", data={"url": link}).status_code == 400


def test_a_newcomer_waits_for_an_administrator(lms: Lms) -> None:
    answer = register(lms, URL).json()
    pending = listed(lms)[-1]
    assert (pending["client_id"], pending["status"]) == (answer["client_id"], "Pending")
    assert "Pending" in lms.http.get("/tools").text
    begun, _ = newcomer.launched(lms, "1001")
    assert begun["client_id"] == lms.platform.tools.configured.client_id
    asked = lms.auth_request(begun, client_id=answer["client_id"], redirect_uri=f"{URL}/callback")
    assert lms.http.post("/auth", data=asked).json()["code"] == "unknown-client"


def test_the_answer_says_what_was_granted(lms: Lms) -> None:
    reply = register(lms, URL)
    assert reply.status_code == 201
    assert reply.headers["cache-control"] == "no-store"
    answer = reply.json()
    assert answer["scope"].split() == list(SCOPES[:2])
    assert answer[TOOL]["claims"] == ["iss", "sub", "name"]
    assert answer[TOOL]["deployment_id"] == listed(lms)[-1]["deployment_id"]
    assert answer["redirect_uris"] == [f"{URL}/callback"]


def test_an_answer_can_leave_the_deployment_to_the_first_launch(lms: Lms) -> None:
    lms.switch(deployment_untold=True)
    reply = register(lms, URL)
    assert reply.status_code == 200
    assert "deployment_id" not in reply.json()[TOOL]


def test_once_active_it_takes_launches_with_what_it_asked_for(lms: Lms) -> None:
    answer = registered(lms, URL)
    begun, fields = newcomer.launched(lms, "1001")
    assert begun["client_id"] == answer["client_id"]
    assert begun["lti_deployment_id"] == answer[TOOL]["deployment_id"]
    claims = claims_of(fields)
    assert claims["aud"] == answer["client_id"]
    assert claims[f"{CLAIM}deployment_id"] == answer[TOOL]["deployment_id"]
    assert claims[f"{CLAIM}target_link_uri"] == f"{URL}/start"
    assert claims["name"] == "Ada Lovelace"
    assert "email" not in claims
    custom = claims[f"{CLAIM}custom"]
    assert custom == {"site": "yes", "course": "data8-autumn", "odd": "$Odd.one"}
    begun, fields = newcomer.launched(lms, "1001", "/courses/data8-autumn/deep-linking")
    assert begun["target_link_uri"] == f"{URL}/pick"
    assert claims_of(fields)[f"{CLAIM}custom"]["picking"] == "1"


def test_hints_given_to_one_tool_are_no_use_to_another(lms: Lms) -> None:
    old, _ = newcomer.launched(lms, "1001")
    answer = registered(lms, URL)
    asked = lms.auth_request(old, client_id=answer["client_id"])
    reply = lms.http.post("/auth", data=asked)
    assert "The hints were given to another tool." in unescape(reply.text)


def test_a_launch_that_it_did_not_register_for_is_refused(lms: Lms) -> None:
    messages = [{"type": "LtiResourceLinkRequest"}]
    registered(lms, URL, **{TOOL: configuration(URL, messages=messages)})
    reply = lms.http.post("/courses/data8-autumn/deep-linking", data={"person": "1001"})
    assert (reply.status_code, reply.json()["code"]) == (409, "message-not-taken")


def test_it_signs_with_its_own_keys_and_gets_its_own_scopes_only(lms: Lms, tool_url: str) -> None:
    answer = registered(lms, tool_url)
    own = {"iss": answer["client_id"], "sub": answer["client_id"]}
    token = lms.ask_token(lms.assertion(key=KEY, **own))
    assert token.status_code == 200, token.text
    assert token.json()["scope"].split() == list(SCOPES[:2])
    assert lms.ask_token(lms.assertion(key=KEY, **own), SCOPE_SCORE).status_code == 400
    assert lms.ask_token(lms.assertion(**own)).status_code == 400, "another tool's signature"
    assert lms.ask_token(lms.assertion()).status_code == 200, "the first tool still works"


def test_a_removed_tool_is_out_at_once(lms: Lms, tool_url: str) -> None:
    answer = registered(lms, tool_url)
    own = {"iss": answer["client_id"], "sub": answer["client_id"]}
    token = lms.ask_token(lms.assertion(key=KEY, **own)).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert lms.http.get("/nrps/data8-autumn/members", headers=bearer).status_code == 200
    assert lms.http.post(f"/tools/{answer['client_id']}/remove").status_code == 303
    assert lms.http.get("/nrps/data8-autumn/members", headers=bearer).status_code == 401
    assert listed(lms)[0]["takes_launches"]


def test_an_administrator_can_go_back_to_the_configured_tool(lms: Lms) -> None:
    registered(lms, URL)
    configured = lms.platform.tools.configured.client_id
    lms.http.post(f"/tools/{configured}/choose")
    assert newcomer.launched(lms, "1001")[0]["client_id"] == configured
    assert lms.http.post(f"/tools/{configured}/remove").status_code == 404
    pending = register(lms, URL).json()["client_id"]
    assert lms.http.post(f"/tools/{pending}/choose").status_code == 409


def test_a_registration_token_works_once_and_soon(lms: Lms) -> None:
    token = invite(lms, f"{URL}/begin").params["registration_token"]
    wrong = register(lms, URL, metadata(URL, application_type="native"), token=token)
    assert wrong.status_code == 400, "a refused body does not use the token up"
    assert register(lms, URL, token=token).status_code == 201
    again = register(lms, URL, token=token)
    assert again.status_code == 401
    assert again.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    late = invite(lms, f"{URL}/begin").params["registration_token"]
    lms.platform.seal = type(lms.platform.seal)(
        secret=lms.platform.seal.secret, clock=lambda: time.time() + 1000
    )
    assert register(lms, URL, token=late).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer made-up", "Basic abc"])
def test_nobody_registers_without_a_token(lms: Lms, header: str) -> None:
    reply = lms.http.post("/register", json=metadata(URL), headers={"Authorization": header})
    assert reply.status_code == 401


def test_a_token_of_another_kind_registers_nothing(lms: Lms) -> None:
    access = lms.bearer()["Authorization"].removeprefix("Bearer ")
    assert register(lms, URL, token=access).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"application_type": "native"},
        {"client_name": ""},
        {"response_types": ["code"]},
        {"response_types": ["id_token", "code"]},
        {"grant_types": ["implicit"]},
        {"grant_types": ["implicit", "client_credentials", "password"]},
        {"redirect_uris": []},
        {"redirect_uris": ["http://tool.example/callback"]},
        {"redirect_uris": [f"{URL}/callback#part"]},
        {"redirect_uris": "https://tool.example/callback"},
        {"initiate_login_uri": "/login"},
        {"initiate_login_uri": None},
        {"jwks_uri": None},
        {"jwks_uri": "ftp://tool.example/jwks"},
        {"jwks_uri": "https://tool.example/a b"},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"scope": "https://purl.imsglobal.org/spec/lti-ags/scope/everything"},
        {"scope": None},
        {TOOL: None},
        {TOOL: configuration(URL, domain=None)},
        {TOOL: configuration(URL, domain="else.example")},
        {TOOL: configuration(URL, target_link_uri="https://else.example/")},
        {TOOL: configuration(URL, messages=[])},
        {TOOL: configuration(URL, messages=[{"type": "LtiStartProctoring"}])},
        {TOOL: configuration(URL, claims="sub")},
        {TOOL: configuration(URL, custom_parameters={"a": 1})},
        {
            TOOL: configuration(
                URL,
                messages=[
                    {"type": "LtiResourceLinkRequest", "target_link_uri": "https://else.example/"}
                ],
            )
        },
    ],
)
def test_a_wrong_registration_is_refused_in_the_standards_words(
    lms: Lms, changes: dict[str, Any]
) -> None:
    reply = register(lms, URL, metadata(URL, **changes))
    assert reply.status_code == 400
    wanted = "invalid_redirect_uri" if "redirect_uris" in changes else "invalid_client_metadata"
    assert reply.json()["error"] == wanted
    assert len(listed(lms)) == 1


def test_a_body_that_is_no_json_registers_nothing(lms: Lms) -> None:
    token = invite(lms, f"{URL}/begin").params["registration_token"]
    headers = {"Authorization": f"Bearer {token}"}
    form = lms.http.post("/register", data={"client_name": "x"}, headers=headers)
    assert form.json()["error"] == "invalid_client_metadata"
    json_type = {"Content-Type": "application/json"}
    cut = lms.http.post("/register", content=b'{"client', headers=headers | json_type)
    assert cut.json()["error"] == "invalid_client_metadata"


def test_another_site_activates_nothing(lms: Lms) -> None:
    client_id = register(lms, URL).json()["client_id"]
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    reply = lms.http.post(f"/tools/{client_id}/activate", headers=elsewhere)
    assert reply.status_code == 403
    assert listed(lms)[-1]["status"] == "Pending"


def test_a_tool_that_registered_is_known_after_a_restart(lms: Lms, tmp_path: Path) -> None:
    registered(lms, URL)
    platform = lms.platform
    kept = Snapshot(
        tools=platform.tools, campus=platform.campus, keys=KeyRing(platform.keys.keys), secret=b"s"
    )
    snapshot.save(tmp_path, kept)
    loaded = snapshot.load(tmp_path)
    assert loaded is not None
    assert loaded.tools.registered == platform.tools.registered
    assert loaded.tools.current == platform.tools.current


def test_a_name_cannot_break_the_page(lms: Lms) -> None:
    register(lms, URL, metadata(URL, client_name="<script>alert(1)</script>"))
    assert "<script>alert" not in lms.http.get("/tools").text
