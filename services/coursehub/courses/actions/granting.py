"""Whom an extension is for: somebody of the course, by what the staff call them."""

from typing import Final

from sqlmodel import Session, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from coursehub.errors import Invalid
from coursehub.model.course import Enrolment, Section
from coursehub.model.institution import InstitutionId, Person
from coursehub.store import Store

MOST: Final = 5
"""People who are named where several are called the same."""


def named(store: Store, tenant: InstitutionId, course_id: int, words: str) -> str:
    """
    The e-mail address, else the Hub name, of the one person of the course who is meant.

    `words` are an address, a Hub name or a part of the name. Invalid with a
    sentence where nobody is called that, or several are.
    """
    with store.reading(tenant) as session:
        found = _exactly(session, course_id, words) or _called(session, course_id, words)
    if not found:
        raise Invalid("nobody-of-that-name", "Nobody in this course is called that.")
    if len(found) > 1:
        some = ", ".join(f"{one.name} ({one.email or one.hub_name})" for one in found[:MOST])
        raise Invalid("several-of-that-name", f"Several people are called that: {some}.")
    (person,) = found
    if name := person.email or person.hub_name:
        return name
    raise Invalid(
        "person-without-name",
        "The LMS gives no e-mail address of this person, who has not been here yet: once they "
        "have opened the course, they can be given more time.",
    )


def sections(store: Store, tenant: InstitutionId, course_id: int) -> list[str]:
    """The names of the course's sections."""
    with store.reading(tenant) as session:
        wanted = select(Section.name).where(Section.course_id == course_id)
        return list(session.exec(wanted.order_by(col(Section.name))))


def _exactly(session: Session, course_id: int, words: str) -> list[Person]:
    wanted = _of_course(course_id).where(
        or_(
            func.lower(col(Person.email)) == words.lower(),
            func.lower(col(Person.hub_name)) == words.lower(),
        )
    )
    return list(session.exec(wanted.limit(MOST + 1)))


def _called(session: Session, course_id: int, words: str) -> list[Person]:
    wanted = _of_course(course_id).where(col(Person.name).icontains(words, autoescape=True))
    return list(session.exec(wanted.order_by(col(Person.name)).limit(MOST + 1)))


def _of_course(course_id: int) -> SelectOfScalar[Person]:
    return (
        select(Person)
        .join(Enrolment, col(Enrolment.person_id) == Person.id)
        .where(Enrolment.course_id == course_id, col(Enrolment.dropped_at).is_(None))
    )
