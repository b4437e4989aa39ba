"""Templates of Hub user names, and the accounts that a trusted address leads to."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from coursehub.launch import rules
from coursehub.settings import Settings
from coursehub.vocabulary import usernames
from coursehub.vocabulary.launch import Launch
from coursehub.vocabulary.usernames import parse
from tests.launch.test_rules import TEXT, launch

TRUSTED = frozenset({"school.example"})
ANN = {"email": "Ann.Lee@school.example", "name": "Ann Lee", "subject": "77"}


def name(template: str, **claims: object) -> str:
    return next(usernames.hub_names(launch(**{**ANN, **claims}), parse(template)))


def account(template: str, **claims: object) -> str | None:
    return rules.trusted_name(launch(**{**ANN, **claims}), parse(template), TRUSTED)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{email_local} | {sub}", "ann-lee"),
        ("{email}", "ann-lee-school-example"),
        ("{name}", "ann-lee"),
        ("{sub}", "77"),
        ("moodle-{sub}", "moodle-77"),
        ("{custom.badge}", "b7"),
        ("{login_id}|{sub}", "alee"),
        ("{given_name}-{family_name} | {nickname} | {sub}", "lee"),
        ("{preferred_username}", "77"),
        ("{{{sub}}}", "77"),
    ],
)
def test_a_name_is_made_by_the_first_alternative_that_can_be_filled(
    template: str, expected: str
) -> None:
    claims = {"given_name": "Ann", "nickname": "Lee"}
    assert name(template, custom={"badge": "B7", "login_id": "alee"}, claims=claims) == expected


def test_what_an_lms_could_not_fill_in_is_nobodys_name() -> None:
    unknown = {"login_id": "$Canvas.user.loginId", "badge": "$Person.sourcedId"}
    assert name("{login_id} | {custom.badge} | {email_local}", custom=unknown) == "ann-lee"


@pytest.mark.parametrize(
    "said",
    [
        {"custom": {"canvas_user_login_id": "alee"}},
        {"claims": {"login_id": "alee"}},
        {"custom": {"login_id": "$User.username", "canvas_user_login_id": "alee"}},
    ],
)
def test_a_login_name_is_found_wherever_the_lms_says_it(said: dict[str, dict[str, str]]) -> None:
    assert name("{login_id} | {sub}", **said) == "alee"


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        (
            "{username} | {sub}",
            r"asks for \{username\}, which is not known. Known are \{login_id\}",
        ),
        ("{custom.}", "is not known"),
        ("{sub", "stray brace"),
        ("{sub} | ", "holds no field"),
        ("student", "everyone would be called so"),
        ("{}", "nothing but names between braces"),
        ("{sub!r}", "nothing but names between braces"),
        ("{sub:>9999999999}", "nothing but names between braces"),
        ("{sub.__class__}", "is not known"),
    ],
)
def test_a_template_that_cannot_be_understood_is_refused_at_start(
    template: str, sentence: str
) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Settings(username_template=template)


@given(first=TEXT, second=TEXT)
def test_two_people_never_get_names_that_differ_by_case_alone(first: str, second: str) -> None:
    given_names: list[str] = []
    for subject in (first, second, first.swapcase()):
        names = islice(usernames.hub_names(launch(subject=subject), parse("{sub}")), 10)
        given_names.append(next(each for each in names if each not in given_names))
    assert len({each.lower() for each in given_names}) == 3


@pytest.mark.parametrize(
    ("template", "claims", "expected"),
    [
        ("{email_local} | {sub}", {}, "ann.lee"),
        ("{email}", {}, "ann.lee@school.example"),
        ("{sub} | {login_id} | {email_local}", {"custom": {"login_id": "alee"}}, "ann.lee"),
        ("{login_id}", {"custom": {"login_id": "ann.lee@school.example"}}, ANN["email"].lower()),
        ("{login_id}", {"custom": {"login_id": "root@school.example"}}, None),
        ("{login_id} | {sub}", {"custom": {"login_id": "alee"}}, None),
        ("{email_local}", {"email": "ann@elsewhere.example"}, None),
        ("{email_local}", {"email": "ann@sub.school.example"}, None),
        ("{email_local}", {"email": "root@evil.example@school.example"}, None),
        ("{email_local}", {"email": "grader-data8@school.example"}, None),
        ("{email_local}", {"email": "ann lee@school.example"}, None),
        ("{email_local}", {"email": "../hub@school.example"}, None),
        ("{email_local}", {"email": "@school.example"}, None),
        ("{email_local}", {"email": "\N{KELVIN SIGN}ate@school.example"}, None),
        ("{email_local}", {"email": ""}, None),
        ("{email_local}", {"claims": {"email_verified": "false"}}, None),
    ],
)
def test_only_an_address_of_a_trusted_domain_leads_to_an_account(
    template: str, claims: dict[str, object], expected: str | None
) -> None:
    assert account(template, **claims) == expected


@given(email=st.emails() | TEXT, login=TEXT)
def test_no_address_elsewhere_leads_anywhere(email: str, login: str) -> None:
    someone: Launch = launch(email=email, custom={"login_id": login})
    template = parse("{login_id} | {email} | {email_local}")
    assert rules.trusted_name(someone, template, TRUSTED) is None


@pytest.mark.parametrize(
    ("uid", "human"), [(None, True), (0, False), (999, False), (1000, True), (65534, False)]
)
def test_accounts_of_the_machine_itself_are_no_persons(uid: int | None, *, human: bool) -> None:
    assert rules.may_be_a_persons(uid) is human
