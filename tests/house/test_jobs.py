"""What the schedule does by itself."""

import asyncio
import errno
from dataclasses import replace

import pytest
from sqlmodel import func, select

from coursehub import app, jobs
from coursehub.adapters.memory_lms import MemoryLms
from coursehub.model.course import Enrolment
from coursehub.model.roster import RosterSync
from coursehub.ports import Member
from coursehub.store import EVERYONE
from coursehub.vocabulary.launch import Context
from coursehub.web.house import House
from tests.house.school import LEARNER, School


@pytest.fixture
def lms() -> MemoryLms:
    return MemoryLms()


@pytest.fixture
def house(school: School, lms: MemoryLms) -> House:
    """The service's own house, over a Hub and an LMS in memory."""
    furnished = app.furnish(school.settings, school.store)
    return replace(furnished, hub=school.hub, lms=lms, clock=school)


def run(house: House, name: str) -> None:
    """One run of a job, as the schedule starts it."""
    job = jobs.schedule(house, ("roster", "quotas", "grading")).get_job(name)
    asyncio.run(job.func(*job.args))


def course(school: School, number: int) -> str:
    """The roster address of a course that its teacher has opened."""
    address = f"https://moodle.north.example/members/{number}"
    school.come("t1", context=Context(id=f"c{number}", label=f"C{number}", nrps_url=address))
    return address


def test_only_the_chosen_services_have_jobs(house: House) -> None:
    chosen = {job.id for job in jobs.schedule(house, ("roster",)).get_jobs()}
    assert chosen
    assert all(name.startswith("roster.") for name in chosen)
    assert [job.id for job in jobs.schedule(house, ("courses",)).get_jobs()] == ["courses.follow"]
    assert jobs.schedule(house, ()).get_jobs() == []


def test_one_course_that_cannot_be_synced_keeps_no_other_back(
    school: School, house: House, lms: MemoryLms
) -> None:
    course(school, 1)
    lms.rosters[course(school, 2)] = [
        Member(subject=subject, roles=(LEARNER,)) for subject in ("t1", "s1")
    ]
    run(house, "roster.sync")
    with school.store.reading(EVERYONE) as session:
        assert session.exec(select(func.count()).select_from(Enrolment)).one() == 3
    errors = [row.error for row in school.rows(RosterSync)]
    assert sorted(map(bool, errors)) == [False, True]


def test_one_course_that_ends_a_job_unexpectedly_keeps_no_other_back(
    school: School, house: House, lms: MemoryLms, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = course(school, 1), course(school, 2)
    lms.rosters[good] = [Member(subject=subject, roles=(LEARNER,)) for subject in ("t1", "s1")]
    whole = lms._roster

    def full_disk(url: str) -> list[Member]:
        if url == bad:
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(url)

    with monkeypatch.context() as ill:
        ill.setattr(MemoryLms, "_roster", lambda _, url: full_disk(url))
        run(house, "roster.sync")
    with school.store.reading(EVERYONE) as session:
        assert session.exec(select(func.count()).select_from(Enrolment)).one() == 3
    assert all(row.finished_at for row in school.rows(RosterSync))


def test_groups_are_put_right_and_a_hub_that_is_down_stops_no_schedule(
    school: School, house: House
) -> None:
    course(school, 1)
    school.hub.groups_of.clear()
    school.hub.answers = False
    run(house, "roster.groups")
    assert not school.hub.groups_of
    school.hub.answers = True
    run(house, "roster.groups")
    assert school.hub.groups_of["nbgrader-c1"] == {"t1"}


def test_a_course_that_is_being_synced_is_left_to_its_sync(school: School, house: House) -> None:
    course(school, 1)
    course(school, 2)
    school.hub.groups_of.clear()
    with school.store.writing(EVERYONE) as session:
        session.add(RosterSync(institution_id=1, course_id=1))
    run(house, "roster.groups")
    assert "coursehub-c2-student" in school.hub.groups_of
    assert "coursehub-c1-student" not in school.hub.groups_of
