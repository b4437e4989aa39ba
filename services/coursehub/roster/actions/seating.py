"""Who is or was in a course, and in which of its sections: read and written by the thousand."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlmodel import Session, col, delete, select

from coursehub.model.course import Enrolment, EnrolmentSection, Section
from coursehub.model.institution import InstitutionId, Person
from coursehub.roster.rules import Place
from coursehub.store import in_bulk, insert_all
from coursehub.vocabulary.people import PersonKey, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """
    The course whose people these are.

    `platforms` are the registrations that speak for an issuer's people;
    `contexts` the LMS courses that are sections, by the section's name.
    """

    institution_id: InstitutionId
    course_id: int
    platforms: Mapping[str, int]
    contexts: Mapping[str, int]


class Seat(NamedTuple):
    """Somebody's place in the course; the role is None for who was dropped."""

    enrolment_id: int
    person_id: int
    role: Role | None
    is_missing: bool
    sections: frozenset[str] = frozenset()


Seats = Mapping[PersonKey, Seat]
"""Of everybody who is or was in the course."""


def of(session: Session, course: Course) -> dict[PersonKey, Seat]:
    """The course's people."""
    sections = _sections_of(session, course)
    nowhere = frozenset[str]()
    rows = session.execute(
        select(
            Person.issuer,
            Person.subject,
            Enrolment.id,
            Enrolment.person_id,
            Enrolment.role,
            col(Enrolment.dropped_at).is_(None),
            col(Enrolment.missing_since).is_not(None),
        )  # type: ignore[call-overload]  # SQLModel knows four columns
        .join(Enrolment, col(Enrolment.person_id) == Person.id)
        .where(Enrolment.course_id == course.course_id)
    )
    return {
        PersonKey(issuer, subject): Seat(
            key, person, Role(role) if is_here else None, is_missing, sections.get(key, nowhere)
        )
        for issuer, subject, key, person, role, is_here, is_missing in rows
    }


def enrolled(seats: Seats) -> dict[PersonKey, Place]:
    """Those who are in the course now; one object for all who are alike."""
    places: dict[Place, Place] = {}
    found = {}
    for key, seat in seats.items():
        if seat.role is not None:
            place = Place(seat.role, seat.sections)
            found[key] = places.setdefault(place, place)
    return found


def name_sections(session: Session, course: Course) -> None:
    """Nothing; a section that is an LMS course is called as that is now."""
    rows = session.exec(select(Section).where(Section.course_id == course.course_id)).all()
    by_context = {row.context_id: row for row in rows if row.context_id}
    by_name = {row.name: row for row in rows}
    for name, context in course.contexts.items():
        row, same = by_context.get(context), by_name.get(name)
        if row is None and same is not None:
            same.context_id = context
            session.add(same)
        elif row is not None and same is None:
            row.name = name
            session.add(row)
    session.flush()


def move(
    session: Session, course: Course, moved: Mapping[int, tuple[frozenset[str], frozenset[str]]]
) -> None:
    """Nothing; each enrolment, by number, has left the sections that it lacks now, and joined."""
    leaving, joining = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
    for enrolment, (before, after) in moved.items():
        for name in before - after:
            leaving[name].append(enrolment)
        for name in after - before:
            joining[name].append(enrolment)
    keys = _keys(session, course, leaving.keys() | joining.keys())
    for name, theirs in leaving.items():
        for some in in_bulk(theirs):
            session.exec(
                delete(EnrolmentSection)
                .where(col(EnrolmentSection.section_id) == keys[name])
                .where(col(EnrolmentSection.enrolment_id).in_(some))
                # None is an object here; looking for them among all that are takes seconds.
                .execution_options(synchronize_session=False)
            )
    rows = (
        {"institution_id": course.institution_id, "section_id": keys[name], "enrolment_id": one}
        for name, theirs in joining.items()
        for one in theirs
    )
    insert_all(session, EnrolmentSection, rows)


def enrolments(
    session: Session, course: Course, people: Iterable[int]
) -> Iterator[tuple[int, int]]:
    """Person and enrolment, by number, of these people."""
    for some in in_bulk(people):
        found = session.exec(
            select(Enrolment.person_id, Enrolment.id).where(
                Enrolment.course_id == course.course_id, col(Enrolment.person_id).in_(some)
            )
        )
        yield from ((person, key or 0) for person, key in found)


def _keys(session: Session, course: Course, names: Iterable[str]) -> dict[str, int]:
    """The numbers of the sections of these names; made where they are new."""
    rows = session.exec(select(Section).where(Section.course_id == course.course_id))
    found = {row.name: row.id or 0 for row in rows}
    for name in sorted(set(names) - found.keys()):
        row = Section(
            institution_id=course.institution_id,
            course_id=course.course_id,
            context_id=course.contexts.get(name),
            name=name,
        )
        session.add(row)
        session.flush()
        found[name] = row.id or 0
    return found


def _sections_of(session: Session, course: Course) -> dict[int, frozenset[str]]:
    """The sections of each enrolment that is in any; one object for all who are alike."""
    rows = session.exec(
        select(EnrolmentSection.enrolment_id, Section.name)
        .join(Section, col(Section.id) == EnrolmentSection.section_id)
        .where(Section.course_id == course.course_id)
    )
    found: dict[int, frozenset[str]] = {}
    same: dict[frozenset[str], frozenset[str]] = {}
    for enrolment, name in rows:
        names = found.get(enrolment, frozenset()) | {name}
        found[enrolment] = same.setdefault(names, names)
    return found
