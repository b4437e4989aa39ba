"""Which LMSs a Hub trusts, for which school, and since when."""

from functools import partial
from typing import Any

import pytest

from coursehub.errors import Conflict, Invalid, Missing, Refused
from coursehub.launch.actions import deployments, launches, platforms
from coursehub.launch.actions.platforms import Listed, NewPlatform
from coursehub.model.institution import (
    Deployment,
    Institution,
    Person,
    Platform,
    PlatformState,
    SeenDeployment,
)
from tests.house.school import MOODLE, School, at_once

SHARED = "https://canvas.instructure.com"


def new(institution: str = "North College", *deployed: str, **changes: Any) -> NewPlatform:
    """What an administrator writes down of a shared Canvas."""
    fields: dict[str, Any] = {
        "issuer": SHARED,
        "client_id": "10000000000001",
        "auth_login_url": "https://sso.canvaslms.com/auth",
        "token_url": "https://sso.canvaslms.com/token",
        "key_set_url": "https://sso.canvaslms.com/jwks",
        **changes,
    }
    return NewPlatform(institution=institution, deployment_ids=deployed, **fields)


def listed(school: School, issuer: str = SHARED, *, institution: str = "North College") -> Listed:
    return next(
        one
        for one in platforms.listing(school.store)
        if (one.platform.issuer, one.institution) == (issuer, institution)
    )


def see(school: School, deployment_id: str, issuer: str = SHARED) -> None:
    deployments.see(
        school.store,
        school,
        issuer=issuer,
        client_id="10000000000001",
        deployment_id=deployment_id,
    )


def test_two_schools_behind_one_issuer_are_told_apart_by_their_deployments(school: School) -> None:
    platforms.register(school.store, new("North College", "n1"))
    platforms.register(school.store, new("South College", "s1"))
    shared = {"issuer": SHARED, "client_id": "10000000000001"}
    school.come("u1", deployment_id="n1", **shared)
    school.come("u1", deployment_id="s1", **shared)
    north, south = (
        listed(school, institution=name).platform.institution_id
        for name in ("North College", "South College")
    )
    assert [row.institution_id for row in school.rows(Person)] == [north, south]
    told = [one for one in launches.registrations(school.store) if one.issuer == SHARED]
    assert [one.deployment_ids for one in told] == [("n1",), ("s1",)]


def test_two_moodles_give_two_people_of_the_same_number(school: School) -> None:
    school.trust("https://moodle.south.example", institution="South College")
    assert school.come("7") != school.come("7", issuer="https://moodle.south.example")
    assert len(school.rows(Person)) == 2


def test_a_deployment_belongs_to_one_school_alone(school: School) -> None:
    platforms.register(school.store, new("North College", "n1"))
    with pytest.raises(Conflict, match="'n1' of this LMS is registered for another institution"):
        platforms.register(school.store, new("South College", "s1", "n1"))
    assert "South College" not in {row.name for row in school.rows(Institution)}
    assert len(school.rows(Deployment)) == 2


def test_of_two_schools_that_take_one_deployment_at_once_one_gets_it(school: School) -> None:
    calls = [
        partial(platforms.register, school.store, new(name, "d1"))
        for name in ("North College", "South College", "East College")
    ]
    found = at_once(*calls)
    assert sum(each is True for each in found) == 1
    assert sum(isinstance(each, Conflict) for each in found) == 2
    assert [row.deployment_id for row in school.rows(Deployment)] == ["1", "d1"]


def test_two_schools_cannot_disagree_about_where_an_lms_is(school: School) -> None:
    platforms.register(school.store, new("North College", "n1"))
    with pytest.raises(Conflict) as told:
        platforms.register(
            school.store, new("South College", "s1", key_set_url="https://evil.example/jwks")
        )
    assert told.value.code == "addresses-differ"
    assert "North" not in told.value.message


def test_registering_again_changes_what_is_new_and_says_so(school: School) -> None:
    assert platforms.register(school.store, new("North College", "n1"))
    assert not platforms.register(school.store, new("North College", "n1"))
    assert platforms.register(school.store, new("North College", "n2"))
    assert platforms.register(school.store, new("North College", token_url="https://new.example/t"))
    assert listed(school).deployments == ("n1", "n2")
    assert listed(school).platform.token_url == "https://new.example/t"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": ""},
        {"client_id": "x" * 256},
        {"client_id": "a\nb"},
        {"issuer": "http://lms.example"},
        {"token_url": "https://user:pw@lms.example/"},
        {"key_set_url": "https://lms.example/#x"},
        {"auth_login_url": "javascript:alert(1)"},
    ],
)
def test_a_registration_that_cannot_be_right_is_refused(
    school: School, changes: dict[str, str]
) -> None:
    with pytest.raises(Invalid):
        platforms.register(school.store, new("North College", "1", **changes))
    assert len(school.rows(Platform)) == 1


def test_launches_of_an_lms_that_is_switched_off_are_refused_until_it_is_on(
    school: School,
) -> None:
    moodle = listed(school, MOODLE).id
    school.come("u1")
    assert platforms.switch(school.store, moodle, PlatformState.OFF)
    assert not platforms.switch(school.store, moodle, PlatformState.OFF)
    assert launches.registrations(school.store) == []
    with pytest.raises(Refused) as told:
        school.come("u1")
    assert told.value.code == "not-registered"
    platforms.switch(school.store, moodle, PlatformState.ACTIVE)
    assert school.come("u1") == "u1"


def test_an_lms_with_people_is_switched_off_and_never_removed(school: School) -> None:
    moodle = listed(school, MOODLE).id
    school.come("u1")
    with pytest.raises(Conflict, match="Switch it off instead"):
        platforms.remove(school.store, moodle)
    assert school.come("u1") == "u1"


def test_an_lms_that_nobody_came_from_is_removed_with_all_that_is_its_own(school: School) -> None:
    platforms.register(school.store, new("North College", "n1"))
    see(school, "n2")
    shared = listed(school).id
    assert platforms.remove(school.store, shared)
    assert not platforms.remove(school.store, shared)
    assert [row.issuer for row in school.rows(Platform)] == [MOODLE]
    assert len(school.rows(Deployment)) == 1
    assert school.rows(SeenDeployment) == []


def test_an_lms_that_waits_takes_no_launches_until_it_is_approved(school: School) -> None:
    platforms.register(school.store, new("North College", "n1", state=PlatformState.PENDING))
    assert [one.issuer for one in launches.registrations(school.store)] == [MOODLE]
    first = platforms.listing(school.store)[0]
    assert first.platform.state is PlatformState.PENDING
    assert platforms.approve(school.store, first.id)
    assert not platforms.approve(school.store, first.id)
    with pytest.raises(Conflict, match="approved already"):
        platforms.refuse(school.store, first.id)
    assert len(launches.registrations(school.store)) == 2


def test_a_deployment_that_signed_a_launch_waits_for_an_administrator(school: School) -> None:
    platforms.register(school.store, new("North College"))
    see(school, "n1")
    see(school, "n1")
    assert listed(school).seen == ("n1",)
    assert deployments.add(school.store, listed(school).id, "n1")
    assert not deployments.add(school.store, listed(school).id, "n1")
    assert (listed(school).deployments, listed(school).seen) == (("n1",), ())
    see(school, "n1")
    assert listed(school).seen == ()


def test_a_deployment_of_a_shared_lms_waits_at_each_school_until_one_takes_it(
    school: School,
) -> None:
    platforms.register(school.store, new("North College", "n1"))
    platforms.register(school.store, new("South College", "s1"))
    see(school, "x1")
    south = listed(school, institution="South College")
    assert south.seen == listed(school).seen == ("x1",)
    deployments.add(school.store, south.id, "x1")
    assert listed(school).seen == ()
    with pytest.raises(Conflict):
        deployments.add(school.store, listed(school).id, "x1")


def test_a_platform_cannot_fill_the_list_of_waiting_deployments(school: School) -> None:
    platforms.register(school.store, new("North College"))
    for number in range(deployments.MOST_SEEN + 5):
        see(school, f"d{number}")
    kept = listed(school).seen
    assert len(kept) == deployments.MOST_SEEN
    assert "d24" in kept
    assert "d0" not in kept


def test_nobody_else_can_make_a_deployment_wait(school: School) -> None:
    see(school, "n1", issuer="https://evil.example")
    assert school.rows(SeenDeployment) == []


def test_a_deployment_that_is_taken_back_takes_no_launches(school: School) -> None:
    moodle = listed(school, MOODLE).id
    assert deployments.remove(school.store, moodle, "1")
    assert not deployments.remove(school.store, moodle, "1")
    with pytest.raises(Refused):
        school.come("u1")


def test_a_platform_that_is_not_there_is_said_not_to_be(school: School) -> None:
    for call in (
        partial(platforms.approve, school.store, 99),
        partial(deployments.add, school.store, 99, "1"),
        partial(platforms.show, school.store, 99),
    ):
        with pytest.raises(Missing, match="no LMS of that number"):
            call()


def test_the_list_says_who_came_and_when(school: School) -> None:
    assert listed(school, MOODLE).last_launch is None
    school.come("u1")
    one = listed(school, MOODLE)
    assert (one.people, one.last_launch) == (1, school.time)
