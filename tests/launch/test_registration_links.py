"""A registration link on both databases: once, soon, and by one alone."""

from datetime import timedelta
from functools import partial

import pytest

from coursehub.errors import Conflict, CoursehubError, Invalid
from coursehub.launch.actions.registration import links
from coursehub.model.institution import RegistrationLink
from coursehub.store import EVERYONE
from tests.house.school import School, at_once


def make(school: School, *, hours: float = 2, institution: str = "North College") -> str:
    """A new link's token."""
    made = links.make(
        school.store, school, school.settings, institution=institution, by="admin", hours=hours
    )
    return made.url.partition("link=")[2]


def claim(school: School, token: str) -> int:
    return links.claim(school.store, school, token, for_s=60)


def use(school: School, link_id: int) -> None:
    with school.store.writing(EVERYONE) as session:
        row = links.held(session, school, link_id)
        row.used_at = school.now()
        session.add(row)


def refusal(school: School, token: str) -> str:
    with pytest.raises(CoursehubError) as told:
        claim(school, token)
    return told.value.code


def test_only_the_hash_of_a_link_is_kept(school: School) -> None:
    token = make(school)
    (row,) = school.rows(RegistrationLink)
    assert len(token) == 43
    assert token not in str(row)
    assert row.made_by == "admin"


def test_of_many_that_claim_a_link_at_one_instant_one_does(school: School) -> None:
    token = make(school)
    found = at_once(*[partial(claim, school, token)] * 4)
    assert sum(isinstance(each, int) for each in found) == 1
    assert sum(isinstance(each, Conflict) for each in found) == 3


def test_a_stranger_with_no_link_of_ours_waits_for_no_writer_and_is_none(school: School) -> None:
    with school.store.writing(EVERYONE):
        assert refusal(school, "x" * 43) == "link-unknown"


def test_a_registration_that_failed_gives_the_link_back(school: School) -> None:
    token = make(school)
    links.release(school.store, claim(school, token))
    use(school, claim(school, token))
    assert refusal(school, token) == "link-used"


def test_a_process_that_died_does_not_hold_a_link_for_ever(school: School) -> None:
    token = make(school)
    claim(school, token)
    assert refusal(school, token) == "link-in-use"
    school.time += timedelta(seconds=61)
    assert claim(school, token)


def test_a_link_that_is_withdrawn_while_in_use_comes_to_nothing(school: School) -> None:
    claimed = claim(school, make(school))
    assert links.revoke(school.store, school, claimed)
    assert not links.revoke(school.store, school, claimed)
    with pytest.raises(CoursehubError) as told:
        use(school, claimed)
    assert told.value.code == "link-revoked"


def test_an_old_link_is_refused_and_listed_no_more(school: School) -> None:
    token = make(school)
    assert len(links.waiting(school.store, school)) == 1
    school.time += timedelta(hours=2)
    assert refusal(school, token) == "link-expired"
    assert links.waiting(school.store, school) == []


@pytest.mark.parametrize("hours", [0, -1, 3000, float("nan")])
def test_a_link_lives_for_a_sane_while(school: School, hours: float) -> None:
    with pytest.raises(Invalid):
        make(school, hours=hours)
