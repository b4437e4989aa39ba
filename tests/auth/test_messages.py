"""What each LTI message must bring, and what becomes of it."""

from typing import Any

import pytest

from coursehub.vocabulary.launch import DeepLinking, Launch, Message
from coursehub_auth.claims import AGS, launch_of
from coursehub_auth.errors import LaunchRefused
from coursehub_auth.messages import SETTINGS
from coursehub_auth.verify import check
from tests.auth.actors import CLIENT_ID, claims_of_a_selection
from tests.auth.test_verify import EXPECTED, ISSUER, NOW, TARGET, good


def launched(claims: dict[str, Any]) -> Launch:
    check(claims, EXPECTED)
    return launch_of(claims, client_id=CLIENT_ID, target=TARGET)


def refusal(claims: dict[str, Any]) -> str:
    with pytest.raises(LaunchRefused) as caught:
        launched(claims)
    return caught.value.code


def selection(**changes: Any) -> dict[str, Any]:
    return claims_of_a_selection(ISSUER, now=NOW, nonce="the nonce", target=TARGET, **changes)


def review(**changes: Any) -> dict[str, Any]:
    asked = {"message_type": "LtiSubmissionReviewRequest", "for_user": {"user_id": "Bob-8"}}
    return good(**{**asked, **changes})


def privacy(**changes: Any) -> dict[str, Any]:
    nothing = {"context": None, "resource_link": None}
    return good(**{"message_type": "DataPrivacyLaunchRequest", **nothing, **changes})


def test_a_request_to_pick_links_says_what_may_be_picked_and_where_it_goes() -> None:
    launch = launched(selection())
    assert launch.message_type is Message.DEEP_LINKING
    assert launch.link is None
    assert launch.deep_linking == DeepLinking(
        return_url=f"{ISSUER}/return?course=1",
        accept_types=("ltiResourceLink", "link"),
        accept_targets=("iframe", "window"),
        accept_multiple=False,
        accept_line_item=True,
        data="csrf~42",
    )


def test_a_request_to_pick_links_may_leave_much_unsaid() -> None:
    unsaid = {"accept_multiple": None, "accept_lineitem": None, "data": None}
    launch = launched(selection(settings=unsaid, target_link_uri=None))
    assert launch.target == TARGET
    assert launch.deep_linking is not None
    assert launch.deep_linking.accept_multiple
    assert launch.deep_linking.data is None


def test_a_yes_or_no_in_words_is_understood() -> None:
    launch = launched(selection(settings={"accept_multiple": "true", "accept_lineitem": "False"}))
    assert launch.deep_linking is not None
    assert launch.deep_linking.accept_multiple
    assert not launch.deep_linking.accept_line_item


@pytest.mark.parametrize(
    "url",
    [
        "https://school.example/return?sesskey=1#end",
        "http://127.0.0.1:8080/return",
        "http://[::1]/return",
        "http://localhost/return",
    ],
)
def test_links_go_back_to_https_or_to_this_machine(url: str) -> None:
    launch = launched(selection(settings={"deep_link_return_url": url}))
    assert launch.deep_linking is not None
    assert launch.deep_linking.return_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://school.example/return",
        "http://127.0.0.1.school.example/return",
        "http://localhost@school.example/return",
        "javascript:alert(1)",
        "//school.example/return",
        "https:\\\\school.example",
        "https://school.example/\nx",
    ],
)
def test_links_go_nowhere_else(url: str) -> None:
    assert refusal(selection(settings={"deep_link_return_url": url})) == "return-unsafe"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"deep_link_return_url": None}, "claim-malformed"),
        ({"deep_link_return_url": 7}, "claim-malformed"),
        ({"accept_types": "ltiResourceLink"}, "claim-malformed"),
        ({"data": 42}, "claim-malformed"),
        ({"data": "a\x00b"}, "claim-malformed"),
    ],
)
def test_settings_of_the_wrong_form_are_refused(settings: dict[str, Any], code: str) -> None:
    assert refusal(selection(settings=settings)) == code


def test_a_request_to_pick_links_without_settings_is_refused() -> None:
    assert refusal({**selection(), SETTINGS: {}}) == "selection-incomplete"


def test_a_review_says_whose_submission_in_which_column() -> None:
    launch = launched(review())
    assert launch.message_type is Message.SUBMISSION_REVIEW
    assert launch.for_user == "Bob-8"
    assert launch.link is not None
    assert launch.link.lineitem_url.endswith("/ags/1/2?type_id=1")


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        (review(for_user=None), "review-incomplete"),
        (review(for_user={"name": "Bob"}), "claim-malformed"),
        (review(for_user={"user_id": 8}), "claim-malformed"),
        (review(resource_link=None), "link-missing"),
        ({**review(), AGS: {"lineitems": f"{ISSUER}/ags/1"}}, "review-incomplete"),
    ],
)
def test_a_review_that_leaves_that_out_is_refused(claims: dict[str, Any], code: str) -> None:
    assert refusal(claims) == code


def test_a_data_privacy_launch_needs_no_course_and_no_link() -> None:
    launch = launched(privacy())
    assert launch.message_type is Message.DATA_PRIVACY
    assert (launch.context, launch.link, launch.for_user) == (None, None, "")
    assert launched(privacy(for_user={"user_id": "Bob-8"})).for_user == "Bob-8"


def test_an_ordinary_launch_is_about_nobody_else() -> None:
    assert launched(good(for_user={"user_id": "Bob-8"})).for_user == ""
