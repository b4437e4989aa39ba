"""From claims to a launch: what is taken over, and that nothing crashes it."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursehub.vocabulary.launch import Launch, Message
from coursehub_auth.claims import AGS, NRPS, launch_of
from coursehub_auth.errors import LaunchRefused
from coursehub_auth.messages import SETTINGS
from coursehub_auth.verify import CLAIM, check
from tests.auth.actors import CLIENT_ID, LEARNER
from tests.auth.test_verify import EXPECTED, NOW, TARGET, good


def test_a_launch_says_who_where_and_what_for() -> None:
    launch = launch_of(good(sub="Ada-7"), client_id=CLIENT_ID, target=TARGET)
    assert (launch.subject, launch.name, launch.email) == (
        "Ada-7",
        "Ada Lovelace",
        "ada@college.example",
    )
    assert launch.roles == (LEARNER,)
    assert (launch.expires_at, launch.target) == (NOW + 60, TARGET)
    assert launch.context is not None
    assert (launch.context.id, launch.context.label) == ("course-1", "DS101")
    assert launch.context.nrps_url.endswith("/nrps/1")
    assert launch.context.ags_lineitems_url.endswith("/ags/1?type_id=1")
    assert launch.link is not None
    assert (launch.link.id, launch.link.lineitem_url[-9:]) == ("link-1", "type_id=1")
    assert launch.custom == {"module": "01-tables"}


def test_a_platform_that_tells_little_is_enough() -> None:
    bare = good(name=None, email=None, context=None, custom=None, roles=None)
    launch = launch_of(bare, client_id=CLIENT_ID, target=TARGET)
    assert (launch.context, launch.custom, launch.roles, launch.name) == (None, {}, (), "")


def test_numbers_in_custom_fields_are_written_out() -> None:
    launch = launch_of(
        good(custom={"id": 7, "none": None, "list": [1]}), client_id=CLIENT_ID, target=TARGET
    )
    assert launch.custom == {"id": "7"}


def test_a_name_in_two_parts_is_put_together() -> None:
    claims = {**good(name=None), "given_name": "Ada", "family_name": "Lovelace"}
    assert launch_of(claims, client_id=CLIENT_ID, target=TARGET).name == "Ada Lovelace"


def test_what_a_name_may_be_made_from_is_taken_over() -> None:
    stated = good(
        given_name="Ada",
        middle_name="",
        preferred_username="ada.l",
        lis={"person_sourcedid": "sis:42"},
        custom={"login_id": "al7"},
    )
    launch = launch_of(stated, client_id=CLIENT_ID, target=TARGET)
    assert launch.claims == {
        "given_name": "Ada",
        "preferred_username": "ada.l",
        "person_sourcedid": "sis:42",
    }
    assert launch.custom["login_id"] == "al7"


@pytest.mark.parametrize("empty", [[], None])
@pytest.mark.parametrize("message", Message)
def test_an_optional_claim_that_php_leaves_empty_counts_as_absent(
    message: Message, empty: object
) -> None:
    """PHP writes a map without members as a list without items."""
    optional = (*(f"{CLAIM}{name}" for name in ("context", "custom", "ext", "lis")), NRPS, AGS)
    needed = {SETTINGS: {"deep_link_return_url": "https://lms.example/r", "accept_types": []}}
    if message is Message.SUBMISSION_REVIEW:  # which must name a column and a student
        optional = tuple(name for name in optional if name != AGS)
        needed = {f"{CLAIM}for_user": {"user_id": "Bob-2"}}
    else:
        optional = (*optional, f"{CLAIM}for_user")
    stated = {**good(message_type=str(message)), **needed}
    launch = launch_of(
        {**stated, **dict.fromkeys(optional, empty)}, client_id=CLIENT_ID, target=TARGET
    )
    bare = {name: value for name, value in stated.items() if name not in optional}
    assert launch == launch_of(bare, client_id=CLIENT_ID, target=TARGET)
    assert (launch.context, launch.custom) == (None, {})


def test_grading_and_roster_that_are_left_empty_keep_the_course() -> None:
    launch = launch_of({**good(), NRPS: [], AGS: []}, client_id=CLIENT_ID, target=TARGET)
    assert launch.context is not None
    assert (launch.context.id, launch.context.nrps_url, launch.context.ags_scopes) == (
        "course-1",
        "",
        (),
    )


def test_ids_that_are_numbers_are_written_out() -> None:
    stated = good(context={"id": 42, "label": "DS101"}, resource_link={"id": 0})
    launch = launch_of(stated, client_id=CLIENT_ID, target=TARGET)
    assert launch.context is not None
    assert launch.link is not None
    assert (launch.context.id, launch.link.id) == ("42", "0")


def test_scopes_in_one_text_are_as_good_as_a_list_of_them() -> None:
    several = {**good()[AGS], "scope": "https://x.example/score  https://x.example/result"}
    launch = launch_of({**good(), AGS: several}, client_id=CLIENT_ID, target=TARGET)
    assert launch.context is not None
    assert launch.context.ags_scopes == ("https://x.example/score", "https://x.example/result")


@pytest.mark.parametrize("name", ["lis", "ext"])
@pytest.mark.parametrize("value", ["sis:42", 7, ["sis:42"], {"person_sourcedid": 42}, True])
def test_what_only_helps_naming_keeps_nobody_out(name: str, value: object) -> None:
    launch = launch_of(good(**{name: value}), client_id=CLIENT_ID, target=TARGET)
    assert (launch.subject, launch.claims) == ("Ada-7", {})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"resource_link": None}, "link-missing"),
        ({"resource_link": {}}, "link-missing"),
        ({"resource_link": []}, "link-missing"),
        ({"resource_link": "link-1"}, "claim-malformed"),
        ({"context": {"label": "no id"}}, "claim-malformed"),
        ({"context": {"id": True}}, "claim-malformed"),
        ({"context": {"id": 1.5}}, "claim-malformed"),
        ({"context": {"id": 10**30}}, "claim-malformed"),
        ({"resource_link": {"id": False}}, "claim-malformed"),
        ({"roles": "Learner"}, "claim-malformed"),
        ({"roles": [1]}, "claim-malformed"),
        ({"sub": "x" * 256}, "claim-malformed"),
        ({"sub": "a\x00b"}, "claim-malformed"),
        ({"name": "\ud800"}, "claim-malformed"),
        ({"nickname": "a\x00b"}, "claim-malformed"),
        ({"lis": {"person_sourcedid": "a\x00b"}}, "claim-malformed"),
        ({"custom": "module=01-tables"}, "claim-malformed"),
        ({"context": ["course-1"]}, "claim-malformed"),
    ],
)
def test_claims_of_the_wrong_form_are_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(LaunchRefused) as caught:
        launch_of(good(**changes), client_id=CLIENT_ID, target=TARGET)
    assert caught.value.code == code


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(
    [*good(), "azp", "nbf", "given_name", AGS, NRPS, SETTINGS, f"{CLAIM}lis", f"{CLAIM}for_user"]
)


@settings(deadline=None, max_examples=300)  # other tests may have the machine busy
@given(st.sampled_from(Message), st.dictionaries(names, anything, max_size=6), st.booleans())
def test_any_claims_give_a_launch_or_a_refusal(
    message: Message, changes: dict[str, Any], checked: bool
) -> None:
    """And what gives a launch can be sent on as JSON in UTF-8."""
    claims = {**good(message_type=str(message)), **changes}
    try:
        if checked:
            check(claims, EXPECTED)
        launch = launch_of(claims, client_id=CLIENT_ID, target=TARGET)
    except LaunchRefused:
        return
    assert isinstance(launch, Launch)
    assert json.dumps(asdict(launch), ensure_ascii=False, allow_nan=False).encode()
