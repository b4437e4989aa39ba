"""Linking people of an LMS to accounts that the Hub had before, and undoing it."""

import asyncio
from functools import partial
from typing import Any

import pytest

from coursehub.errors import Conflict, CoursehubError, Invalid, Missing, Refused
from coursehub.launch.actions import linking, people, trust
from coursehub.model.institution import AccountLink, Person
from coursehub.vocabulary.people import PEOPLE_GROUP, HubName
from tests.house.school import MOODLE, School, at_once

BOB, ROOT = HubName("bob"), HubName("root-admin")


def person(school: School, subject: str = "1") -> Person:
    return next(row for row in school.rows(Person) if row.subject == subject)


def link(school: School, name: str, *, subject: str = "1", **options: Any) -> None:
    key = person(school, subject).id or 0
    asyncio.run(
        linking.link(school.store, school.hub, school, key, name, by="root-admin", **options)
    )


def unlink(school: School, *, subject: str = "1") -> None:
    key = person(school, subject).id or 0
    asyncio.run(linking.unlink(school.store, school.hub, school, key, by="root-admin"))


def groups(school: School, name: str) -> set[str]:
    return {group for group, names in school.hub.groups_of.items() if name in names}


@pytest.fixture
def ann(school: School) -> str:
    """Someone who came from the LMS, on a Hub where bob and an administrator have been before."""
    school.hub.users |= {BOB, ROOT}
    school.hub.admins = {ROOT}
    return school.come("1", email="ann@north.example", name="Ann Lee")


def test_a_linked_person_is_the_account_and_its_groups_follow(school: School, ann: str) -> None:
    link(school, "bob")
    welcome = school.receive(school.link("1", email="ann@north.example"))
    assert (welcome.hub_name, welcome.is_linked) == ("bob", True)
    assert groups(school, "bob") == {"coursehub-data-8-student", "nbgrader-data-8"}
    assert groups(school, ann) == {PEOPLE_GROUP}


def test_undoing_a_link_gives_the_name_of_before_back(school: School, ann: str) -> None:
    link(school, "bob")
    school.time = school.time.replace(hour=13)
    unlink(school)
    welcome = school.receive(school.link("1"))
    assert (welcome.hub_name, welcome.is_linked) == (ann, False)
    assert groups(school, "bob") == set()
    assert groups(school, ann) > {"coursehub-data-8-student"}
    _, changes = people.one(school.store, person(school).id or 0)
    assert [(each.before, each.after, each.by) for each in changes] == [
        ("bob", "ann", "root-admin"),
        ("ann", "bob", "root-admin"),
    ]


def test_a_wrong_link_that_was_undone_leaves_the_account_to_the_right_person(
    school: School, ann: str
) -> None:
    school.come("2", email="robert@north.example")
    link(school, "bob")
    unlink(school)
    link(school, "bob", subject="2")
    assert school.come("2") == "bob"
    assert school.come("1") == ann


def test_a_former_name_is_given_to_nobody_else(school: School, ann: str) -> None:
    link(school, "bob")
    school.hub.users.discard(HubName(ann))
    assert school.come("2", email="ann@north.example") == "ann-2"
    school.hub.users.add(HubName(ann))
    with pytest.raises(Conflict):
        link(school, ann, subject="2")


@pytest.mark.usefixtures("ann")
def test_an_administrators_account_needs_to_be_meant(school: School) -> None:
    with pytest.raises(Refused) as refused:
        link(school, "root-admin")
    assert refused.value.code == "account-of-an-admin"
    assert not school.rows(AccountLink)
    link(school, "root-admin", is_admin_meant=True)
    assert person(school).hub_name == "root-admin"


@pytest.mark.parametrize(
    ("name", "error", "code"),
    [
        ("nobody", Missing, "no-such-account"),
        ("", Missing, "no-such-account"),
        ("u2", Conflict, "account-of-a-person"),
        ("grader-data-8", Refused, "account-reserved"),
        ("Coursehub-x", Refused, "account-reserved"),
    ],
)
def test_only_an_account_that_nobody_of_an_lms_has_can_be_linked(
    school: School, ann: str, name: str, error: type[CoursehubError], code: str
) -> None:
    school.come("u2")
    school.hub.users.add(HubName("grader-data-8"))
    with pytest.raises(error) as refused:
        link(school, name)
    assert getattr(refused.value, "code", "") == code
    assert person(school).hub_name == ann


@pytest.mark.usefixtures("ann")
def test_nobody_is_linked_twice_over(school: School) -> None:
    link(school, "bob")
    with pytest.raises(Conflict, match="Undo that link first"):
        link(school, "root-admin", is_admin_meant=True)
    unlink(school)
    with pytest.raises(Conflict, match="not linked"):
        unlink(school)


@pytest.mark.usefixtures("ann")
def test_of_two_people_linked_to_one_account_at_once_one_is(school: School) -> None:
    school.come("2")
    found = at_once(*(partial(link, school, "bob", subject=each) for each in ("1", "2")))
    assert sum(isinstance(each, CoursehubError) for each in found) == 1
    assert sum(row.hub_name == "bob" for row in school.rows(Person)) == 1


def test_linking_someone_to_their_own_account_opens_it_to_the_other_login(
    school: School, ann: str
) -> None:
    link(school, ann)
    assert PEOPLE_GROUP not in groups(school, ann)
    assert school.receive(school.link("1")).is_linked
    unlink(school)
    assert PEOPLE_GROUP in groups(school, ann)
    assert not school.receive(school.link("1")).is_linked


def test_what_was_unlinked_by_hand_is_not_linked_by_trust_again(school: School) -> None:
    trust.trust(school.store, "North College", ["north.example"])
    school.hub.users.add(BOB)
    assert school.come("1", email="bob@north.example") == "bob"
    unlink(school)
    assert school.come("1", email="bob@north.example") == "bob-2"


def test_people_are_found_by_name_address_account_and_institution(school: School, ann: str) -> None:
    school.trust("https://canvas.south.example", institution="South College")
    school.come("7", issuer="https://canvas.south.example", email="zoe@south.example", name="Zoe")
    for search in ("ann l", "ANN@north", "ann", "North"):
        (found,), total = people.listing(school.store, search=search)
        assert (found.name, found.hub_name, found.issuer, total) == ("Ann Lee", ann, MOODLE, 1)
        assert found.last_launch == school.time
    rows, total = people.listing(school.store, limit=1)
    following, _ = people.listing(school.store, after=(rows[0].name, rows[0].id))
    assert ([row.name for row in (*rows, *following)], total) == (["Ann Lee", "Zoe"], 2)


def test_trusted_domains_are_domains(school: School) -> None:
    kept = trust.trust(school.store, "north-college", ["@North.example", "b.north.example", ""])
    assert kept.domains == ("b.north.example", "north.example")
    assert trust.listing(school.store) == [kept]
    for wrong in ("north", "*.example", "a b", "x@north.example", "-.example", "a..b", "é.example"):
        with pytest.raises(Invalid):
            trust.trust(school.store, "North College", [wrong])
    with pytest.raises(Missing):
        trust.trust(school.store, "East College", ["east.example"])
    assert trust.trust(school.store, "North College", []).domains == ()
