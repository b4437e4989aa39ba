"""What our keys sign, checked by Open edX's own code: requests for tokens and picked links."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt as pyjwt
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from coursehub.adapters.keys import ToolKeys
from coursehub.adapters.lms import LtiLms
from coursehub.errors import Refused
from coursehub.launch.actions.selections import Opened
from coursehub.vocabulary.launch import Registration
from coursehub_auth.claims import launch_of
from coursehub_auth.verify import Expected, check
from tests.demo_lms.actors import Stage, rsa_key
from tests.lms.open_edx import (
    DEPLOYMENT,
    MEMBERS_SCOPE,
    RETURN,
    Form,
    OpenEdx,
    consumer,
)
from tests.lms.picked import CHOICES, CLIENT, HUB, answer, opened_by

pytestmark = pytest.mark.anyio


@pytest.fixture
def edx(stage: Stage, tool_url: str) -> OpenEdx:
    key_set_url = f"{tool_url}/services/coursehub/lti/jwks.json"
    found = OpenEdx(url=stage.url, consumer=consumer(issuer=stage.url, key_set_url=key_set_url))
    stage.app = found.app()
    return found


async def roster(lti: LtiLms, edx: OpenEdx) -> list[str]:
    return [one.subject async for one in lti.members(edx.access, f"{edx.url}/members")]


async def test_open_edx_gives_a_token_and_takes_it_back(lti: LtiLms, edx: OpenEdx) -> None:
    assert await roster(lti, edx) == ["a", "b"]
    (asked,) = edx.asked
    assert asked["scope"] == MEMBERS_SCOPE
    said = pyjwt.decode(asked["client_assertion"], options={"verify_signature": False})
    assert (said["iss"], said["sub"], said["aud"]) == (CLIENT, CLIENT, edx.access.token_url)


def resigned(form: Form, key: RSAKey, **changes: Any) -> Form:
    """The same request, its assertion changed and signed by that key."""
    claims = pyjwt.decode(form["client_assertion"], options={"verify_signature": False})
    header = pyjwt.get_unverified_header(form["client_assertion"])
    return {**form, "client_assertion": jwt.encode(header, {**claims, **changes}, key)}


def cut(form: Form) -> Form:
    head, body, _ = form["client_assertion"].split(".")
    return {**form, "client_assertion": f"{head}.{body}."}


def raised(form: Form) -> Form:
    """The claims of another under our signature."""
    forged = resigned(form, rsa_key("x"), sub="another tool")["client_assertion"]
    head, _, signature = form["client_assertion"].split(".")
    return {**form, "client_assertion": ".".join((head, forged.split(".")[1], signature))}


def forged(form: Form) -> Form:
    return resigned(form, rsa_key("x"))


@pytest.mark.parametrize("tamper", [cut, raised, forged])
async def test_open_edx_gives_nothing_for_what_was_tampered_with(
    lti: LtiLms, edx: OpenEdx, tamper: Any
) -> None:
    edx.tamper = tamper
    with pytest.raises(Refused) as refused:
        await roster(lti, edx)
    assert refused.value.code == "lms-token-refused"


async def test_open_edx_gives_nothing_for_what_is_over(
    lti: LtiLms, edx: OpenEdx, keys: ToolKeys
) -> None:
    edx.tamper = lambda form: resigned(form, keys.signing(), exp=int(time.time()) - 1)
    with pytest.raises(Refused):
        await roster(lti, edx)
    edx.tamper = dict
    assert await roster(lti, edx) == ["a", "b"], "a refusal is not remembered"


def request_to_pick(edx: OpenEdx, folder: Path) -> Opened:
    """The selection that Open edX's request begins, as the Hub and the service read it."""
    platform = edx.consumer
    platform.enable_deep_linking(HUB, RETURN)
    platform.set_user_data(user_id="42", role="staff", full_name="Ada")
    platform.set_context_claim("course-v1:X+Y+Z", context_label="X")
    message = {
        **platform.get_lti_launch_message(include_extra_claims=False, include_resource_link=False),
        **platform.dl.get_lti_deep_linking_launch_claim(extra_data="csrf~7"),
        "https://purl.imsglobal.org/spec/lti/claim/message_type": "LtiDeepLinkingRequest",
        "nonce": "the nonce",
    }
    token = platform.key_handler.encode_and_sign(message=message, expiration=3600)
    claims = pyjwt.decode(token, options={"verify_signature": False})
    check(claims, expected(edx))
    launch = launch_of(claims, client_id=CLIENT, target=HUB)
    return opened_by(launch, folder)


def expected(edx: OpenEdx) -> Expected:
    registration = Registration(
        issuer=edx.url,
        client_id=CLIENT,
        deployment_ids=(DEPLOYMENT,),
        auth_login_url=f"{edx.url}/auth",
        key_set_url=f"{edx.url}/jwks",
    )
    return Expected(
        registration=registration,
        nonce="the nonce",
        deployment_id=DEPLOYMENT,
        target=HUB,
        now=time.time(),
        skew_s=60,
    )


def test_open_edx_takes_the_links_that_were_picked(
    edx: OpenEdx, keys: ToolKeys, tmp_path: Path
) -> None:
    opened = request_to_pick(edx, tmp_path)
    assert opened.request.return_url == RETURN
    claims = answer(opened)
    taken = edx.consumer.check_and_decode_deep_linking_token(keys.sign(claims))
    assert [item["title"] for item in taken] == [choice.title for choice in CHOICES]
    assert [item.get("custom", {}) for item in taken] == [
        {},
        {"module": "tables"},
        {"assignment": "ps1"},
    ]
    assert claims["https://purl.imsglobal.org/spec/lti-dl/claim/data"] == "csrf~7"


def test_a_picked_link_of_open_edx_leads_back_to_what_was_picked(
    edx: OpenEdx, keys: ToolKeys, tmp_path: Path
) -> None:
    """Open edX launches the link by its own code, from what it took."""
    claims = answer(request_to_pick(edx, tmp_path))
    link = edx.consumer.check_and_decode_deep_linking_token(keys.sign(claims))[2]
    edx.consumer.set_resource_link_claim("link-1")
    edx.consumer.set_dl_content_launch_parameters(url=link["url"], custom=link["custom"])
    message = {**edx.consumer.get_lti_launch_message(), "nonce": "the nonce"}
    token = edx.consumer.key_handler.encode_and_sign(message=message, expiration=3600)
    launched = pyjwt.decode(token, options={"verify_signature": False})
    check(launched, replace(expected(edx), now=launched["iat"]))
    assert launch_of(launched, client_id=CLIENT, target=HUB).custom == {"assignment": "ps1"}


@pytest.mark.parametrize("wrong", ["key", "time"])
def test_open_edx_takes_no_links_that_prove_nothing(
    edx: OpenEdx, keys: ToolKeys, tmp_path: Path, wrong: str
) -> None:
    claims = answer(request_to_pick(edx, tmp_path))
    key = keys.signing()
    if wrong == "key":
        key = rsa_key(str(key.kid))
    else:
        claims["exp"] = int(time.time()) - 1
    token = jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)
    with pytest.raises(pyjwt.InvalidTokenError):
        edx.consumer.check_and_decode_deep_linking_token(token)
