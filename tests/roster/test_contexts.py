"""A course that several LMS courses feed: joined, read together, and parted again."""

from collections.abc import AsyncIterator, Callable

import pytest
from sqlmodel import select

from coursehub.errors import Conflict, CoursehubError, Invalid, Missing, Refused, Unreachable
from coursehub.grading.actions import score_addresses
from coursehub.launch.actions import platforms
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course, CourseContext, Enrolment
from coursehub.model.institution import Person, Platform, PlatformState
from coursehub.model.roster import RosterReading, RosterSync
from coursehub.ports import Member, PlatformAccess
from coursehub.roster.actions import feeds, joining
from coursehub.store import EVERYONE
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.launch import Context
from coursehub.vocabulary.people import Role
from tests.house.school import INSTRUCTOR, MOODLE
from tests.roster.class_of import CONTEXT, COURSE, EVENING, EVENING_ROSTER, Class, member

CANVAS = "https://canvas.north.example"
DAY, NIGHT = "Data 8", "Evening class"
EVENING_KEY = CourseKey("data-8-e")


@pytest.fixture
def merged(course: Class) -> Class:
    """Ten people by day, ten in the evening, `both` in both."""
    course.join()
    course.lists(member("t1", INSTRUCTOR), member("both"), *(member(f"d{n}") for n in range(8)))
    course.evening_lists(member("e1"), member("both"), *(member(f"n{n}") for n in range(8)))
    course.sync()
    return course


def fails(course: Class, url: str, monkeypatch: pytest.MonkeyPatch, *, after: int = 1) -> None:
    """The list at that address breaks off after so many lines."""
    whole = course.lms.rosters

    async def members(
        _lms: object, _access: PlatformAccess, at: str, **_: object
    ) -> AsyncIterator[Member]:
        for number, line in enumerate(whole[at], start=1):
            yield line
            if at == url and number == after:
                raise Unreachable("lms-failed", "The LMS failed to answer (500).")

    monkeypatch.setattr(type(course.lms), "members", members)


def readings(course: Class) -> list[tuple[int, str]]:
    last = course.school.rows(RosterSync)[-1].id
    return [
        (row.listed, row.error_code)
        for row in course.school.rows(RosterReading)
        if row.sync_id == last
    ]


def test_everybody_whom_any_list_has_is_in_the_course_in_a_section_for_each(merged: Class) -> None:
    assert len(merged.enrolled()) == 19
    assert merged.sections()["both"] == {DAY, NIGHT}
    assert merged.sections()["d0"] == {DAY}
    assert merged.sections()["n0"] == {NIGHT}
    assert merged.sync().unchanged == 19
    assert readings(merged) == [(10, ""), (10, "")]


def test_of_two_lists_the_higher_role_counts(merged: Class) -> None:
    merged.evening_lists(member("t1"), member("e1", INSTRUCTOR), member("both"), member("d0"))
    merged.sync(confirmed=True)
    assert merged.enrolled()["t1"] is merged.enrolled()["e1"] is Role.INSTRUCTOR
    merged.school.come("t1", context=EVENING)
    assert merged.enrolled()["t1"] is Role.INSTRUCTOR, "by a student's link in the other class too"
    merged.school.come("t1", context=EVENING, roles=())
    assert merged.enrolled()["t1"] is Role.INSTRUCTOR


def test_whoever_one_list_alone_lacks_only_leaves_its_section(merged: Class) -> None:
    merged.evening_lists(member("e1"), *(member(f"n{n}") for n in range(8)))
    for _ in range(2):
        merged.sync()
    assert merged.sections()["both"] == {DAY}


def test_nobody_leaves_on_account_of_a_list_that_fails(
    merged: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = merged.enrolled()
    with monkeypatch.context() as broken:
        fails(merged, EVENING_ROSTER, broken)
        merged.lists(
            member("t1", INSTRUCTOR), *(member(f"d{n}") for n in range(1, 8)), member("new")
        )
        for _ in range(3):
            merged.sync()
    assert set(before) - set(merged.enrolled()) == {"d0"}, "whom the day's list had alone"
    assert merged.enrolled()["new"] is Role.STUDENT
    assert merged.sections()["both"] == {DAY, NIGHT}
    assert readings(merged) == [(9, ""), (0, "lms-failed")]
    merged.sync()
    assert merged.sections()["both"] == {NIGHT}


def test_an_empty_list_among_several_takes_nobody_out(merged: Class) -> None:
    merged.evening_lists()
    for _ in range(3):
        done = merged.sync(confirmed=True)
    assert (done.left, done.missing, len(merged.enrolled())) == (0, 0, 19)
    assert readings(merged) == [(10, ""), (0, "roster-empty")]


def test_a_list_that_shrinks_asks_though_the_whole_course_hardly_does(merged: Class) -> None:
    day = (member(f"d{n}") for n in range(80))
    merged.lists(member("t1", INSTRUCTOR), member("both"), *day)
    merged.sync()
    merged.evening_lists(member("e1"), member("n0"))
    with pytest.raises(Refused, match="8 of the 10 people of Evening class"):
        merged.sync()
    assert merged.sections()["both"] == {DAY, NIGHT}
    assert merged.sync(confirmed=True).left == 7


def test_where_no_list_can_be_read_the_first_reason_is_told(
    merged: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def members(*_: object, **__: object) -> AsyncIterator[Member]:
        raise Unreachable("lms-failed", "The LMS failed to answer (500).")
        yield member("nobody")

    monkeypatch.setattr(type(merged.lms), "members", members)
    with pytest.raises(Unreachable, match="500"):
        merged.sync()
    assert len(merged.enrolled()) == 19


def test_people_of_two_lmss_are_two_though_they_are_numbered_alike(course: Class) -> None:
    course.school.trust(CANVAS)
    course.join(issuer=CANVAS)
    course.lists(member("t1"), member("7"))
    course.evening_lists(member("e1"), member("7", INSTRUCTOR))
    course.sync()
    people = {(p.issuer, p.subject): p.id or 0 for p in course.school.rows(Person)}
    roles = {row.person_id: row.role for row in course.school.rows(Enrolment)}
    assert roles[people[MOODLE, "7"]] is Role.STUDENT
    assert roles[people[CANVAS, "7"]] is Role.INSTRUCTOR
    canvas = next(row for row in course.school.rows(Platform) if row.issuer == CANVAS)
    platforms.switch(course.school.store, canvas.id or 0, PlatformState.OFF)
    for _ in range(3):
        assert course.sync().left == 0, "an LMS that is switched off takes nobody out"


def test_an_lms_course_that_lists_nobody_by_itself_keeps_its_people(course: Class) -> None:
    course.school.come("e1", context=Context(id="c2", label="Data 8 E", title="Evening class"))
    joining.join(course.school.store, COURSE, EVENING_KEY)
    course.school.come("e1", context=Context(id="c2", label="Data 8 E", title="Evening class"))
    course.lists(member("t1"))
    for _ in range(3):
        course.sync()
    assert set(course.enrolled()) == {"t1", "e1"}


def test_an_lms_course_that_is_parted_feeds_its_own_course_again(merged: Class) -> None:
    store = merged.school.store
    found = joining.sources(store, COURSE)
    assert [(each.title, each.section, each.own_course) for each in found] == [
        ("Data 8", DAY, ""),
        (NIGHT, NIGHT, EVENING_KEY),
    ]
    assert joining.part(store, COURSE, found[1].number) == EVENING_KEY
    assert [each.section for each in joining.sources(store, COURSE)] == [""]
    with pytest.raises(Refused, match="9 of 19"):
        merged.sync()
    merged.sync(confirmed=True)
    assert set(merged.enrolled()) == {"t1", "both", *(f"d{n}" for n in range(8))}
    assert merged.sections() == {}
    merged.school.come("n0", context=EVENING)
    (course,) = (row for row in merged.school.rows(Course) if row.key == EVENING_KEY)
    assert course.id in {row.course_id for row in merged.school.rows(Enrolment)}


def test_what_cannot_be_joined_or_parted_is_said(course: Class) -> None:
    store = course.school.store
    course.school.trust(CANVAS, institution="South College")
    course.school.come("u1", context=EVENING, issuer=CANVAS)
    refused: tuple[tuple[type[CoursehubError], Callable[[], object]], ...] = (
        (Invalid, lambda: joining.join(store, COURSE, COURSE)),
        (Invalid, lambda: joining.join(store, COURSE, EVENING_KEY)),
        (Missing, lambda: joining.join(store, COURSE, CourseKey("no-such"))),
        (Missing, lambda: joining.part(store, COURSE, 1)),
    )
    for error, call in refused:
        with pytest.raises(error):
            call()


def test_nothing_is_joined_while_a_sync_is_under_way(course: Class) -> None:
    course.school.come("e1", context=EVENING)
    (row,) = (row for row in course.school.rows(Course) if row.key == COURSE)
    with course.school.store.writing(EVERYONE) as session:
        session.add(RosterSync(institution_id=row.institution_id, course_id=row.id or 0))
    with pytest.raises(Conflict, match="under way"):
        joining.join(course.school.store, COURSE, EVENING_KEY)


def test_of_two_lms_courses_of_one_title_each_has_a_name(course: Class) -> None:
    course.school.come("e1", context=Context(id="c2", label="Data 8 E", title=CONTEXT.title))
    joining.join(course.school.store, COURSE, EVENING_KEY)
    names = [each.section for each in joining.sources(course.school.store, COURSE)]
    assert names == ["Data 8", "Data 8 E"]
    with pytest.raises(Missing):
        feeds.of_course(course.school.store, EVENING_KEY)


def test_scores_of_a_joined_course_go_to_the_lms_course_of_each_person(merged: Class) -> None:
    store = merged.school.store
    courses = {row.key: row for row in merged.school.rows(Course)}
    with store.writing(EVERYONE) as session:
        for context in session.exec(select(CourseContext)):
            context.ags_lineitems_url = f"{MOODLE}/{context.context_id}/lineitems"
            session.add(context)
        for course in courses.values():
            session.add(
                Assignment(
                    institution_id=course.institution_id,
                    course_id=course.id or 0,
                    name="ps1",
                    title="Rides",
                    points=10,
                )
            )
    people = {person.subject: person for person in merged.school.rows(Person)}
    items = {row.course_id: row for row in merged.school.rows(Assignment)}
    with store.reading(EVERYONE) as session:

        def lms_course(key: str, subject: str) -> str:
            item = items[courses[key].id or 0]
            context = score_addresses.way(session, item, people[subject]).context
            return context.context_id if context else ""

        assert [lms_course(COURSE, who) for who in ("d0", "n0")] == ["c1", "c2"]
        assert lms_course(EVENING_KEY, "e1") == "c2", "of the course that it was before"
