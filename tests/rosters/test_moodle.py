"""Moodle's participants, and the errors that it sends with status 200."""

from dataclasses import replace

import pytest

from coursehub.adapters.rosters import AnyRosters, SourceSecrets
from coursehub.errors import CoursehubError, Missing, Refused, Unreachable
from coursehub.ports import Member
from coursehub.vocabulary.people import Role, role_of
from tests.rosters import far_side
from tests.rosters.conftest import sealed
from tests.rosters.vendors import Moodle

pytestmark = pytest.mark.anyio


async def people(rosters: AnyRosters, secrets: SourceSecrets, moodle: Moodle) -> dict[str, Member]:
    return {one.subject: one async for one in rosters.members(sealed(secrets, moodle))}


async def test_moodle_lists_people_under_the_id_that_launches_bring(
    rosters: AnyRosters, secrets: SourceSecrets, moodle: Moodle
) -> None:
    listed = await people(rosters, secrets, moodle)
    assert listed["30"] == Member(
        subject="30",
        roles=("Learner",),
        name="Ana Ruiz",
        email="aruiz@school.example",
        sections=("Lab A", "Project 3"),
        login="aruiz",
        sis_id="S200",
    )


async def test_the_roles_of_moodle_are_known_by_their_short_names(
    rosters: AnyRosters, secrets: SourceSecrets, moodle: Moodle
) -> None:
    listed = await people(rosters, secrets, moodle)
    assert {key: role_of(one.roles) for key, one in listed.items() if key != "40"} == {
        "21": Role.INSTRUCTOR,
        "22": Role.TA,
        "23": Role.INSTRUCTOR,
        "24": None,
        "25": None,
        "30": Role.STUDENT,
        "31": Role.STUDENT,
        "32": Role.TA,
        "33": None,
    }


@pytest.mark.parametrize("old", [False, True])
async def test_who_is_suspended_in_moodle_is_inactive(
    rosters: AnyRosters, secrets: SourceSecrets, moodle: Moodle, old: bool
) -> None:
    moodle.old = old
    listed = await people(rosters, secrets, moodle)
    assert {key for key, one in listed.items() if one.status == "Inactive"} == {"40"}


async def test_people_whom_the_token_may_not_see_do_not_end_the_list(
    rosters: AnyRosters, secrets: SourceSecrets, moodle: Moodle
) -> None:
    moodle.crowd, moodle.page_size = 12, 7
    # Moodle counts hidden people, too: pages of 200 give seven each here.
    assert set(await people(rosters, secrets, moodle)) == moodle.subjects


async def test_the_token_of_moodle_travels_in_the_body_alone(
    rosters: AnyRosters, secrets: SourceSecrets, moodle: Moodle
) -> None:
    await people(rosters, secrets, moodle)
    for asked in moodle.asked:
        assert (asked.method, asked.url) == ("POST", f"{moodle.url}/webservice/rest/server.php")
        assert asked.form["wstoken"] == far_side.TOKEN
        assert asked.form["moodlewsrestformat"] == "json"


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        ("nopermissions", (Refused, "moodle/course:enrolreview")),
        ("accessexception", (Refused, "add core_enrol_get_enrolled_users")),
        ("invalidcourseid", (Missing, "no course of that id")),
    ],
)
async def test_an_error_of_moodle_with_status_200_is_an_error(
    rosters: AnyRosters,
    secrets: SourceSecrets,
    moodle: Moodle,
    failure: str,
    told: tuple[type[CoursehubError], str],
) -> None:
    moodle.failure = failure
    with pytest.raises(told[0], match=told[1]):
        await people(rosters, secrets, moodle)


async def test_what_moodle_says_beside_an_error_is_not_repeated(
    rosters: AnyRosters,
    secrets: SourceSecrets,
    moodle: Moodle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = {"exception": "x", "errorcode": "dml_write", "message": "Ana Ruiz, a-good-token"}
    monkeypatch.setattr("tests.rosters.vendors.shape", lambda _: said)
    moodle.failure = "dml_write"
    with pytest.raises(Unreachable) as error:
        await people(rosters, secrets, moodle)
    assert error.value.message == "Moodle could not give the list (its error: dml_write)."


async def test_a_secret_does_not_follow_an_address_that_was_changed(
    rosters: AnyRosters, secrets: SourceSecrets, moodle: Moodle
) -> None:
    moved = replace(sealed(secrets, moodle), url="https://elsewhere.example")
    with pytest.raises(CoursehubError, match="give the token or secret of the source anew"):
        [one async for one in rosters.members(moved)]
