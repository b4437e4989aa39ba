"""
Steps of a plan, done and taken back: each only where its person is as the plan saw them.

A course may have a hundred thousand people, so there is an object for nobody
here but for those who change.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, select, update

from coursehub.model.course import Enrolment
from coursehub.model.institution import InstitutionId, Person
from coursehub.roster.rules import Step
from coursehub.store import in_bulk, insert_all
from coursehub.vocabulary.people import Role
from coursehub.vocabulary.roster import StepKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The course, and the registration whose people its list is of."""

    institution_id: InstitutionId
    course_id: int
    platform_id: int
    issuer: str


class Told(NamedTuple):
    """What a listing tells of somebody."""

    name: str
    email: str


class Seat(NamedTuple):
    """Somebody's place in the course; the role is None for who was dropped."""

    enrolment_id: int
    person_id: int
    role: Role | None
    is_missing: bool


Seats = Mapping[str, Seat]
"""Of everybody who is or was in the course, by the LMS's name of the person, its subject."""


def seats(session: Session, course: Course) -> dict[str, Seat]:
    """The course's people of this LMS."""
    rows = session.execute(
        select(
            Person.subject,
            Enrolment.id,
            Enrolment.person_id,
            Enrolment.role,
            col(Enrolment.dropped_at).is_(None),
            col(Enrolment.missing_since).is_not(None),
        )  # type: ignore[call-overload]  # SQLModel knows four columns
        .join(Enrolment, col(Enrolment.person_id) == Person.id)
        .where(Enrolment.course_id == course.course_id, Person.issuer == course.issuer)
    )
    return {
        subject: Seat(key, person, Role(role) if is_here else None, is_missing)
        for subject, key, person, role, is_here, is_missing in rows
    }


def names(session: Session, course: Course, wanted: Collection[str]) -> dict[str, Told]:
    """What is known of these people, by subject."""
    return {
        subject: Told(name, email) for _, subject, name, email in _known(session, course, wanted)
    }


def people(session: Session, course: Course, told: Mapping[str, Told]) -> dict[str, int]:
    """The keys of these people, by subject; made, or with what is told of them now."""
    keys, renamed = dict[str, int](), dict[int, Told]()
    for key, subject, name, email in _known(session, course, told):
        keys[subject] = key
        said = told[subject]
        new = Told(said.name or name, said.email or email)
        if new != (name, email):
            renamed[key] = new
    for some in in_bulk(renamed):
        for row in session.exec(select(Person).where(col(Person.id).in_(some))):
            row.name, row.email = renamed[row.id or 0]
            session.add(row)
    strangers = [subject for subject in told if subject not in keys]
    insert_all(
        session,
        Person,
        (
            {
                "institution_id": course.institution_id,
                "platform_id": course.platform_id,
                "issuer": course.issuer,
                "subject": subject,
                "name": told[subject].name,
                "email": told[subject].email,
            }
            for subject in strangers
        ),
    )
    keys.update((subject, key) for key, subject, *_ in _known(session, course, strangers))
    return keys


def forgive(session: Session, seats: Seats, listed: Collection[str]) -> None:
    """Nothing; who is listed is not missing any more."""
    found = (s.enrolment_id for subject, s in seats.items() if s.is_missing and subject in listed)
    for some in in_bulk(found):
        session.exec(
            update(Enrolment).where(col(Enrolment.id).in_(some)).values(missing_since=None)
        )


def carry_out(
    session: Session,
    course: Course,
    seats: Seats,
    steps: Iterable[Step],
    keys: Mapping[str, int],
    *,
    source: str,
    at: datetime,
) -> dict[str, int]:
    """Whose steps were done, with their keys; `keys` are those of who is not in the course."""
    fit = [step for step in steps if _role(seats, step.subject) == step.before]
    insert_all(
        session,
        Enrolment,
        (
            {
                "institution_id": course.institution_id,
                "course_id": course.course_id,
                "person_id": keys[step.subject],
                "role": step.after,
                "source": source,
            }
            for step in fit
            if step.subject not in seats
        ),
    )
    for row, step in _rows(session, seats, fit):
        _do(row, step, source=source, at=at)
        session.add(row)
    return {
        step.subject: seats[step.subject].person_id if step.subject in seats else keys[step.subject]
        for step in fit
    }


def take_back(session: Session, seats: Seats, steps: Iterable[Step], *, at: datetime) -> set[str]:
    """Whose steps were undone."""
    fit = [step for step in steps if _role(seats, step.subject) == step.after]
    for row, step in _rows(session, seats, fit):
        row.dropped_at = None if step.before else at
        row.role = step.before or row.role
        session.add(row)
    return {step.subject for step in fit}


def _known(
    session: Session, course: Course, wanted: Iterable[str]
) -> Iterator[tuple[int, str, str, str]]:
    """Key, subject, name and address of those who are known."""
    for some in in_bulk(wanted):
        found = session.exec(
            select(Person.id, Person.subject, Person.name, Person.email).where(
                Person.issuer == course.issuer, col(Person.subject).in_(some)
            )
        )
        yield from ((key or 0, subject, name, email) for key, subject, name, email in found)


def _role(seats: Seats, subject: str) -> Role | None:
    """The person's role in the course now."""
    return seats[subject].role if subject in seats else None


def _rows(
    session: Session, seats: Seats, steps: Iterable[Step]
) -> Iterator[tuple[Enrolment, Step]]:
    """The enrolments of those who have one, each with its step."""
    theirs = {seats[s.subject].enrolment_id: s for s in steps if s.subject in seats}
    for some in in_bulk(theirs):
        for row in session.exec(select(Enrolment).where(col(Enrolment.id).in_(some))):
            yield row, theirs[row.id or 0]


def _do(enrolment: Enrolment, step: Step, *, source: str, at: datetime) -> None:
    if step.kind is StepKind.MISSING:
        enrolment.missing_since = enrolment.missing_since or at
        return
    enrolment.missing_since = None
    if step.after is None:
        enrolment.dropped_at = at
    else:
        enrolment.role, enrolment.source, enrolment.dropped_at = step.after, source, None
