"""More time for some: what is late is judged by each one's own due moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from coursehub.model.assignment import Assignment, Extension
from coursehub.model.course import Course, Enrolment, EnrolmentSection, Section
from coursehub.model.deadlines import deadlines
from coursehub.model.institution import Person
from coursehub.store import EVERYONE
from tests.exchange.actors import tar_of
from tests.exchange.campus import set_deadline
from tests.exchange.conftest import School

WORK = {"ps1.ipynb": b"work"}
TWO_DAYS_AGO = datetime.now(UTC) - timedelta(days=2)


@pytest.fixture
def over(ps1: School) -> School:
    """The assignment was due two days ago."""
    set_deadline(ps1.store, "ps1", TWO_DAYS_AGO)
    return ps1


def grant(school: School, *, every: bool = False, **extension: Any) -> None:
    with school.store.writing(EVERYONE) as session:
        row = session.exec(select(Assignment).where(Assignment.name == "ps1")).one()
        session.add(
            Extension(
                institution_id=row.institution_id,
                course_id=row.course_id,
                assignment_id=None if every else row.id,
                **extension,
            )
        )


def put_in_section(school: School, name: str, section: str) -> None:
    with school.store.writing(EVERYONE) as session:
        enrolment, course = session.exec(
            select(Enrolment, Course)
            .join(Course)
            .join(Person)
            .where(Person.hub_name == name, Course.key == "ds1")
        ).one()
        row = Section(institution_id=course.institution_id, course_id=course.id or 0, name=section)
        session.add(row)
        session.flush()
        session.add(
            EnrolmentSection(
                institution_id=course.institution_id,
                enrolment_id=enrolment.id or 0,
                section_id=row.id or 0,
            )
        )


def late_s(school: School, name: str) -> float:
    return float(school.caller(name).submit(tar_of(WORK)).json()["late_s"])


def test_an_extension_of_a_person_is_theirs_alone(over: School) -> None:
    grant(over, person="ADA", by_days=3)
    assert late_s(over, "ada") == 0
    assert late_s(over, "ben") > 0


def test_a_section_has_more_time_together(over: School) -> None:
    put_in_section(over, "ben", "B")
    grant(over, section="B", due_at=datetime.now(UTC) + timedelta(hours=1))
    assert late_s(over, "ben") == 0
    assert late_s(over, "ada") > 0


def test_a_standing_extension_is_for_every_assignment(over: School) -> None:
    grant(over, every=True, person="ada", by_days=3)
    assert late_s(over, "ada") == 0


def test_of_several_extensions_the_longest_counts(over: School) -> None:
    grant(over, person="ada", by_seconds=60)
    grant(over, every=True, person="ada", by_days=1)
    assert 86_400 <= late_s(over, "ada") < 2 * 86_400 - 60  # the days since, less one


def test_students_are_told_the_moment_that_is_their_own(over: School) -> None:
    grant(over, person="ada", by_days=3)

    def due(name: str) -> datetime:
        (row,) = over.caller(name).ask("GET", "courses/ds1/assignments").json()["items"]
        return datetime.fromisoformat(row["due_at"])

    assert due("ada") - due("ben") == timedelta(days=3)


def test_days_of_an_extension_keep_the_time_on_the_wall(over: School) -> None:
    with over.store.writing(EVERYONE) as session:
        course = session.exec(select(Course).where(Course.key == "ds1")).one()
        course.time_zone = "America/Toronto"
        session.add(course)
    set_deadline(over.store, "ps1", datetime(2027, 3, 14, 4, 59, tzinfo=UTC))  # 13th, 23:59
    grant(over, person="ada", by_days=1)
    with over.store.reading(EVERYONE) as session:
        ada = session.exec(select(Person).where(Person.hub_name == "ada")).one()
        row = session.exec(select(Assignment).where(Assignment.name == "ps1")).one()
        found = deadlines(session, row.course_id, ada.id or 0).due(row)
    assert found == datetime(2027, 3, 15, 3, 59, tzinfo=UTC)  # 23 hours later: 14th, 23:59


def test_a_course_that_is_archived_takes_no_submissions_and_keeps_what_it_has(
    over: School,
) -> None:
    assert over.caller("ada").submit(tar_of(WORK)).status_code == 201
    with over.store.writing(EVERYONE) as session:
        course = session.exec(select(Course).where(Course.key == "ds1")).one()
        course.archived_at = datetime.now(UTC)
        session.add(course)
    refused = over.caller("ada").submit(tar_of(WORK))
    assert refused.status_code == 403
    assert "is over and takes no submissions" in refused.json()["detail"]
    assert len(over.caller("ada").submissions()) == 1
