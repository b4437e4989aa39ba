"""LMSs that mean well and say it in their own way, and JSON of any shape."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel

from coursehub.launch.actions.registration import links
from tests.launch.any_platform import PLATFORM, TOOL, Platform
from tests.launch.registry import Registry, registry

LINK = "LtiResourceLinkRequest"
DEEP = "LtiDeepLinkingRequest"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.text("a \n\0\ud800")
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
PARTS = ("product_family_code", "version", "messages_supported", "variables")
NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
SAYS = st.dictionaries(st.sampled_from((*NEEDED, "scopes_supported", PLATFORM)), JSON, max_size=2)
OPTIONAL = st.fixed_dictionaries(
    {},
    optional={
        "scopes_supported": JSON,
        PLATFORM: JSON | st.dictionaries(st.sampled_from(PARTS), JSON),
    },
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "client_id": JSON,
        "scope": JSON,
        "redirect_uris": JSON,
        TOOL: JSON | st.fixed_dictionaries({"deployment_id": JSON}),
    },
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder: Path = tmp_path_factory.mktemp("registry")
    with registry(folder) as found:
        yield found


@pytest.fixture
def hub(place: Registry) -> Registry:
    """A Hub that no LMS has met."""
    return forgetful(place)


def forgetful(place: Registry) -> Registry:
    SQLModel.metadata.drop_all(place.store.engine)
    SQLModel.metadata.create_all(place.store.engine)
    place.late = timedelta()
    return place


@pytest.mark.parametrize(
    ("published", "told"),
    [
        ({"messages_supported": [LINK, DEEP], "placements": ["AddContentMenu"]}, {LINK, DEEP}),
        (
            {"messages_supported": [{"type": LINK}, {"type": DEEP, "placements": None}]},
            {LINK, DEEP},
        ),
        ({"messages_supported": {"0": {"type": LINK}, "2": {"type": DEEP}}}, {LINK, DEEP}),
        ({"messages_supported": [{"type": DEEP}, {"type": "Own"}, {}, None, 5]}, {LINK, DEEP}),
        ({"messages_supported": "all", "version": None, "variables": None}, {LINK}),
        ({"messages_supported": None, "product_family_code": 5}, {LINK}),
        ({"product_family_code": "a\ud800", "version": "1\0", "variables": ["\ud800"]}, {LINK}),
        ([], {LINK}),
        (None, {LINK}),
    ],
)
def test_what_an_lms_says_beside_is_read_as_far_as_it_can_be(
    hub: Registry, published: Any, told: set[str]
) -> None:
    lms = Platform(hub)
    lms.publishes = {**lms.configuration(), PLATFORM: published}
    assert lms.meet().status_code == 200
    assert {message["type"] for message in lms.told[0][TOOL]["messages"]} == told


@pytest.mark.parametrize("offered", [["openid", SCORE], f"openid {SCORE}", [None, SCORE, 5]])
def test_scopes_are_read_from_a_list_or_from_one_text(hub: Registry, offered: Any) -> None:
    lms = Platform(hub)
    lms.says = {"scopes_supported": offered}
    assert lms.meet().status_code == 200
    assert lms.told[0]["scope"] == SCORE


@pytest.mark.parametrize(
    ("answer", "deployments"),
    [
        ({TOOL: {"deployment_id": None}}, ()),
        ({TOOL: {"deployment_id": 1}}, ("1",)),
        ({TOOL: {"deployment_id": "d" * 256}}, ()),
        ({TOOL: {"deployment_id": "Einsatz-Ä"}}, ()),
        ({TOOL: None}, ()),
        ({TOOL: []}, ()),
        ({"scope": ["openid"], "redirect_uris": None}, ()),
        ({"scope": 5, "redirect_uris": []}, ()),
    ],
)
def test_an_answer_is_kept_once_its_client_id_can_be_read(
    hub: Registry, answer: dict[str, Any], deployments: tuple[str, ...]
) -> None:
    lms = Platform(hub)
    lms.answers = {"client_id": "c1", **answer}
    page = lms.meet()
    assert page.status_code == 200, page.text
    (one,) = hub.platforms
    assert one.deployments == deployments
    assert ("names its deployments in launches alone" in page.text) is (not deployments)


@pytest.mark.parametrize("number", [10000000000001, 10000000000001.0])
def test_a_client_id_that_is_a_number_becomes_its_decimals(hub: Registry, number: float) -> None:
    lms = Platform(hub)
    lms.answers = {"client_id": number}
    assert lms.meet().status_code == 200
    assert hub.platforms[0].platform.client_id == "10000000000001"


def test_one_redirect_address_may_stand_without_its_list(hub: Registry) -> None:
    lms = Platform(hub)
    here = f"{hub.settings.public_url}/hub/lti13/oauth_callback"
    lms.answers = {"client_id": "c1", "redirect_uris": here}
    assert lms.meet().status_code == 200
    lms.answers = {"client_id": "c2", "redirect_uris": "https://evil.example/"}
    assert "another redirect address" in lms.meet().text


def test_granted_scopes_are_read_from_a_list_too(hub: Registry) -> None:
    lms = Platform(hub)
    lms.says = {"scopes_supported": [SCORE]}
    lms.answers = {"client_id": "c1", "scope": [SCORE]}
    page = lms.meet()
    assert "sending scores" not in page.text
    assert "the roster" in page.text
    assert hub.platforms[0].platform.scopes == SCORE


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (201, {"client_id": None}),
        (201, {"client_id": "c1", "redirect_uris": ["https://evil.example/"]}),
        (500, {}),
    ],
)
def test_what_an_lms_made_in_vain_is_to_be_deleted_there(
    hub: Registry, status: int, answer: dict[str, Any]
) -> None:
    lms, link = Platform(hub), hub.link()
    lms.status, lms.answers = status, answer
    page = lms.meet(link)
    assert "In the LMS, delete the tool if it is listed there by now" in page.text
    assert "pasting the same link, which is still good" in page.text
    lms.status, lms.answers = 201, {"client_id": "c1"}
    assert lms.meet(link).status_code == 200


def test_an_issuer_that_is_no_address_is_told_before_the_lms_makes_anything(hub: Registry) -> None:
    lms = Platform(hub)
    lms.says = {"issuer": f"{hub.lms_url}/#moodle"}
    page = lms.meet()
    assert "must be an https address" in page.text
    assert lms.told == []


@given(publishes=JSON, meeting=st.tuples(SAYS | OPTIONAL, JSON | ANSWERS), whole=st.booleans())
@settings(max_examples=60)
def test_json_of_any_shape_ends_in_a_sentence(
    place: Registry, publishes: Any, meeting: tuple[dict[str, Any], Any], whole: bool
) -> None:
    """A page for the LMS's administrator, and a link that works once, or is still good."""
    hub = forgetful(place)
    lms = Platform(hub)
    lms.says, lms.answers = meeting
    lms.publishes = publishes if whole else None
    page = lms.meet()
    assert page.status_code in {200, 403, 422}, page.text
    done = page.status_code == 200
    assert (len(hub.platforms), len(links.waiting(hub.store, hub))) == ((1, 0) if done else (0, 1))


@given(says=OPTIONAL, answers=ANSWERS)
@settings(max_examples=60)
def test_nothing_beside_who_and_where_keeps_an_lms_out(
    place: Registry, says: dict[str, Any], answers: dict[str, Any]
) -> None:
    hub = forgetful(place)
    lms = Platform(hub)
    lms.says = says
    lms.answers = {**answers, "client_id": "c1", "redirect_uris": None}
    assert lms.meet().status_code == 200
    assert hub.platforms[0].platform.client_id == "c1"
