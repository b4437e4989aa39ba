"""Accounts that are made before people come, where the setting asks for them."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from coursehub.adapters.memory import MemoryHub
from coursehub.errors import Refused, Unreachable
from coursehub.model.institution import Institution, Person
from coursehub.model.roster import HubProblem
from coursehub.ports import Member
from coursehub.roster.actions import placing
from coursehub.roster.actions.settling import Wish
from coursehub.store import EVERYONE
from coursehub.vocabulary.people import PEOPLE_GROUP, HubName
from tests.house.school import INSTRUCTOR, LEARNER
from tests.roster.class_of import CONTEXT, COURSE, Class, member

STUDENTS = "coursehub-data-8-student"
TEMPLATE = "{email_local} | {sub}"


@dataclass(slots=True, kw_only=True)
class Frail(MemoryHub):
    """A Hub that takes nobody it dislikes, and may stop after so many calls that make accounts."""

    dislikes: set[str] = field(default_factory=set)
    stops_after: int | None = None
    calls: int = 0

    async def create(self, names: Collection[HubName]) -> frozenset[HubName]:
        self.calls += 1
        if self.stops_after is not None and self.calls > self.stops_after:
            self.answers = False
        for name in sorted(names):
            if name in self.dislikes:
                raise Refused("hub-refused", "JupyterHub refused this (400).")
            await super(Frail, self).create([name])
        return frozenset(names)


@pytest.fixture
def full(course: Class) -> Class:
    """The course of a teacher and 120 students, none of whom has come."""
    course.school.hub.time = course.school.time
    course.lists(member("t1", INSTRUCTOR), *(member(f"s{number}") for number in range(120)))
    return course


def ahead(course: Class) -> None:
    course.sync(wish=Wish(names_ahead=TEMPLATE))


def place(course: Class) -> None:
    school = course.school
    asyncio.run(
        placing.place(school.store, school.hub, school, course=COURSE, names_ahead=TEMPLATE)
    )


def people(course: Class) -> dict[str, Person]:
    return {person.subject: person for person in course.school.rows(Person)}


def test_everybody_of_the_course_has_an_account_before_they_come(full: Class) -> None:
    ahead(full)
    hub = full.school.hub
    assert hub.users == {"t1", *(f"s{number}" for number in range(120))}
    assert hub.groups_of[STUDENTS] == {f"s{number}" for number in range(120)}
    assert hub.groups_of[PEOPLE_GROUP] == hub.groups_of[STUDENTS] | {"t1"}


def test_without_the_setting_the_hub_hears_of_nobody(full: Class) -> None:
    full.sync()
    assert full.school.hub.users == {"t1"}
    assert {person.hub_name for person in full.school.rows(Person)} == {"t1", None}


def test_a_first_launch_finds_the_account_that_was_made_ahead(full: Class) -> None:
    ahead(full)
    before = len(full.school.hub.users)
    welcome = full.school.receive(full.school.link("s7", context=CONTEXT))
    assert (welcome.hub_name, welcome.tell_arrival) == ("s7", False)
    full.school.arrive(welcome)
    assert len(full.school.hub.users) == before
    assert welcome.groups.join == tuple(sorted({STUDENTS, "nbgrader-data-8"}))


def test_an_account_of_another_login_is_left_alone(full: Class) -> None:
    hub = full.school.hub
    hub.users |= {HubName("s7"), HubName("s8")}
    hub.made_at[HubName("s7")] = full.school.time - timedelta(days=90)
    hub.made_at[HubName("s8")] = hub.seen_at[HubName("s8")] = full.school.time
    ahead(full)
    place(full)
    assert [people(full)[who].hub_name for who in ("s7", "s8")] == ["s7-2", "s8-2"]
    assert {"s7-2", "s8-2"} <= hub.groups_of[STUDENTS]
    assert not {"s7", "s8"} & (hub.groups_of[PEOPLE_GROUP] | hub.groups_of[STUDENTS])


def test_whose_name_the_list_does_not_tell_waits_for_a_launch(full: Class) -> None:
    full.lists(member("t1", INSTRUCTOR), Member(subject="x1", roles=(LEARNER,)))
    ahead(full)
    assert people(full)["x1"].hub_name is None
    full.sync(wish=Wish(names_ahead="{custom.login} | {email_local}", confirmed=True))
    full.lists(member("t1", INSTRUCTOR), member("x2"))
    full.sync(wish=Wish(names_ahead="{custom.login} | {email_local}", confirmed=True))
    assert people(full)["x2"].hub_name is None
    assert full.school.hub.users == {"t1"}


def test_who_may_be_linked_to_an_account_waits_for_a_launch(full: Class) -> None:
    with full.school.store.writing(EVERYONE) as session:
        session.get_one(Institution, 1).trusted_domains = "south.example north.example"
    ahead(full)
    assert full.school.hub.users == {"t1"}


def test_of_two_of_one_name_each_gets_their_own(full: Class) -> None:
    twins = [
        Member(subject=subject, roles=(LEARNER,), email="ann@north.example")
        for subject in ("a1", "a2")
    ]
    full.lists(member("t1", INSTRUCTOR), *twins)
    ahead(full)
    assert {people(full)[who].hub_name for who in ("a1", "a2")} == {"ann", "ann-2"}
    full.lists(member("t1", INSTRUCTOR), *twins, member("root"))
    full.school.hub.system_uids[HubName("root")] = 0
    ahead(full)
    assert people(full)["root"].hub_name == "root-2"


def test_a_hub_that_stops_while_accounts_are_made_has_the_rest_later(full: Class) -> None:
    hub = Frail(users={HubName("t1")}, time=full.school.time, stops_after=1)
    hub.groups_of[PEOPLE_GROUP] = {HubName("t1")}
    full.school.hub = hub
    with pytest.raises(Unreachable):
        ahead(full)
    assert len(hub.users) == 51
    hub.answers, hub.stops_after = True, None
    place(full)
    assert hub.groups_of[STUDENTS] == {f"s{number}" for number in range(120)}
    assert len(hub.users) == 121


def test_an_account_whose_call_was_cut_off_is_found_again(full: Class) -> None:
    """The Hub has made it, and nobody was told: it is not marked as a launch's yet."""
    full.sync()
    with full.school.store.writing(EVERYONE) as session:
        person = session.get_one(Person, people(full)["s7"].id)
        person.hub_name, person.named_at = "s7", full.school.time
    asyncio.run(full.school.hub.create([HubName("s7")]))
    place(full)
    assert people(full)["s7"].hub_name == "s7"
    assert "s7" in full.school.hub.groups_of[PEOPLE_GROUP]


def test_whom_the_hub_makes_no_account_for_is_told(full: Class) -> None:
    hub = Frail(users={HubName("t1")}, time=full.school.time, dislikes={"s7"})
    full.school.hub = hub
    ahead(full)
    assert hub.groups_of[STUDENTS] == {f"s{number}" for number in range(120)} - {"s7"}
    (problem,) = full.school.rows(HubProblem)
    assert (problem.person_id, problem.tries) == (people(full)["s7"].id, 1)
    hub.dislikes.clear()
    full.school.time = problem.next_at + timedelta(seconds=1)
    place(full)
    assert "s7" in hub.groups_of[STUDENTS]
    assert full.school.rows(HubProblem) == []
