"""An LMS under a second registration: its people and its courses are the ones of before."""

import pytest
from sqlmodel import select

from coursehub.launch.actions import platforms
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course, CourseContext, Enrolment
from coursehub.model.grading import LineItem
from coursehub.model.institution import Person, Platform, PlatformState
from coursehub.roster.actions import feeds
from coursehub.store import EVERYONE
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.launch import Context, ResourceLink
from tests.house.school import MOODLE, School

CONTEXT = Context(id="c1", label="Data 8", title="Foundations", nrps_url=f"{MOODLE}/members")


@pytest.fixture
def registered_anew(school: School) -> School:
    """A school with a course, whose LMS has got another client id since."""
    school.come("u1", context=CONTEXT)
    register(school, institution="North College")
    return school


def register(school: School, *, institution: str) -> None:
    new = platforms.NewPlatform(
        institution=institution,
        issuer=MOODLE,
        client_id="anew",
        deployment_ids=("anew-1",),
        auth_login_url=f"{MOODLE}/auth",
        token_url=f"{MOODLE}/token",
        key_set_url=f"{MOODLE}/jwks",
    )
    platforms.register(school.store, new)


def come_anew(school: School, **claims: object) -> None:
    school.come("u1", **{"client_id": "anew", "deployment_id": "anew-1", **claims})


def test_a_launch_by_another_registration_of_the_lms_finds_its_course(
    registered_anew: School,
) -> None:
    come_anew(registered_anew, context=CONTEXT)
    assert len(registered_anew.rows(Course)) == 1
    assert len(registered_anew.rows(Person)) == 1
    assert len(registered_anew.rows(CourseContext)) == 2


def test_another_institution_of_the_same_issuer_shares_no_course(school: School) -> None:
    school.come("u1", context=CONTEXT)
    register(school, institution="South College")
    come_anew(school, context=CONTEXT)
    assert [course.key for course in school.rows(Course)] == ["data-8", "data-8-2"]
    assert len(school.rows(Person)) == 2


def test_the_column_of_a_link_is_kept_for_the_registration_that_showed_it(
    registered_anew: School,
) -> None:
    (course,) = registered_anew.rows(Course)
    with registered_anew.store.writing(EVERYONE) as session:
        session.add(
            Assignment(
                institution_id=course.institution_id,
                course_id=course.id or 0,
                name="ps1",
                title="A week of rides",
                points=10,
            )
        )
    column = ResourceLink(id="l1", lineitem_url=f"{MOODLE}/items/7")
    come_anew(registered_anew, context=CONTEXT, link=column, custom={"assignment": "ps1"})
    (item,) = registered_anew.rows(LineItem)
    with registered_anew.store.reading(EVERYONE) as session:
        client = session.exec(
            select(Platform.client_id)
            .join(CourseContext)
            .where(CourseContext.id == item.context_id)
        ).one()
    assert (item.url, client) == (f"{MOODLE}/items/7", "anew")


def test_the_roster_is_read_by_the_latest_registration_that_is_on(registered_anew: School) -> None:
    come_anew(registered_anew, context=CONTEXT)
    store, course = registered_anew.store, CourseKey("data-8")
    assert feeds.of_course(store, course).readable[0].access.client_id == "anew"
    new = next(row for row in registered_anew.rows(Platform) if row.client_id == "anew")
    platforms.switch(store, new.id or 0, PlatformState.OFF)
    assert feeds.of_course(store, course).readable[0].access.client_id == "coursehub"


def test_who_has_no_role_any_more_leaves_the_course_under_the_new_registration_too(
    registered_anew: School,
) -> None:
    come_anew(registered_anew, context=CONTEXT, roles=())
    (enrolment,) = registered_anew.rows(Enrolment)
    assert enrolment.dropped_at == registered_anew.now()
