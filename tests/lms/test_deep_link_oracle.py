"""Our answer to a request for links beside the one that pylti1p3next writes for the same links."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.lineitem import LineItem

from coursehub.adapters.keys import ToolKeys
from coursehub.launch.actions.selections import Opened
from coursehub.ports import PlatformAccess
from coursehub_auth.claims import launch_of
from tests.auth.actors import claims_of_a_selection
from tests.lms.oracle import registration
from tests.lms.picked import CLIENT, HUB, answer, opened_by

LMS = "https://lms.example"
_DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
ITEMS = f"{_DL}content_items"
DATA = f"{_DL}data"
OF_THE_MOMENT = {"iat", "exp", "nonce"}
INSTRUCTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"

Asks = Callable[..., Opened]


@pytest.fixture
def asks(tmp_path: Path) -> Asks:
    """An instructor who begins a selection with such settings of the LMS."""

    def begin(**settings: Any) -> Opened:
        claims = claims_of_a_selection(
            LMS, nonce="n", target=HUB, roles=[INSTRUCTOR], settings=settings
        )
        return opened_by(launch_of(claims, client_id=CLIENT, target=HUB), tmp_path)

    return begin


def theirs(opened: Opened, keys: ToolKeys) -> dict[str, Any]:
    """What the oracle answers, told to pick what we picked."""
    access = PlatformAccess(issuer=opened.issuer, client_id=opened.client_id, token_url=LMS)
    settings: Any = {
        "deep_link_return_url": opened.request.return_url,
        "data": opened.request.data,
    }
    column = (
        LineItem()
        .set_label("Problem set 1")
        .set_score_maximum(12.0)
        .set_resource_id("coursehub:ds101:ps1")
        .set_tag("coursehub")
        .set_submission_review(
            ["Submitted", "Completed"], "Open the submission", HUB, {"assignment": "ps1"}
        )
    )
    picked = [
        DeepLinkResource().set_url(HUB).set_title("The whole course"),
        DeepLinkResource().set_url(HUB).set_title("Tables").set_custom_params({"module": "tables"}),
        DeepLinkResource()
        .set_url(HUB)
        .set_title("Problem set 1")
        .set_custom_params({"assignment": "ps1"})
        .set_lineitem(column),
    ]
    link = DeepLink(registration(access, keys), opened.deployment_id, settings)
    return link.get_message_jwt(picked)


def test_both_answer_the_same_platform_about_the_same_request(asks: Asks, keys: ToolKeys) -> None:
    opened = asks(data="csrf~7")
    ours, other = answer(opened), theirs(opened, keys)
    # OpenID Connect core 2: azp is ours alone, and says what iss says.
    assert ours.pop("azp") == ours["iss"]
    assert ours.keys() == other.keys()
    alike = ours.keys() - OF_THE_MOMENT - {ITEMS}
    assert {name: ours[name] for name in alike} == {name: other[name] for name in alike}
    for claims in (ours, other):
        assert 0 < claims["exp"] - claims["iat"] <= 600
        assert len(claims["nonce"]) >= 32


def test_both_offer_the_same_links(asks: Asks, keys: ToolKeys) -> None:
    """Ours say more: a text, where to show it, and until when (LTI Deep Linking 2.0, 3.2)."""
    opened = asks()
    ours, other = answer(opened)[ITEMS], theirs(opened, keys)[ITEMS]
    assert len(ours) == len(other) == 3
    for mine, its in zip(ours, other, strict=True):
        assert {name: mine[name] for name in its} == its
        assert mine.keys() - its.keys() <= {"text", "window", "submission"}


def test_data_that_was_not_sent_does_not_come_back(asks: Asks, keys: ToolKeys) -> None:
    """LTI Deep Linking 2.0, 4.5: it is returned where it was sent; the oracle returns a null."""
    opened = asks(data=None)
    assert DATA not in answer(opened)
    assert theirs(opened, keys)[DATA] is None


@pytest.mark.parametrize("taken", [True, False])
def test_a_column_is_offered_to_a_platform_that_takes_one(asks: Asks, *, taken: bool) -> None:
    (column,) = answer(asks(accept_lineitem=taken))[ITEMS][2:]
    assert ("lineItem" in column) is taken
