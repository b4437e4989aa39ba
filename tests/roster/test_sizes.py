"""Rosters of every size: seconds, on both databases."""

import time

import pytest

from coursehub.model.course import Enrolment, EnrolmentSection
from coursehub.ports import Member
from tests.house.school import INSTRUCTOR, LEARNER
from tests.roster.class_of import Class, member


def crowd(people: int, *, moved: bool = False) -> list[Member]:
    """So many people in labs of a hundred; every tenth may have moved to the next lab."""
    return [
        Member(
            subject=f"s{number}",
            roles=(LEARNER,),
            name=f"Student {number}",
            email=f"s{number}@north.example",
            sections=(f"Lab {number // 100 + (moved and number % 10 == 0)}",),
        )
        for number in range(people)
    ]


@pytest.mark.parametrize(("people", "limit_s"), [(50, 2), (1_000, 4), (10_000, 25), (99_999, 120)])
def test_a_roster_of_any_size_is_synced_in_seconds(
    course: Class, people: int, limit_s: float
) -> None:
    course.lists(member("t1", INSTRUCTOR), *crowd(people))
    began = time.perf_counter()
    done = course.sync()
    joined_s = time.perf_counter() - began
    assert (done.joined, done.changed) == (people, 1)
    assert len(course.school.rows(Enrolment)) == people + 1
    assert len(course.school.rows(EnrolmentSection)) == people
    began = time.perf_counter()
    assert course.sync().unchanged == people + 1
    again_s = time.perf_counter() - began
    course.lists(member("t1", INSTRUCTOR), *crowd(people, moved=True))
    moved = course.sync()
    assert moved.changed == -(-people // 10)
    assert joined_s < limit_s
    assert again_s < limit_s / 2
