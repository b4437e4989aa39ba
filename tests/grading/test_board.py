"""What an assignment's page is made of, over each kind of database."""

import asyncio

import pytest
from sqlmodel import select

from coursehub.errors import Missing
from coursehub.grading.actions import board, feedback
from coursehub.grading.actions.desk import Desk
from coursehub.grading.actions.own_work import own_work
from coursehub.model.course import Course, Enrolment
from coursehub.model.institution import Institution, Person
from coursehub.store import EVERYONE
from tests.grading.campus import MORNING, Campus, MemoryBlobs, grade
from tests.grading.desk_clerks import STAFF, enrol, hand_in_late


@pytest.fixture
def desk(campus: Campus) -> Desk:
    campus.open("ada", "bob", "cyd", STAFF)
    enrol(campus)
    with campus.store.reading(EVERYONE) as session:
        course = session.exec(select(Course)).one()
    return Desk(
        store=campus.store,
        blobs=MemoryBlobs(),
        institution_id=course.institution_id,
        course_id=course.id or 0,
        course_key=course.key,
    )


def person_id(campus: Campus, name: str) -> int:
    with campus.store.reading(EVERYONE) as session:
        return session.exec(select(Person).where(Person.hub_name == name)).one().id or 0


def test_the_newest_version_of_each_student_counts_once(campus: Campus, desk: Desk) -> None:
    campus.submit("ada")
    campus.ask()
    campus.work()
    hand_in_late(campus, "ada", late_s=60)
    campus.submit("bob")
    campus.grader.grades = {"bob": grade(3, needs_manual=True)}
    campus.ask("bob")
    campus.work()
    counts = board.counts(desk, "ps1")
    assert (counts.enrolled, counts.submitted, counts.late) == (3, 2, 1)
    assert (counts.graded, counts.by_hand, counts.jobs, counts.unsettled) == (2, 1, 1, 0)
    (ada, bob, cyd), total = board.lines(desk, "ps1")
    assert (ada.job, ada.is_of_earlier_version, total) == (None, True, 3)
    assert bob.score
    assert (bob.score.points, bob.is_of_earlier_version) == (3, False)
    assert (cyd.submission, cyd.score, cyd.delivery) == (None, None, None)


def test_students_come_in_pages_that_leave_nobody_out(desk: Desk) -> None:
    names = []
    after = None
    while True:
        found, total = board.lines(desk, "ps1", after=after, limit=1)
        assert total == 3
        if not found:
            break
        names.append(found[0].name)
        after = (found[0].name, found[0].person_id)
    assert names == ["Ada Lovelace", "Bob Lovelace", "Cyd Lovelace"]
    assert [line.name for line in board.lines(desk, "ps1", search="BOB")[0]] == ["Bob Lovelace"]
    assert board.lines(desk, "ps1", search="%")[0] == []


def test_whoever_dropped_the_course_is_not_counted(campus: Campus, desk: Desk) -> None:
    campus.submit("ada")
    with campus.store.writing(EVERYONE) as session:
        row = session.exec(
            select(Enrolment).where(Enrolment.person_id == person_id(campus, "ada"))
        ).one()
        row.dropped_at = MORNING
    counts = board.counts(desk, "ps1")
    assert (counts.enrolled, counts.submitted) == (2, 0)


def test_another_school_s_key_opens_nothing(campus: Campus, desk: Desk) -> None:
    with campus.store.writing(EVERYONE) as session:
        other = Institution(slug="south", name="South")
        session.add(other)
        session.flush()
        key = other.id or 0
    foreign = Desk(
        store=desk.store,
        blobs=desk.blobs,
        institution_id=key,
        course_id=desk.course_id,
        course_key=desk.course_key,
    )
    with pytest.raises(Missing):
        board.lines(foreign, "ps1")


def test_a_student_finds_the_feedback_beside_the_version_it_is_on(
    campus: Campus, desk: Desk
) -> None:
    graded = campus.submit("ada")
    campus.ask()
    campus.work()
    newest = campus.submit("ada")
    asyncio.run(feedback.release(desk, campus.grader, campus, "ps1"))
    mine = own_work(desk, "ps1", person_id=person_id(campus, "ada"))
    assert [version.receipt_id for version in mine.versions] == [newest, graded]
    assert mine.versions[0].feedback_released_at is None
    assert mine.versions[1].feedback_released_at == campus.time
    assert (mine.points, mine.max_points, mine.is_of_earlier_version) == (7, 10, True)
    others = own_work(desk, "ps1", person_id=person_id(campus, "bob"))
    assert (others.versions, others.received, others.points) == ((), 0, None)
