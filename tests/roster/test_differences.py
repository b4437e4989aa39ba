"""Reading what changed alone, where the LMS keeps differences."""

import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coursehub.courses.actions import applying
from coursehub.courses.actions.applying import Wish as FileWish
from coursehub.errors import CoursehubError, Refused
from coursehub.model.course import Enrolment
from coursehub.model.roster import RosterDifferences, RosterSync
from coursehub.ports import Member
from coursehub.roster.actions import plans
from coursehub.roster.actions.settling import Wish
from coursehub.settings import Settings
from coursehub.store import Store
from coursehub.vocabulary.people import HubName, Role
from tests.house.school import INSTRUCTOR, LEARNER, School
from tests.roster.class_of import CONTEXT, COURSE, ROSTER, Class, member
from tests.roster.test_contexts import fails
from tests.roster.test_properties import (
    LISTS,
    SUBJECTS,
    Decides,
    Event,
    Launches,
    Lists,
    Syncs,
    Truncates,
    empty_school,
)
from tests.workload.campus import lms_course, open_campus
from tests.workload.campus import member as of_lms

TEACHER = member("t1", INSTRUCTOR)
CLASS = tuple(member(f"s{number}") for number in range(20))
HOUR = timedelta(hours=1)


@pytest.fixture
def kept(course: Class) -> Class:
    """A class whose whole list was read and taken over, of an LMS that keeps differences."""
    course.lms.keeps_differences = True
    course.lists(TEACHER, *CLASS)
    course.sync()
    course.school.time += HOUR
    return course


def read_whole(course: Class) -> bool:
    """Whether the last sync read the whole list."""
    return last_sync(course).changes_since is None


def last_sync(course: Class) -> RosterSync:
    return max(course.school.rows(RosterSync), key=lambda row: row.id or 0)


def test_who_came_changed_and_left_is_all_that_is_read(kept: Class) -> None:
    kept.lists(TEACHER, member("s1", INSTRUCTOR), *CLASS[3:], member("new"))
    done = kept.sync()
    assert done.changes_since == kept.school.time - HOUR
    assert (done.listed, done.joined, done.left, done.changed) == (4, 1, 2, 1)
    assert kept.enrolled().keys() == {"t1", "s1", "new", *(one.subject for one in CLASS[3:])}
    kept.school.time += HOUR
    nothing = kept.sync()
    assert (nothing.listed, nothing.unchanged, read_whole(kept)) == (0, 20, False)


def test_an_lms_without_differences_is_read_whole(course: Class) -> None:
    course.lists(TEACHER, *CLASS)
    course.sync()
    course.sync()
    assert read_whole(course)
    assert course.school.rows(RosterDifferences) == []


def test_whoever_asks_by_hand_gets_the_whole_list(kept: Class) -> None:
    for wish in (Wish(by="kim"), Wish(confirmed=True), Wish(only_plan=True)):
        kept.sync(wish=wish)
        assert read_whole(kept)


def test_once_a_day_the_whole_list_is_read(kept: Class) -> None:
    seen = []
    for _ in range(26):
        kept.sync()
        seen.append(read_whole(kept))
        kept.school.time += HOUR
    assert [number for number, whole in enumerate(seen) if whole] == [23]


def test_differences_that_are_gone_lead_back_to_the_whole_list(kept: Class) -> None:
    kept.lms.seen.clear()
    kept.lists(TEACHER, *CLASS, member("new"))
    assert kept.sync().joined == 1
    assert read_whole(kept)
    kept.sync()
    assert not read_whole(kept)


def test_an_lms_that_moved_its_list_is_read_whole(kept: Class) -> None:
    moved = "https://moodle.north.example/new/members"
    kept.lms.rosters[moved] = kept.lms.rosters.pop(ROSTER)
    context = CONTEXT.__class__(id="c1", label="Data 8", nrps_url=moved)
    kept.school.come("t1", context=context, roles=(INSTRUCTOR,))
    kept.sync()
    assert read_whole(kept)


def test_a_course_that_somebody_has_touched_since_is_read_whole(kept: Class) -> None:
    kept.school.come("guest", context=CONTEXT, roles=(LEARNER,))  # the LMS does not list them
    assert kept.sync().missing == 1
    assert read_whole(kept)
    assert kept.school.rows(RosterDifferences) == []


def test_what_was_undone_is_read_whole_and_waits(kept: Class) -> None:
    kept.lists(TEACHER, *CLASS, member("new"))
    done = kept.sync()
    school = kept.school
    plans.undo(school.store, school, done.institution_id, done.course_id, done.id or 0, by="kim")
    assert kept.sync().waiting == 1
    assert read_whole(kept)
    kept.sync()
    assert read_whole(kept)


def test_many_who_left_at_once_wait_for_a_person(kept: Class) -> None:
    kept.lists(TEACHER, *CLASS[10:])
    with pytest.raises(Refused, match="10 of 21 people"):
        kept.sync()
    assert not read_whole(kept)
    assert len(kept.enrolled()) == 21
    with pytest.raises(Refused):
        kept.sync()
    assert read_whole(kept), "what was not taken over is not built upon"
    assert kept.sync(confirmed=True).left == 10


def test_a_sync_that_ends_midway_is_followed_by_a_whole_list(
    kept: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        fails(kept, ROSTER, broken, after=1)
        with pytest.raises(CoursehubError):
            kept.sync()
    kept.lists(TEACHER, *CLASS[1:])
    assert kept.sync().missing == 1
    assert read_whole(kept)


def test_staff_of_the_course_file_and_other_lists_are_compared_with_the_whole_list(
    kept: Class,
) -> None:
    head = "title: Data 8\nslug: d\nterm: {starts: 2027-01-11}\n"
    staff = f"{head}staff: [{{person: s1@north.example, role: ta}}]\n"
    applying.apply(kept.school.store, COURSE, staff, FileWish())
    kept.sync()
    assert kept.enrolled()["s1"] is Role.TA
    assert read_whole(kept)
    applying.apply(kept.school.store, COURSE, head, FileWish())
    kept.sync()
    assert kept.enrolled()["s1"] is Role.STUDENT
    kept.sync()
    assert not read_whole(kept)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of a school with one course, to be copied for each run."""
    return empty_school(tmp_path_factory.mktemp("empty"))


EVENTS = st.lists(
    st.one_of(
        st.builds(Lists, st.just(ROSTER), LISTS),
        st.builds(Lists, st.just(ROSTER), LISTS),
        st.builds(Truncates, st.just(ROSTER), st.integers(0, 6)),
        st.builds(Syncs, by=st.sampled_from(["", "", "kim"])),
        st.builds(Syncs, by=st.just("")),
        st.builds(Decides, st.booleans(), st.integers(0, 2)),
        st.builds(Launches, SUBJECTS, st.just(ROSTER), st.just((LEARNER,))),
    ),
    max_size=14,
)


@given(events=EVENTS, last=LISTS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_changes_read_one_after_another_end_where_the_whole_list_does(
    empty: Path, events: list[Event], last: list[Member]
) -> None:
    """Whatever happens between them, and by the schedule alone."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{shutil.copy(empty, folder)}")
        chosen = Settings(data_dir=Path(folder))
        course = Class(School(store=store, settings=chosen, _nonces=count(1000)))
        course.school.hub.users |= {HubName("t1"), HubName("e1")}
        course.lms.keeps_differences = True
        for event in (*events, Lists(ROSTER, [*last, TEACHER])):
            event.act(course)
            course.school.time += HOUR
        for _ in range(4):
            with suppress(Refused):
                course.sync()
            if last_sync(course).waiting:
                Decides(undo=False, ago=0).act(course)
        by_changes = course.enrolled()
        course.lms.keeps_differences = False
        with suppress(Refused):
            course.sync()  # by changes once more, then whole
            done = course.sync()
            assert not any((done.joined, done.left, done.changed, done.missing))
        assert course.enrolled() == by_changes
        store.close()


def test_over_http_what_changed_in_the_lms_is_in_the_course_after_the_hour(tmp_path: Path) -> None:
    with open_campus(tmp_path) as campus:
        course = campus.lms.courses["c1"] = lms_course("c1", "Data 8")
        course.enrol(of_lms("ada", "Instructor"))
        for number in range(120):
            course.enrol(of_lms(f"s{number}", "Learner"))
        httpx.put(f"{campus.lms_url}/switches", json={"members_differences": True})
        campus.come("ada", course="c1")
        campus.hour_passes()
        course.enrol(of_lms("late", "Learner"))
        del course.members["s7"]
        campus.hour_passes()
        whole, changed = sorted(campus.school.rows(RosterSync), key=lambda row: row.id or 0)
        assert (whole.listed, whole.joined, whole.changes_since) == (121, 120, None)
        assert (changed.listed, changed.joined, changed.left) == (2, 1, 1)
        assert changed.changes_since == whole.finished_at
        here = [row for row in campus.school.rows(Enrolment) if not row.dropped_at]
        assert len(here) == 121
