"""Scores for an LMS of LTI 1.1: each to the address that the student's own launch named."""

import pytest
from sqlmodel import select

from coursehub.adapters.memory_lms import MemoryLms
from coursehub.errors import Invalid, Unreachable
from coursehub.model.assignment import Assignment
from coursehub.model.grading import DeliveryState, OutcomeAddress
from coursehub.model.institution import Person, Platform
from coursehub.store import EVERYONE
from tests.grading.campus import Campus, grade


@pytest.fixture
def lms() -> MemoryLms:
    return MemoryLms()


@pytest.fixture
def graded(campus: Campus) -> Campus:
    """Ada and Bob are graded; Ada alone has opened the assignment from the LMS."""
    campus.open("ada", "bob")
    with campus.store.writing(EVERYONE) as session:
        platform = session.exec(select(Platform)).one()
        platform.version, platform.sealed_secret = "1.1", "sealed"
        session.add(platform)
    opened(campus, "ada")
    for name, points in (("ada", 9.0), ("bob", 4.0)):
        campus.submit(name)
        campus.grader.grades[name] = grade(points)
    campus.ask()
    campus.work()
    return campus


def opened(campus: Campus, student: str) -> None:
    with campus.store.writing(EVERYONE) as session:
        person = session.exec(select(Person).where(Person.hub_name == student)).one()
        assignment = session.exec(select(Assignment)).one()
        session.add(
            OutcomeAddress(
                institution_id=person.institution_id,
                assignment_id=assignment.id or 0,
                person_id=person.id or 0,
                service_url="https://lms.example/service.php",
                sourcedid=f"cell of {student}",
            )
        )


def test_a_score_goes_to_the_students_own_address(graded: Campus, lms: MemoryLms) -> None:
    assert graded.deliver(lms) == 1
    assert lms.shares == {"cell of ada": 0.9}
    assert graded.delivery("ada").state is DeliveryState.DELIVERED
    assert not lms.columns, "LTI 1.1 has no columns to make"
    assert not lms.scores


def test_a_student_who_never_opened_the_link_waits_and_is_told_why(
    graded: Campus, lms: MemoryLms
) -> None:
    graded.deliver(lms)
    waiting = graded.delivery("bob")
    assert waiting.state is DeliveryState.WAITING
    assert "opened the assignment's own link" in waiting.last_error
    opened(graded, "bob")
    graded.later(hours=2)
    assert graded.deliver(lms) == 1
    assert lms.shares["cell of bob"] == 0.4


def test_a_changed_score_takes_the_place_of_the_one_before(graded: Campus, lms: MemoryLms) -> None:
    graded.deliver(lms)
    graded.grader.grades["ada"] = grade(10)
    graded.ask("ada")
    graded.work()
    graded.deliver(lms)
    assert lms.shares["cell of ada"] == 1.0


def test_work_that_waits_for_a_person_is_not_sent_half_marked(
    graded: Campus, lms: MemoryLms
) -> None:
    graded.grader.grades["ada"] = grade(5, needs_manual=True)
    graded.ask("ada")
    graded.work()
    graded.deliver(lms)
    assert not lms.shares
    assert graded.delivery("ada").state is DeliveryState.HELD


def test_an_lms_that_is_down_is_asked_once_and_gets_every_score_later(
    graded: Campus, lms: MemoryLms
) -> None:
    opened(graded, "bob")
    lms.failure = Unreachable("lms-failed", "The LMS failed (status 503).")
    assert graded.deliver(lms) == 0
    assert graded.delivery("bob").last_error == "The LMS failed (status 503)."
    lms.failure = None
    graded.later(minutes=1)
    assert graded.deliver(lms) == 2


def test_a_score_that_the_lms_refuses_is_not_sent_again(graded: Campus, lms: MemoryLms) -> None:
    lms.failure = Invalid("lms-rejected", "The LMS did not accept this score.")
    graded.deliver(lms)
    lms.failure = None
    graded.later(days=1)
    graded.deliver(lms)
    assert graded.delivery("ada").state is DeliveryState.REFUSED
    assert "cell of ada" not in lms.shares
