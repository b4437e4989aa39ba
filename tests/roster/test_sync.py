import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import pytest

from coursehub.adapters.memory import MemoryHub
from coursehub.errors import Conflict, Missing, Refused, Unreachable
from coursehub.model.course import Course, Enrolment
from coursehub.model.institution import Person
from coursehub.model.roster import RosterSync
from coursehub.ports import Member, PlatformAccess
from coursehub.roster.actions import feeds, listing, sync
from coursehub.roster.actions.settling import Wish
from coursehub.store import EVERYONE
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.people import HubName, Role
from tests.house.school import INSTRUCTOR, School, at_once
from tests.roster.class_of import CONTEXT, COURSE, Class, member

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
TA = f"{MEMBERSHIP}/Instructor#TeachingAssistant"
STUDENTS = "coursehub-data-8-student"


def test_a_class_of_240_joins_and_a_second_sync_has_nothing_to_do(course: Class) -> None:
    course.lists(member("t1", INSTRUCTOR), *(member(f"s{n}") for n in range(239)))
    first = course.sync()
    assert (first.listed, first.joined, first.changed, first.left) == (240, 239, 1, 0)
    assert len(course.enrolled()) == 240
    assert course.enrolled()["t1"] is Role.INSTRUCTOR
    second = course.sync()
    assert (second.joined, second.changed, second.left, second.unchanged) == (0, 0, 0, 240)
    assert second.error == ""
    assert second.finished_at is not None


def test_who_leaves_is_kept_and_finds_everything_when_they_come_back(course: Class) -> None:
    course.lists(member("t1"), member("s1"))
    course.sync()
    before = {row.id for row in course.school.rows(Enrolment)}
    course.lists(member("t1"))
    course.sync()
    assert course.sync().left == 1
    assert set(course.enrolled()) == {"t1"}
    course.lists(member("t1"), member("s1", TA))
    assert course.sync().joined == 1
    assert course.enrolled() == {"t1": Role.STUDENT, "s1": Role.TA}
    assert {row.id for row in course.school.rows(Enrolment)} == before


def test_inactive_people_are_as_if_not_listed(course: Class) -> None:
    course.lists(member("t1"), member("s1"), member("s2"))
    course.sync()
    course.lists(member("t1"), member("s1", status="Inactive"), member("s2", status="Deleted"))
    assert course.sync().left == 2
    assert set(course.enrolled()) == {"t1"}


def test_someone_listed_twice_is_one_person_with_the_higher_role(course: Class) -> None:
    twice = (member("s1", INSTRUCTOR), member("s1"), member("s1", status="Inactive"))
    course.lists(member("t1"), *twice)
    assert course.sync().joined == 1
    assert course.enrolled()["s1"] is Role.INSTRUCTOR


def test_people_without_a_role_in_the_course_are_counted_and_left_out(course: Class) -> None:
    system = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"
    course.lists(member("t1"), member("root", system), member("odd", "urn:unheard-of"))
    done = course.sync()
    assert (done.joined, done.unplaced) == (0, 2)
    assert set(course.enrolled()) == {"t1"}


def test_an_empty_list_changes_nothing_and_the_reason_is_kept(course: Class) -> None:
    course.lists()
    with pytest.raises(Refused):
        course.sync(confirmed=True)
    assert set(course.enrolled()) == {"t1"}
    (record,) = course.school.rows(RosterSync)
    assert "listed nobody" in record.error
    assert record.finished_at is not None


def test_a_list_that_shrinks_waits_for_a_persons_word(course: Class) -> None:
    course.lists(member("t1"), *(member(f"s{n}") for n in range(20)))
    course.sync()
    course.lists(member("t1"))
    with pytest.raises(Refused, match="20 of 21"):
        course.sync()
    assert len(course.enrolled()) == 21
    assert course.sync(confirmed=True).left == 20


def test_an_lms_that_fails_in_the_middle_changes_nothing(
    course: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def half(_access: PlatformAccess, _url: str) -> AsyncIterator[Member]:
        yield member("s1")
        raise Unreachable("lms-unreachable", "The LMS did not answer.")

    monkeypatch.setattr(
        type(course.lms), "members", lambda _lms, access, url, **_: half(access, url)
    )
    with pytest.raises(Unreachable):
        course.sync()
    assert set(course.enrolled()) == {"t1"}
    (record,) = course.school.rows(RosterSync)
    assert record.error == "The LMS did not answer."
    monkeypatch.undo()
    course.lists(member("t1"), member("s1"))
    assert course.sync().joined == 1


def test_of_two_syncs_at_once_one_is_told_to_wait(course: Class) -> None:
    course.lists(member("t1"), *(member(f"s{n}") for n in range(50)))
    begun, gate = asyncio.Event(), asyncio.Event()

    class Slow(type(course.lms)):  # type: ignore[misc]  # the same LMS, that takes its time
        async def members(
            self, access: PlatformAccess, roster_url: str, **_: Any
        ) -> AsyncIterator[Member]:
            begun.set()
            await gate.wait()
            async for each in super().members(access, roster_url):
                yield each

    slow, school = Slow(rosters=course.lms.rosters), course.school

    async def both() -> None:
        first = asyncio.create_task(
            sync.sync(school.store, slow, school.hub, school, course=COURSE, wish=Wish())
        )
        await begun.wait()
        with pytest.raises(Conflict):
            await sync.sync(
                school.store, course.lms, school.hub, school, course=COURSE, wish=Wish()
            )
        gate.set()
        assert (await first).joined == 50

    asyncio.run(both())


def test_a_sync_beside_first_launches_makes_nobody_twice(course: Class) -> None:
    school = course.school
    course.lists(member("t1"), *(member(f"s{n}") for n in range(6)))
    links = [school.link(f"s{n}", context=CONTEXT) for n in range(6)]
    found = at_once(course.sync, *(partial(school.receive, link) for link in links))
    assert not [each for each in found if isinstance(each, BaseException)]
    assert len(school.rows(Person)) == len(school.rows(Enrolment)) == 7


def test_a_killed_sync_is_put_in_order(course: Class) -> None:
    school = course.school
    (row,) = school.rows(Course)
    with school.store.writing(EVERYONE) as session:
        session.add(RosterSync(institution_id=row.institution_id, course_id=row.id or 0))
    course.lists(member("t1"))
    with pytest.raises(Conflict):
        course.sync()
    sync.abandon(school.store, school)
    last = listing.last_sync(school.store, row.institution_id, row.id or 0)
    assert last is not None
    assert "stopped" in last.error
    assert course.sync().unchanged == 1


def test_a_cancelled_sync_does_not_stay_under_way(course: Class) -> None:
    begun = asyncio.Event()

    async def never(_access: PlatformAccess, _url: str) -> AsyncIterator[Member]:
        begun.set()
        await asyncio.sleep(600)
        yield member("s1")

    class Silent(type(course.lms)):  # type: ignore[misc]  # the same LMS, that never answers
        def members(
            self, access: PlatformAccess, roster_url: str, **_: Any
        ) -> AsyncIterator[Member]:
            return never(access, roster_url)

    school = course.school

    async def cancelled() -> None:
        going = asyncio.create_task(
            sync.sync(school.store, Silent(), school.hub, school, course=COURSE, wish=Wish())
        )
        await begun.wait()
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going

    asyncio.run(cancelled())
    (record,) = school.rows(RosterSync)
    assert (record.error, record.finished_at) == ("The sync was interrupted.", school.time)


def test_a_course_without_a_roster_says_what_to_switch_on(school: School) -> None:
    school.come("u1")
    with pytest.raises(Missing, match="Names and Roles"):
        Class(school).sync()


def test_only_people_who_have_arrived_are_in_the_hubs_groups(course: Class) -> None:
    course.lists(member("t1"), member("s1"), member("s2"))
    course.sync()
    hub = course.school.hub
    assert hub.groups_of[STUDENTS] == {"t1"}
    course.school.come("s1", context=CONTEXT)
    hub.groups_of[STUDENTS] = {HubName("intruder")}
    assert course.align() == 3
    assert hub.groups_of[STUDENTS] == {"t1", "s1"}
    assert course.align() == 0
    course.lists(member("t1", INSTRUCTOR), member("s1"), member("s2"))
    course.sync()
    assert hub.groups_of[STUDENTS] == {"s1"}
    assert hub.groups_of["formgrade-data-8"] == {"t1"}


def test_an_auditor_is_in_nbgraders_group_of_the_course(course: Class) -> None:
    course.lists(member("t1", f"{MEMBERSHIP}/Learner#NonCreditLearner"))
    course.sync()
    groups = course.school.hub.groups_of
    assert {name for name in groups if "t1" in groups[name] and "data-8" in name} == {
        "coursehub-data-8-auditor",
        "nbgrader-data-8",
    }


@dataclass(slots=True, kw_only=True)
class BusyHub(MemoryHub):
    """A Hub on which somebody arrives whenever it is asked for a group's members."""

    arriving: Callable[[], object]

    async def members(self, group: str) -> frozenset[HubName]:
        await asyncio.to_thread(self.arriving)
        return await super(BusyHub, self).members(group)


def test_who_arrives_while_the_groups_are_compared_stays_in_them(course: Class) -> None:
    newcomers = (f"n{number}" for number in count())
    school = course.school
    school.hub = BusyHub(
        users=school.hub.users,
        groups_of=school.hub.groups_of,
        arriving=lambda: school.come(next(newcomers), context=CONTEXT),
    )
    course.align()
    assert school.hub.groups_of[STUDENTS] == {*school.hub.users}
    assert len(school.hub.users) > 1


def test_an_account_that_was_deleted_keeps_nobody_else_out(course: Class) -> None:
    hub = course.school.hub
    course.school.come("s1", context=CONTEXT)
    course.school.come("s2", context=CONTEXT)
    hub.groups_of.clear()
    hub.users.discard(HubName("s1"))
    course.align()
    assert hub.groups_of[STUDENTS] == {"t1", "s2"}
    assert course.align() == 0
    course.school.come("s1", context=CONTEXT)
    assert hub.groups_of[STUDENTS] == {"t1", "s1", "s2"}


def test_a_hub_that_is_down_is_said_and_the_roster_is_kept(course: Class) -> None:
    course.lists(member("t1"), member("s1"))
    course.school.hub.answers = False
    with pytest.raises(Unreachable):
        course.sync()
    assert set(course.enrolled()) == {"t1", "s1"}
    (record,) = course.school.rows(RosterSync)
    assert record.joined == 1
    assert "JupyterHub did not answer" in record.error


def test_a_course_that_nobody_knows_has_no_roster(course: Class) -> None:
    with pytest.raises(Missing):
        feeds.of_course(course.school.store, CourseKey("no-such"))
