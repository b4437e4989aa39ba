"""
Steps of a plan, done and taken back: each only where its person is as the plan saw them.

A course may have a hundred thousand people, so there is an object for nobody
here but for those who change.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlmodel import Session, col, select, update

from coursehub.model.course import Enrolment
from coursehub.model.institution import Person
from coursehub.roster.actions import seating
from coursehub.roster.actions.seating import Course, Seats
from coursehub.roster.rules import Step
from coursehub.store import in_bulk, insert_all
from coursehub.vocabulary.people import PersonKey, Role
from coursehub.vocabulary.roster import StepKind


class Told(NamedTuple):
    """What a listing tells of somebody."""

    name: str
    email: str


def names(session: Session, course: Course, wanted: Collection[PersonKey]) -> dict[PersonKey, Told]:
    """What is known of these people."""
    return {who: Told(name, email) for _, who, name, email in _known(session, course, wanted)}


def people(
    session: Session, course: Course, told: Mapping[PersonKey, Told]
) -> dict[PersonKey, int]:
    """The numbers of these people; made, or with what is told of them now."""
    keys, renamed = dict[PersonKey, int](), dict[int, Told]()
    for key, who, name, email in _known(session, course, told):
        keys[who] = key
        said = told[who]
        new = Told(said.name or name, said.email or email)
        if new != (name, email):
            renamed[key] = new
    for some in in_bulk(renamed):
        for row in session.exec(select(Person).where(col(Person.id).in_(some))):
            row.name, row.email = renamed[row.id or 0]
            session.add(row)
    strangers = [who for who in told if who not in keys and who.issuer in course.platforms]
    insert_all(
        session,
        Person,
        (
            {
                "institution_id": course.institution_id,
                "platform_id": course.platforms[who.issuer],
                "issuer": who.issuer,
                "subject": who.subject,
                "name": told[who].name,
                "email": told[who].email,
            }
            for who in strangers
        ),
    )
    keys.update((who, key) for key, who, *_ in _known(session, course, strangers))
    return keys


def forgive(session: Session, seats: Seats, listed: Collection[PersonKey]) -> None:
    """Nothing; who is listed is not missing any more."""
    found = (seat.enrolment_id for who, seat in seats.items() if seat.is_missing and who in listed)
    for some in in_bulk(found):
        session.exec(
            update(Enrolment).where(col(Enrolment.id).in_(some)).values(missing_since=None)
        )


def carry_out(
    session: Session,
    course: Course,
    seats: Seats,
    steps: Iterable[Step],
    keys: Mapping[PersonKey, int],
    *,
    source: str,
    at: datetime,
) -> dict[PersonKey, int]:
    """Whose steps were done, with their numbers; `keys` are of those who are not in the course."""
    fit = [step for step in steps if _is_before(seats, step) and _is_known(seats, keys, step)]
    joining = {keys[step.key]: step for step in fit if step.key not in seats}
    insert_all(
        session,
        Enrolment,
        (
            {
                "institution_id": course.institution_id,
                "course_id": course.course_id,
                "person_id": person,
                "role": step.after,
                "source": source,
            }
            for person, step in joining.items()
        ),
    )
    for row, step in _rows(session, seats, fit):
        _do(row, step, source=source, at=at)
        session.add(row)
    _seat(session, course, seats, fit, joining)
    return {
        step.key: seats[step.key].person_id if step.key in seats else keys[step.key] for step in fit
    }


def take_back(
    session: Session, course: Course, seats: Seats, steps: Iterable[Step], *, at: datetime
) -> set[PersonKey]:
    """Whose steps were undone."""
    fit = [step for step in steps if _is_after(seats, step)]
    for row, step in _rows(session, seats, fit):
        row.dropped_at = None if step.before else at
        row.role = step.before or row.role
        session.add(row)
    moved = {
        seats[step.key].enrolment_id: (seats[step.key].sections, frozenset(step.sections_before))
        for step in fit
        if step.before
    }
    seating.move(session, course, moved)
    return {step.key for step in fit}


def _seat(
    session: Session,
    course: Course,
    seats: Seats,
    fit: Iterable[Step],
    joining: Mapping[int, Step],
) -> None:
    """Nothing; the people of these steps are in their sections. Who leaves stays in theirs."""
    moved = {
        seats[step.key].enrolment_id: (seats[step.key].sections, frozenset(step.sections_after))
        for step in fit
        if step.key in seats and step.after and step.kind is not StepKind.MISSING
    }
    sectioned = {person: step for person, step in joining.items() if step.sections_after}
    for person, enrolment in seating.enrolments(session, course, sectioned):
        moved[enrolment] = frozenset(), frozenset(sectioned[person].sections_after)
    seating.move(session, course, moved)


def _known(
    session: Session, course: Course, wanted: Iterable[PersonKey]
) -> Iterator[tuple[int, PersonKey, str, str]]:
    """Number, key, name and address of those who are known."""
    for issuer, theirs in groupby(sorted(wanted), key=lambda who: who.issuer):
        for some in in_bulk(who.subject for who in theirs):
            found = session.exec(
                select(Person.id, Person.subject, Person.name, Person.email).where(
                    Person.issuer == issuer,
                    Person.institution_id == course.institution_id,
                    col(Person.subject).in_(some),
                )
            )
            for key, subject, name, email in found:
                yield key or 0, PersonKey(issuer, subject), name, email


def _role(seats: Seats, who: PersonKey) -> Role | None:
    """The person's role in the course now."""
    return seats[who].role if who in seats else None


def _is_before(seats: Seats, step: Step) -> bool:
    """Whether the person is as the step saw them."""
    if _role(seats, step.key) != step.before:
        return False
    return step.kind is not StepKind.SECTION or _is_in(seats, step.key, step.sections_before)


def _is_after(seats: Seats, step: Step) -> bool:
    """Whether the person is as the step left them."""
    if _role(seats, step.key) != step.after:
        return False
    return step.kind is not StepKind.SECTION or _is_in(seats, step.key, step.sections_after)


def _is_in(seats: Seats, who: PersonKey, sections: tuple[str, ...]) -> bool:
    return seats[who].sections == frozenset(sections)


def _is_known(seats: Seats, keys: Mapping[PersonKey, int], step: Step) -> bool:
    """Whether the person is here; one whose LMS does not feed the course any more may not be."""
    return step.key in seats or step.key in keys


def _rows(
    session: Session, seats: Seats, steps: Iterable[Step]
) -> Iterator[tuple[Enrolment, Step]]:
    """The enrolments of those who have one, each with its step."""
    theirs = {seats[s.key].enrolment_id: s for s in steps if s.key in seats}
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
