"""Launches of LTI 1.1: the same as any other, once they are proven."""

import time
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursehub.errors import Conflict, CoursehubError, Invalid, Refused
from coursehub.launch.actions import launches, platforms
from coursehub.launch.actions.signed_forms import launch_of
from coursehub.model.course import Course, CourseContext, Enrolment, LaunchRecord
from coursehub.model.institution import Institution, Person, Platform, PlatformState
from coursehub.store import Store
from coursehub.vocabulary.launch import SignedForm, Welcome
from coursehub.vocabulary.people import Role
from tests.house.school import MOODLE, School, at_once
from tests.launch.lti11 import OldLms, fields_of, moodle, signed

__all__ = ["moodle"]


def refusal(moodle: OldLms, **attempt: object) -> str:
    """The code of the refusal that such a launch meets; it leaves nothing behind."""
    with pytest.raises(CoursehubError) as refused:
        moodle.send(moodle.form(**attempt))  # type: ignore[arg-type]  # what form() takes
    assert not moodle.school.rows(LaunchRecord)
    assert not moodle.school.rows(Person)
    return refused.value.code


def test_a_launch_makes_course_person_and_enrolment(moodle: OldLms) -> None:
    welcome = moodle.come()
    (person,) = moodle.school.rows(Person)
    (course,) = moodle.school.rows(Course)
    (enrolment,) = moodle.school.rows(Enrolment)
    assert (person.subject, person.name) == ("7", "Zoë Lee & Sons")
    assert person.email == "p7@lakeside.example"
    assert (course.key, course.title) == ("ds-101", "Data Science")
    assert enrolment.role is Role.STUDENT
    assert welcome.landing == "/services/coursehub/courses/ds-101"
    assert "coursehub-ds-101-student" in welcome.groups.join
    assert moodle.come().hub_name == welcome.hub_name


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        ("Instructor", Role.INSTRUCTOR),
        ("Learner, urn:lti:role:ims/lis/TeachingAssistant", Role.TA),
        ("urn:lti:role:ims/lis/Instructor/TeachingAssistant,Instructor", Role.TA),
        ("urn:lti:sysrole:ims/lis/Administrator", Role.OBSERVER),
    ],
)
def test_short_roles_and_urns_are_understood(moodle: OldLms, roles: str, role: Role) -> None:
    moodle.come(roles=roles)
    (enrolment,) = moodle.school.rows(Enrolment)
    assert enrolment.role is role


def test_the_links_own_parameters_lead_to_its_place(moodle: OldLms) -> None:
    assignment = moodle.come(custom_assignment="ps1").landing
    assert assignment == "/services/coursehub/courses/ds-101/assignments/ps1"
    module = moodle.come(custom_module="tables").landing
    assert module == "/hub/user-redirect/coursehub/open?course=ds-101&module=tables"


def test_a_place_on_the_hub_is_opened_as_ltiauthenticator_did(moodle: OldLms) -> None:
    pulled = "/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgit.example%2Fx"
    assert moodle.come(custom_next=pulled).landing == pulled
    assert moodle.come(next=pulled).landing == pulled
    assert moodle.come(next="/hub/home", custom_next=pulled).landing == pulled
    for elsewhere in ("//evil.example/x", "https://evil.example", "/hub/../../x"):
        landing = moodle.come(custom_next=elsewhere).landing
        assert landing.startswith("/")
        assert not landing.startswith("//")
        assert ".." not in landing


def test_the_same_number_at_another_lms_is_another_person(moodle: OldLms) -> None:
    moodle.school.come("7")
    other = OldLms(moodle.school, institution="Hill School")
    moodle.come("7")
    other.come("7")
    people = moodle.school.rows(Person)
    assert {person.issuer for person in people} == {
        MOODLE, f"lti11:{moodle.made.key}", f"lti11:{other.made.key}",
    }  # fmt: skip
    assert len({person.institution_id for person in people}) == 3
    assert len({person.hub_name for person in people}) == 3


def test_a_wrong_signature_is_refused(moodle: OldLms) -> None:
    assert refusal(moodle, secret="another-secret-entirely") == "signature-wrong"
    form = moodle.form()
    for name, value in {"user_id": "8", "roles": "Instructor", "custom_x": "y"}.items():
        forged = type(form)(url=form.url, fields={**form.fields, name: value})
        with pytest.raises(Refused) as refused:
            moodle.send(forged)
        assert refused.value.code == "signature-wrong"
    assert not moodle.school.rows(Person)
    moodle.send(form)  # the forgeries did not use it up


def test_another_key_is_refused(moodle: OldLms) -> None:
    assert refusal(moodle, key="somebody-elses") == "not-registered"
    other = OldLms(moodle.school, institution="Hill School")
    assert refusal(moodle, key=other.made.key) == "signature-wrong"


def test_https_and_http_are_two_addresses(moodle: OldLms) -> None:
    form = moodle.form(url="http://hub.example/hub/lti/launch")
    seen = type(form)(url="https://hub.example/hub/lti/launch", fields=form.fields)
    with pytest.raises(Refused) as refused:
        moodle.send(seen)
    assert refused.value.code == "signature-wrong"
    assert "https://hub.example/hub/lti/launch to the letter" in refused.value.message


@pytest.mark.parametrize("seconds", [-45, 45])
def test_a_launch_of_another_time_is_refused(moodle: OldLms, seconds: int) -> None:
    at = time.time() + seconds
    assert refusal(moodle, at=at) == "launch-expired"


def test_a_launch_counts_once_even_after_a_restart(moodle: OldLms) -> None:
    form = moodle.form()
    moodle.send(form)
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            moodle.send(form)
        assert refused.value.code == "launch-replayed"
        moodle.school.store.close()
        moodle.school.store = Store(moodle.school.store.url)
    assert len(moodle.school.rows(LaunchRecord)) == 1


def test_of_one_launch_sent_four_times_at_one_instant_one_counts(moodle: OldLms) -> None:
    moodle.come()
    form = moodle.form()
    found = at_once(*[partial(moodle.send, form)] * 4)
    assert sum(isinstance(each, Welcome) for each in found) == 1
    assert sum(isinstance(each, Refused) for each in found) == 3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"user_id": None}, "user-missing"),
        ({"user_id": ""}, "user-missing"),
        ({"user_id": "7" * 256}, "launch-malformed"),
        ({"resource_link_id": None}, "launch-malformed"),
        ({"context_title": "a\x00b"}, "launch-malformed"),
        ({"lti_message_type": "ContentItemSelectionRequest"}, "not-lti11"),
        ({"lti_version": "LTI-2p0"}, "not-lti11"),
    ],
)
def test_a_launch_that_says_too_little_or_nonsense_is_refused(
    moodle: OldLms, changes: dict[str, str | None], code: str
) -> None:
    assert refusal(moodle, fields=fields_of("7", **changes)) == code


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("oauth_timestamp", "soon"),
        ("oauth_timestamp", ""),
        ("oauth_nonce", ""),
        ("oauth_nonce", "n" * 256),
        ("oauth_consumer_key", ""),
        ("oauth_signature_method", "PLAINTEXT"),
        ("oauth_signature", ""),
        ("oauth_version", ""),
    ],
)
def test_a_signature_that_is_not_whole_is_refused(moodle: OldLms, name: str, value: str) -> None:
    form = moodle.form()
    with pytest.raises((Invalid, Refused)):
        moodle.send(type(form)(url=form.url, fields={**form.fields, name: value}))
    assert not moodle.school.rows(Person)


@pytest.mark.parametrize("state", [PlatformState.OFF, PlatformState.PENDING])
def test_a_consumer_that_is_not_let_in_is_refused(moodle: OldLms, state: PlatformState) -> None:
    row = next(row for row in moodle.school.rows(Platform) if row.version == "1.1")
    platforms.switch(moodle.school.store, row.id or 0, state)
    assert refusal(moodle) == "not-registered"
    platforms.switch(moodle.school.store, row.id or 0, PlatformState.ACTIVE)
    moodle.come()


def test_the_hub_is_told_of_no_consumer_among_the_lmss_whose_tokens_it_trusts(
    school: School,
) -> None:
    OldLms(school).come()
    assert {each.issuer for each in launches.registrations(school.store)} == {MOODLE}


def test_a_new_secret_ends_the_old_one_and_keeps_the_people(moodle: OldLms) -> None:
    before = moodle.come()
    old = moodle.form()
    moodle.made = moodle.register(key=moodle.made.key)
    assert not moodle.made.is_new
    with pytest.raises(Refused):
        moodle.send(old)
    assert moodle.come().hub_name == before.hub_name
    assert len(moodle.school.rows(CourseContext)) == 1


def test_a_key_belongs_to_one_school(moodle: OldLms) -> None:
    with pytest.raises(Conflict):
        moodle.register(institution="Hill School", key=moodle.made.key)
    assert "Hill School" not in {row.name for row in moodle.school.rows(Institution)}
    moodle.come()


@pytest.mark.parametrize(
    "said", [{"secret": "short"}, {"secret": "with a blank in the middle"}, {"key": "ä"}]
)
def test_a_weak_secret_or_an_odd_key_is_refused(moodle: OldLms, said: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        moodle.register(**said)


NAMES = st.sampled_from([*fields_of(), "oauth_timestamp", "oauth_nonce", "oauth_consumer_key"])


@given(st.dictionaries(NAMES | st.text(max_size=20), st.text(max_size=300)))
def test_whatever_a_form_says_it_is_read_or_refused(said: dict[str, str]) -> None:
    now = datetime.now(UTC)
    whole = signed(fields_of(), key="lakeside", secret="a-shared-secret-of-both")
    form = SignedForm(url="https://hub.example/hub/lti/launch", fields={**whole, **said})
    try:
        launch = launch_of(form, now=now)
    except (Invalid, Refused):
        return
    assert launch.subject == form.fields["user_id"]
    assert launch.issuer == f"lti11:{form.fields['oauth_consumer_key']}"
    assert launch.outcome is None or launch.outcome.service_url.startswith("https://")
