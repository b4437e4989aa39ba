"""Scores of an LMS that was registered anew, and knows its old registration no more."""

import pytest
from sqlmodel import select

from coursehub.adapters.memory_lms import MemoryLms
from coursehub.launch.actions import platforms
from coursehub.model.course import Course, CourseContext
from coursehub.model.grading import DeliveryState
from coursehub.model.institution import Institution, Platform, PlatformState
from coursehub.store import EVERYONE
from tests.grading.campus import Campus, grade

ANEW = "https://lms.example/ags/anew/lineitems"


@pytest.fixture
def lms() -> MemoryLms:
    return MemoryLms()


@pytest.fixture
def graded(campus: Campus, lms: MemoryLms) -> Campus:
    """A class whose scores are in the LMS, by the registration of client `hub`."""
    campus.open("ada", "bob")
    for name in ("ada", "bob"):
        campus.submit(name)
        campus.grader.grades[name] = grade(4)
    campus.ask()
    campus.work()
    assert campus.deliver(lms) == 2
    return campus


def better(campus: Campus, lms: MemoryLms) -> None:
    """Everybody's new score is sent, or refused."""
    campus.later(hours=1)
    for name in ("ada", "bob"):
        campus.grader.grades[name] = grade(9)
    campus.ask()
    campus.work()
    campus.deliver(lms)


def register_anew(campus: Campus, *, opened: bool = True) -> None:
    """The LMS has another client id for the Hub; somebody has opened the course by it."""
    with campus.store.writing(EVERYONE) as session:
        school = session.exec(select(Institution)).one()
        course = session.exec(select(Course)).one()
        new = Platform(
            institution_id=school.id or 0,
            issuer="https://lms.example",
            client_id="anew",
            auth_login_url="https://lms.example/auth",
            token_url="https://lms.example/token",
            key_set_url="https://lms.example/jwks",
        )
        session.add(new)
        session.flush()
        if opened:
            context = CourseContext(
                institution_id=school.id or 0,
                course_id=course.id or 0,
                platform_id=new.id or 0,
                context_id="c1",
                ags_lineitems_url=ANEW,
            )
            session.add(context)


def old(campus: Campus) -> int:
    with campus.store.reading(EVERYONE) as session:
        found = session.exec(select(Platform.id).where(Platform.client_id == "hub")).one()
    return found or 0


def test_a_score_that_the_old_registration_cannot_send_says_what_to_do(
    graded: Campus, lms: MemoryLms
) -> None:
    register_anew(graded)
    lms.forgotten.add("hub")
    better(graded, lms)
    refused = graded.delivery("ada")
    assert refused.state is DeliveryState.REFUSED
    assert "administrator switches hub off" in refused.last_error


def test_switching_the_old_registration_off_sends_what_it_could_not(
    graded: Campus, lms: MemoryLms
) -> None:
    register_anew(graded)
    lms.forgotten.add("hub")
    better(graded, lms)
    platforms.switch(graded.store, old(graded), PlatformState.OFF)
    assert graded.deliver(lms) == 2
    new = {subject: s.points for (url, subject), s in lms.scores.items() if url.startswith(ANEW)}
    assert new == {"s-ada": 9, "s-bob": 9}
    assert graded.delivery("ada").last_error == ""


def test_without_another_registration_a_refusal_is_only_the_lmss(
    graded: Campus, lms: MemoryLms
) -> None:
    register_anew(graded, opened=False)
    lms.forgotten.add("hub")
    better(graded, lms)
    assert graded.delivery("ada").last_error == "The LMS refuses this tool."
    platforms.switch(graded.store, old(graded), PlatformState.OFF)
    assert graded.delivery("ada").state is DeliveryState.REFUSED


def test_a_score_that_was_refused_for_its_person_goes_again_too(
    graded: Campus, lms: MemoryLms
) -> None:
    """Of a person whom the LMS grades no more it is refused once more, and nobody loses by it."""
    register_anew(graded)
    lms.gradable = {"s-bob"}
    better(graded, lms)
    assert "switches" not in graded.delivery("ada").last_error
    platforms.switch(graded.store, old(graded), PlatformState.OFF)
    assert graded.deliver(lms) == 0
    assert graded.delivery("ada").state is DeliveryState.REFUSED
    assert graded.delivery("bob").state is DeliveryState.DELIVERED
