"""Platforms that register themselves and are not honest, or not right."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from coursehub.adapters.guarded import GuardedHttp
from coursehub.launch.actions import platforms
from coursehub.launch.actions.registration import links, registering
from coursehub.launch.actions.registration.registering import Registered
from coursehub_demo_lms.keys import KeyRing
from tests.launch.any_platform import TOOL, Platform
from tests.launch.registry import Registry, fresh_lms, registry


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


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ({"issuer": "https://canvas.instructure.com"}, "only that host may do so"),
        ({"issuer": "https://127.0.0.1"}, "only that host may do so"),
        ({"issuer": None}, "no OpenID configuration of an LMS (see issuer)"),
        ({"issuer": ["x"]}, "no OpenID configuration"),
        ({"jwks_uri": "http://lms.example/jwks"}, "must be an https address"),
        ({"token_endpoint": "file:///etc/passwd"}, "must be an https address"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "must be an https address"),
        ({"registration_endpoint": "http://10.0.0.1/"}, "must be an https address"),
        ({"registration_endpoint": None}, "takes no tools that register themselves"),
        ({"issuer": 5}, "no OpenID configuration"),
        ({"jwks_uri": None}, "no OpenID configuration of an LMS (see jwks_uri)"),
    ],
)
def test_a_dishonest_configuration_is_refused_and_the_link_stays_good(
    hub: Registry, says: dict[str, Any], told: str
) -> None:
    lms = Platform(hub)
    lms.says = says
    page = lms.meet()
    assert page.status_code in {403, 422}
    assert told in page.text.replace("&#39;", "'")
    assert hub.platforms == []
    assert lms.told == []
    assert usable(hub)


@pytest.mark.parametrize(
    ("status", "answer", "told"),
    [
        (200, {}, "cannot be read"),
        (200, {"client_id": None}, "cannot be read"),
        (200, {"client_id": True}, "cannot be read"),
        (200, {"client_id": ["c"]}, "cannot be read"),
        (200, {"client_id": 1e300}, "cannot be read"),
        (200, {"client_id": ""}, "cannot be read"),
        (200, {"client_id": "a\nb"}, "cannot be read"),
        (200, {"client_id": "c" * 256}, "cannot be read"),
        (200, [], "cannot be read"),
        (200, {"client_id": "c", "redirect_uris": ["https://evil.example/"]}, "another redirect"),
        (400, {"error": "invalid_redirect_uri"}, "invalid_redirect_uri"),
        (401, {"error": "<b>hello</b>"}, "(status 401)"),
        (500, {}, "failed (status 500)"),
        (302, {}, "another address"),
    ],
)
def test_a_bad_answer_leaves_nothing_and_the_link_can_be_tried_again(
    hub: Registry, status: int, answer: Any, told: str
) -> None:
    lms, link = Platform(hub), hub.link()
    lms.status, lms.answers = status, answer
    page = lms.meet(link).text
    assert told in page
    assert "begin the registration anew in the LMS" in page
    assert "Try again</a>" not in page
    assert "your course" not in page
    assert hub.platforms == []
    lms.status, lms.answers = 201, {"client_id": "c1", TOOL: {"deployment_id": 1}}
    assert lms.meet(link).status_code == 200
    assert hub.platforms[0].deployments == ("1",)


def test_an_lms_inside_the_network_cannot_register_unless_a_setting_says_so(
    hub: Registry,
) -> None:
    strict = GuardedHttp(timeout_s=10)
    request = registering.Request(
        link=hub.link().partition("link=")[2], openid_configuration="https://10.0.0.1/config"
    )
    with pytest.raises(Exception, match="private network"):
        asyncio.run(registered(hub, strict, request))
    assert usable(hub)


async def registered(
    hub: Registry, outside: GuardedHttp, request: registering.Request
) -> Registered:
    return await registering.register(hub.store, outside, hub, request, settings=hub.settings)


def test_an_lms_cannot_take_another_school_s_deployment(hub: Registry) -> None:
    lms = Platform(hub)
    lms.meet()
    page = lms.meet(hub.link(institution="South College"))
    assert page.status_code == 409
    assert "registered for another institution" in page.text
    assert [one.institution for one in hub.platforms] == ["North College"]


def test_an_lms_cannot_change_what_was_approved(hub: Registry) -> None:
    lms = Platform(hub)
    lms.meet()
    platforms.approve(hub.store, hub.platforms[0].id)
    lms.says = {"jwks_uri": f"{hub.lms_url}/other"}
    page = lms.meet()
    assert page.status_code == 409
    assert "is registered under that client id" in page.text
    assert hub.platforms[0].platform.key_set_url == f"{hub.lms_url}/jwks"
