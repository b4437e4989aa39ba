"""Steps of a plan, done and taken back: each only where its person is as the plan saw them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from coursehub.model.course import Enrolment
from coursehub.model.institution import InstitutionId, Person
from coursehub.model.roster import RosterStep
from coursehub.vocabulary.people import Role
from coursehub.vocabulary.roster import StepKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The course, and the registration whose people its list is of."""

    institution_id: InstitutionId
    course_id: int
    platform_id: int
    issuer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a listing tells of somebody, and who that is, if they are or were in the course."""

    name: str
    email: str
    person_id: int | None = None


_NOTHING: Final = Told(name="", email="")

Enrolled = Mapping[str, Enrolment]
"""A course's enrolments by the LMS's name of the person, its subject."""


def enrolments(session: Session, course: Course) -> dict[str, Enrolment]:
    """Every enrolment of the course's people of this LMS, dropped ones too, by subject."""
    rows = session.exec(
        select(Person.subject, Enrolment)
        .join(Enrolment, col(Enrolment.person_id) == Person.id)
        .where(Enrolment.course_id == course.course_id, Person.issuer == course.issuer)
    )
    return dict(rows.all())


def known(session: Session, course: Course, told: Mapping[str, Told]) -> dict[str, Told]:
    """What is told, and what was known before of everybody who is or was in the course."""
    rows = session.exec(
        select(Person.subject, Person.name, Person.email, Person.id)
        .join(Enrolment, col(Enrolment.person_id) == Person.id)
        .where(Enrolment.course_id == course.course_id, Person.issuer == course.issuer)
    )
    found = dict(told)
    for subject, name, email, key in rows:
        said = told.get(subject, _NOTHING)
        found[subject] = Told(name=said.name or name, email=said.email or email, person_id=key)
    return found


def people(session: Session, course: Course, told: Mapping[str, Told]) -> dict[str, Person]:
    """These people, made or with what is told of them now, by subject."""
    known = {
        person.subject: person
        for person in session.exec(select(Person).where(Person.issuer == course.issuer))
    }
    for subject, said in told.items():
        person = known.get(subject) or Person(
            institution_id=course.institution_id,
            platform_id=course.platform_id,
            issuer=course.issuer,
            subject=subject,
        )
        person.name = said.name or person.name
        person.email = said.email or person.email
        session.add(person)
        known[subject] = person
    session.flush()
    return known


def forgive(session: Session, enrolled: Enrolled, listed: Collection[str]) -> None:
    """Nothing; who is listed is not missing any more."""
    for subject, enrolment in enrolled.items():
        if subject in listed and enrolment.missing_since is not None:
            enrolment.missing_since = None
            session.add(enrolment)


def carry_out(
    session: Session,
    course: Course,
    enrolled: Enrolled,
    steps: Collection[RosterStep],
    *,
    source: str,
    at: datetime,
) -> int:
    """How many steps were overtaken: their person is not as the plan saw them any more."""
    joining = {
        step.subject: Told(name=step.name, email=step.email)
        for step in steps
        if step.kind is StepKind.JOIN
    }
    known = people(session, course, joining) if joining else {}
    for step in steps:
        enrolment = enrolled.get(step.subject)
        if _role(enrolment) != step.before:
            continue
        if enrolment is None:
            enrolment = _new(course, known[step.subject], step)
        _do(enrolment, step, source=source, at=at)
        step.done, step.person_id = True, enrolment.person_id
        session.add_all([enrolment, step])
    return sum(not step.done for step in steps)


def take_back(
    session: Session, enrolled: Enrolled, steps: Collection[RosterStep], *, at: datetime
) -> int:
    """How many steps stay done: their person has changed since."""
    for step in steps:
        enrolment = enrolled.get(step.subject)
        if enrolment is None or _role(enrolment) != step.after:
            continue
        enrolment.dropped_at = None if step.before else at
        enrolment.role = step.before or enrolment.role
        step.done = False
        session.add_all([enrolment, step])
    return sum(step.done for step in steps)


def _role(enrolment: Enrolment | None) -> Role | None:
    """The person's role in the course now."""
    if enrolment is None or enrolment.dropped_at is not None:
        return None
    return Role(enrolment.role)


def _new(course: Course, person: Person, step: RosterStep) -> Enrolment:
    return Enrolment(
        institution_id=course.institution_id,
        course_id=course.course_id,
        person_id=person.id or 0,
        role=step.after or Role.STUDENT,
    )


def _do(enrolment: Enrolment, step: RosterStep, *, source: str, at: datetime) -> None:
    if step.kind is StepKind.MISSING:
        enrolment.missing_since = enrolment.missing_since or at
        return
    enrolment.missing_since = None
    if step.after is None:
        enrolment.dropped_at = at
    else:
        enrolment.role, enrolment.source, enrolment.dropped_at = step.after, source, None
