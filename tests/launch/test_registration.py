"""An LMS registers itself by a link: what both sides are told, and how often it works."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from sqlmodel import SQLModel, select

from coursehub.launch.actions import platforms
from coursehub.launch.actions.registration import links
from coursehub.model.institution import PlatformState, RegistrationLink
from coursehub.store import EVERYONE
from coursehub_demo_lms.keys import KeyRing
from tests.house.school import at_once
from tests.launch.any_platform import PLATFORM, TOOL, Platform
from tests.launch.registry import BROWSER, Registry, fresh_lms, registry


@pytest.fixture(scope="module")
def keys() -> KeyRing:
    return KeyRing()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder: Path = tmp_path_factory.mktemp("registry")
    with registry(folder) as found:
        yield found


@pytest.fixture
def hub(place: Registry, keys: KeyRing) -> Registry:
    """A Hub and an LMS that have not met."""
    fresh_lms(place, keys)
    SQLModel.metadata.drop_all(place.store.engine)
    SQLModel.metadata.create_all(place.store.engine)
    place.late = timedelta()
    return place


def usable(hub: Registry) -> bool:
    return len(links.waiting(hub.store, hub)) == 1


def test_an_lms_registers_itself_and_waits_for_approval(hub: Registry) -> None:
    page = hub.register(hub.link())
    assert page.status_code == 200, page.text
    assert "Registered, and waiting for approval" in page.text
    (one,) = hub.platforms
    assert (one.institution, one.platform.state) == ("North College", PlatformState.PENDING)
    assert one.platform.issuer == hub.lms_url
    assert one.platform.token_url == f"{hub.lms_url}/token"
    assert one.platform.client_id in page.text
    assert len(one.deployments) == 1
    assert one.platform.registered_by == "admin"
    platforms.approve(hub.store, one.id)
    told = hub.get("api/v1/hub/registrations", Authorization="Bearer the-hub-s-own-secret")
    assert [item["issuer"] for item in told.json()["items"]] == [hub.lms_url]


def test_the_page_may_stand_in_a_frame_of_that_lms_alone(hub: Registry) -> None:
    page = hub.register(hub.link())
    assert f"frame-ancestors {hub.lms_url}" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "registration.js" in page.text
    assert hub.http.get(f"{hub.url}static/registration.js").status_code == 200


def test_the_lms_is_told_what_is_in_use_and_no_more(hub: Registry) -> None:
    lms = Platform(hub)
    lms.says = {
        "scopes_supported": [
            "openid",
            "https://purl.imsglobal.org/spec/lti-ags/scope/score",
            "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly",
        ],
        PLATFORM: {
            "product_family_code": "moodle",
            "messages_supported": [
                {"type": "LtiResourceLinkRequest"},
                {"type": "LtiDeepLinkingRequest"},
                {"type": "DataPrivacyLaunchRequest"},
                {"type": "LtiStartProctoring"},
            ],
            "variables": ["User.username", "CourseSection.title"],
        },
    }
    page = lms.meet()
    (told,) = lms.told
    here = hub.settings.public_url
    assert told["scope"] == "https://purl.imsglobal.org/spec/lti-ags/scope/score"
    assert told["initiate_login_uri"] == f"{here}/hub/lti13/oauth_login"
    assert told["redirect_uris"] == [f"{here}/hub/lti13/oauth_callback"]
    assert told["jwks_uri"] == f"{hub.url}lti/jwks.json"
    assert told["token_endpoint_auth_method"] == "private_key_jwt"
    assert told["grant_types"] == ["implicit", "client_credentials"]
    tool = told[TOOL]
    assert tool["domain"] == here.removeprefix("http://")
    assert tool["custom_parameters"] == {"login_id": "$User.username"}
    assert [message["type"] for message in tool["messages"]] == [
        "LtiResourceLinkRequest",
        "LtiDeepLinkingRequest",
        "DataPrivacyLaunchRequest",
    ]
    assert not [key for key in tool if "canvas" in key]
    assert "the roster" in page.text
    assert "gradebook columns" in page.text
    assert "sending scores" not in page.text
    assert hub.platforms[0].title == "Moodle at 127.0.0.1"


def test_canvas_is_told_where_to_place_the_tool(hub: Registry) -> None:
    lms = Platform(hub)
    lms.says = {
        PLATFORM: {
            "product_family_code": "canvas",
            "version": "OpenSource",
            "messages_supported": [
                {"type": "LtiResourceLinkRequest", "placements": ["course_navigation"]},
                {"type": "LtiDeepLinkingRequest", "placements": ["link_selection"]},
            ],
            "variables": ["Canvas.user.loginId", "User.username"],
        }
    }
    lms.answers = {"client_id": "10000000000001", "scope": ""}
    page = lms.meet()
    tool = lms.told[0][TOOL]
    assert tool["https://canvas.instructure.com/lti/privacy_level"] == "public"
    assert tool["custom_parameters"] == {"login_id": "$Canvas.user.loginId"}
    placed = {message["type"]: message["placements"] for message in tool["messages"]}
    assert placed["LtiResourceLinkRequest"] == ["course_navigation"]
    assert "assignment_selection" in placed["LtiDeepLinkingRequest"]
    assert "names its deployments in launches alone" in page.text
    assert hub.platforms[0].deployments == ()


def test_the_lms_s_token_goes_to_the_lms_and_nowhere_else(
    hub: Registry, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    lms, link = Platform(hub), hub.link()
    with caplog.at_level(logging.DEBUG):
        page = lms.meet(link, token="lms-secret-1")
    assert lms.bearers == ["Bearer lms-secret-1"] * 2
    secret = link.partition("link=")[2]
    with hub.store.reading(EVERYONE) as session:
        kept = json.dumps([str(row) for row in session.exec(select(RegistrationLink))])
    written = caplog.text + "".join(capfd.readouterr()) + page.text + kept
    assert "lms-secret-1" not in written
    assert secret not in written


def test_a_link_works_once(hub: Registry) -> None:
    link = hub.link()
    hub.register(link)
    again = hub.register(link)
    assert again.status_code == 403
    assert "has been used" in again.text
    assert len(hub.platforms) == 1


def test_of_two_that_use_a_link_at_one_instant_one_gets_it(hub: Registry) -> None:
    link = hub.link()
    pages = at_once(*[partial(httpx.get, hub.opened(link), headers=BROWSER, timeout=60)] * 4)
    assert min(page.status_code for page in pages) == 200
    assert [page.status_code for page in pages].count(200) == 1
    assert {page.status_code for page in pages} <= {200, 403, 409}
    assert len(hub.platforms) == 1


def test_a_link_that_is_too_old_withdrawn_or_unknown_says_so(hub: Registry) -> None:
    old = hub.link(hours=1)
    hub.late = timedelta(hours=2)
    assert "is too old" in hub.register(old).text
    withdrawn = hub.link()
    assert links.revoke(hub.store, hub, links.waiting(hub.store, hub)[0].id)
    assert "was withdrawn" in hub.register(withdrawn).text
    unknown = hub.register(f"{hub.url}lti/register?link=made-up")
    assert unknown.status_code == 404
    assert "not one of this Hub" in unknown.text
    assert hub.platforms == []


def test_nothing_is_asked_of_anyone_without_a_link(hub: Registry) -> None:
    lms = Platform(hub)
    assert lms.meet(f"{hub.url}lti/register?link=made-up").status_code == 404
    assert lms.bearers == []


def test_a_link_that_a_person_opens_is_not_used_up(hub: Registry) -> None:
    page = hub.http.get(hub.link(), headers=BROWSER)
    assert "This link is for your LMS" in page.text
    assert usable(hub)
