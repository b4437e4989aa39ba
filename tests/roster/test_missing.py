"""Whom a listing lacks: marked, and gone when the next one agrees."""

from datetime import timedelta

from coursehub.model.course import Enrolment
from coursehub.roster.actions import missing
from tests.roster.class_of import CONTEXT, COURSE, Class, member


def test_whoever_one_listing_lacks_stays_and_leaves_if_the_next_one_agrees(course: Class) -> None:
    course.lists(member("t1"), member("s1"), member("s2"))
    course.sync()
    course.lists(member("t1"))
    first = course.sync()
    assert (first.left, first.missing) == (0, 2)
    assert set(course.enrolled()) == {"t1", "s1", "s2"}
    assert [row.missing_since for row in course.school.rows(Enrolment)].count(None) == 1
    course.lists(member("t1"), member("s2"))
    second = course.sync()
    assert (second.left, second.missing, second.unchanged) == (1, 0, 2)
    assert set(course.enrolled()) == {"t1", "s2"}


def test_who_is_missing_for_once_is_as_before(course: Class) -> None:
    """By the next listing, or by a launch, which the LMS lets nobody else do."""
    everybody = (member("t1"), member("s1"), member("s2"))
    course.lists(*everybody)
    course.sync()
    for _ in range(2):
        course.lists(member("t1"))
        course.sync()
        course.lists(*everybody)
        assert course.sync().unchanged == 3
    course.lists(member("t1"))
    course.sync()
    course.school.come("s1", context=CONTEXT)
    course.lists(member("t1"), member("s2"))
    assert (course.sync().left, set(course.enrolled())) == (0, {"t1", "s1", "s2"})


def test_a_listing_that_lacks_somebody_is_read_again_in_minutes(course: Class) -> None:
    school = course.school
    course.lists(member("t1"), member("s1"))
    course.sync()
    course.lists(member("t1"))
    course.sync()
    assert missing.due(school.store, school.now()) == []
    school.time += timedelta(minutes=5)
    assert missing.due(school.store, school.now()) == [COURSE]
    course.sync()
    school.time += timedelta(minutes=5)
    assert missing.due(school.store, school.now()) == [], "they have left"
