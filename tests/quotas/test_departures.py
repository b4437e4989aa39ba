"""Someone who is dropped from a course loses the server that was started for it."""

import asyncio

import pytest
from sqlmodel import select

from coursehub.adapters.memory import MemoryHub
from coursehub.errors import Unreachable
from coursehub.model.course import Course, Enrolment
from coursehub.model.institution import Person
from coursehub.quotas.actions.departures import stop_servers
from coursehub.store import EVERYONE
from coursehub.vocabulary.courses import DroppedServers
from coursehub.vocabulary.people import HubName
from tests.quotas.campus import Campus

ADA, BEN = HubName("ada"), HubName("ben")


@pytest.fixture
def hub(campus: Campus) -> MemoryHub:
    """Ada and Ben at work in data8."""
    campus.course("data8")
    hub = MemoryHub(users={ADA, BEN})
    for name in (ADA, BEN):
        campus.enrol("data8", name)
        campus.run(campus.spawn(name))
        hub.spawn(name)
    return hub


def drop(campus: Campus, name: HubName) -> None:
    with campus.store.writing(EVERYONE) as session:
        person = session.exec(select(Person).where(Person.hub_name == name)).one()
        for row in session.exec(select(Enrolment).where(Enrolment.person_id == person.id)):
            row.dropped_at = campus.now()


def keep_servers(campus: Campus) -> None:
    with campus.store.writing(EVERYONE) as session:
        session.exec(select(Course)).one().dropped_servers = DroppedServers.KEEP


def test_the_server_of_someone_dropped_is_stopped_and_nobody_elses(
    campus: Campus, hub: MemoryHub
) -> None:
    drop(campus, ADA)
    assert asyncio.run(stop_servers(campus.store, hub)) == 1
    assert {owner for owner, _ in hub.running} == {BEN}


def test_a_course_may_let_the_servers_of_dropped_people_run(campus: Campus, hub: MemoryHub) -> None:
    keep_servers(campus)
    drop(campus, ADA)
    assert asyncio.run(stop_servers(campus.store, hub)) == 0
    assert {owner for owner, _ in hub.running} == {ADA, BEN}


def test_nobody_who_is_enrolled_is_stopped(campus: Campus, hub: MemoryHub) -> None:
    assert asyncio.run(stop_servers(campus.store, hub)) == 0
    assert {owner for owner, _ in hub.running} == {ADA, BEN}


def test_dropped_from_one_course_the_server_of_another_goes_on(
    campus: Campus, hub: MemoryHub
) -> None:
    campus.course("stats")
    campus.enrol("stats", "ben")
    with campus.store.writing(EVERYONE) as session:
        stats = session.exec(select(Course).where(Course.key == "stats")).one()
        ben = session.exec(select(Person).where(Person.hub_name == "ben")).one()
        row = session.exec(
            select(Enrolment).where(Enrolment.course_id == stats.id, Enrolment.person_id == ben.id)
        ).one()
        row.dropped_at = campus.now()
    assert asyncio.run(stop_servers(campus.store, hub)) == 0
    assert (BEN, "") in hub.running


def test_a_hub_that_is_away_is_asked_again_later(campus: Campus, hub: MemoryHub) -> None:
    drop(campus, ADA)
    hub.answers = False
    with pytest.raises(Unreachable):
        asyncio.run(stop_servers(campus.store, hub))
    hub.answers = True
    assert asyncio.run(stop_servers(campus.store, hub)) == 1
