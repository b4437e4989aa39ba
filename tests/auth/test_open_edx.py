"""Launches of Open edX: claims and signatures by lti-consumer-xblock, its own platform side."""

import importlib
from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from coursehub.vocabulary.launch import Launch, Message
from coursehub_auth.claims import launch_of
from coursehub_auth.keysets import usable_keys
from coursehub_auth.verify import check, key_id, signed_claims
from tests.auth.actors import CLIENT_ID, DEPLOYMENT
from tests.auth.test_verify import EXPECTED, ISSUER, TARGET, pem

RETURN = f"{ISSUER}/api/lti_consumer/v1/lti/1/lti-dl/response"


@pytest.fixture
def edx(key_of_the_platform: RSAKey) -> Any:
    """Open edX with one of its people in a course."""
    settings = importlib.import_module("django.conf").settings
    if not settings.configured:
        settings.configure()
    settings.PLATFORM_NAME = "An Open edX"
    # Read only now: it wants its settings to stand.
    consumer = importlib.import_module("lti_consumer.lti_1p3.consumer")
    edx = consumer.LtiAdvantageConsumer(
        iss=ISSUER,
        lti_oidc_url="https://hub.example/hub/lti13/oauth_login",
        lti_launch_url=TARGET,
        client_id=CLIENT_ID,
        deployment_id=DEPLOYMENT,
        rsa_key=pem(key_of_the_platform).decode(),
        rsa_key_id="edx-1",
        redirect_uris=[],
    )
    edx.set_user_data(user_id="42", role="staff", full_name="Ada", email_address="a@b.example")
    edx.set_resource_link_claim("link-1")
    edx.set_context_claim("course-v1:X+Y+Z", context_label="X")
    return edx


def launched(edx: Any, message: dict[str, Any]) -> Launch:
    """What we make of the message, signed by Open edX and read with its published keys."""
    message = {**message, "nonce": "the nonce"}
    token = edx.key_handler.encode_and_sign(message=message, expiration=3600)
    key = usable_keys(edx.get_public_keyset())[key_id(token)]
    claims = signed_claims(token, key)
    check(claims, replace(EXPECTED, now=claims["iat"]))
    return launch_of(claims, client_id=CLIENT_ID, target=TARGET)


def test_a_launch_of_open_edx_passes(edx: Any) -> None:
    launch = launched(edx, edx.get_lti_launch_message())
    assert launch.message_type is Message.RESOURCE_LINK
    assert (launch.subject, launch.name, launch.email) == ("42", "Ada", "a@b.example")
    assert launch.context is not None
    assert launch.context.id == "course-v1:X+Y+Z"
    assert any(role.endswith("#Instructor") for role in launch.roles)


def test_a_request_of_open_edx_to_pick_links_passes(edx: Any) -> None:
    edx.enable_deep_linking(TARGET, RETURN)
    common = edx.get_lti_launch_message(
        include_extra_claims=False, target_link_uri=TARGET, include_resource_link=False
    )
    # As LtiAdvantageConsumer.generate_launch_request does, which wants a whole Open edX.
    asked = {"https://purl.imsglobal.org/spec/lti/claim/message_type": "LtiDeepLinkingRequest"}
    launch = launched(edx, {**common, **asked, **edx.lti_dl.get_lti_deep_linking_launch_claim()})
    assert launch.message_type is Message.DEEP_LINKING
    assert launch.deep_linking is not None
    assert launch.deep_linking.return_url == RETURN
    assert "ltiResourceLink" in launch.deep_linking.accept_types
