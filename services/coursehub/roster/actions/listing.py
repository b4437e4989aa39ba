"""Who is in a course and its sections, and how its last sync went: what pages show."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, or_, select, tuple_

from coursehub.model.course import CourseContext, Enrolment, EnrolmentSection, Section
from coursehub.model.institution import InstitutionId, Person
from coursehub.model.roster import RosterReading, RosterSync
from coursehub.store import Store
from coursehub.vocabulary.people import Role
from coursehub.vocabulary.roster import assisted


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of a course's roster."""

    person_id: int
    name: str
    email: str
    role: Role
    hub_name: str
    has_arrived: bool
    source: str
    missing_since: datetime | None = None
    sections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionLine:
    """A section of a course; `is_mine` for a teaching assistant who looks after it."""

    id: int
    name: str
    people: int
    is_mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """An LMS course whose list a sync could not take, and why."""

    title: str
    error: str


def roster(
    store: Store,
    tenant: InstitutionId,
    course_id: int,
    *,
    search: str = "",
    sections: Collection[int] | None = None,
    after: tuple[str, int] | None = None,
    limit: int = 50,
) -> tuple[list[Listed], int]:
    """
    Who is in the course, by name from `after` (name, key) on, and how many match in all.

    With `sections`, by number, only who is in one of those.
    """
    wanted = (
        select(Person, Enrolment)
        .join(Enrolment, col(Enrolment.person_id) == Person.id)
        .where(Enrolment.course_id == course_id, col(Enrolment.dropped_at).is_(None))
    )
    if search:
        wanted = wanted.where(
            or_(
                *(
                    col(column).icontains(search, autoescape=True)
                    for column in (Person.name, Person.email, Person.hub_name)
                )
            )
        )
    if sections is not None:
        inside = select(EnrolmentSection.enrolment_id).where(
            col(EnrolmentSection.section_id).in_(sections)
        )
        wanted = wanted.where(col(Enrolment.id).in_(inside))
    with store.reading(tenant) as session:
        total = session.exec(select(func.count()).select_from(wanted.subquery())).one()
        if after:
            wanted = wanted.where(tuple_(col(Person.name), col(Person.id)) > after)
        ordered = wanted.order_by(col(Person.name), col(Person.id)).limit(limit)
        rows = session.exec(ordered).all()
        theirs = _sections_of(session, [enrolment.id or 0 for _, enrolment in rows])
    found = [_listed(person, row, tuple(theirs.get(row.id or 0, ()))) for person, row in rows]
    return found, total


def sections(
    store: Store, tenant: InstitutionId, course_id: int, *, person_id: int, role: Role
) -> list[SectionLine]:
    """The course's sections by name, for a member of its staff."""
    counted = (
        select(Section, func.count(col(Enrolment.id)))
        .join(EnrolmentSection, col(EnrolmentSection.section_id) == Section.id)
        .join(Enrolment, col(Enrolment.id) == EnrolmentSection.enrolment_id)
        .where(Section.course_id == course_id, col(Enrolment.dropped_at).is_(None))
    )
    own = select(EnrolmentSection.section_id).join(
        Enrolment, col(Enrolment.id) == EnrolmentSection.enrolment_id
    )
    own = own.where(Enrolment.course_id == course_id, Enrolment.person_id == person_id)
    with store.reading(tenant) as session:
        rows = session.exec(counted.group_by(col(Section.id)).order_by(col(Section.name))).all()
        theirs = set(session.exec(own))
    whole = [row.name for row, _ in rows if row.context_id]
    theirs_by_name = [row.name for row, _ in rows if row.id in theirs]
    mine = assisted(role, theirs_by_name, whole=whole) or frozenset()
    return [
        SectionLine(id=row.id or 0, name=row.name, people=people, is_mine=row.name in mine)
        for row, people in rows
    ]


def unread(store: Store, tenant: InstitutionId, sync_id: int) -> list[Unread]:
    """The LMS courses whose lists that sync could not take."""
    wanted = (
        select(CourseContext, RosterReading)
        .select_from(RosterReading)
        .join(CourseContext, col(RosterReading.context_id) == CourseContext.id, isouter=True)
        .where(RosterReading.sync_id == sync_id, RosterReading.error != "")
    )
    with store.reading(tenant) as session:
        return [
            Unread(title=_title(context) if context else reading.source, error=reading.error)
            for context, reading in session.exec(wanted)
        ]


def _title(context: CourseContext) -> str:
    return context.title or context.label or context.context_id


def _sections_of(session: Session, enrolments: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = session.exec(
        select(EnrolmentSection.enrolment_id, Section.name)
        .join(Section, col(Section.id) == EnrolmentSection.section_id)
        .where(col(EnrolmentSection.enrolment_id).in_(enrolments))
        .order_by(col(Section.name))
    )
    for enrolment, name in rows:
        found.setdefault(enrolment, []).append(name)
    return found


def _listed(person: Person, enrolment: Enrolment, sections: tuple[str, ...]) -> Listed:
    return Listed(
        person_id=person.id or 0,
        name=person.name,
        email=person.email,
        role=Role(enrolment.role),
        hub_name=person.hub_name or "",
        has_arrived=person.arrived_at is not None,
        source=enrolment.source,
        missing_since=enrolment.missing_since,
        sections=sections,
    )


def last_sync(store: Store, tenant: InstitutionId, course_id: int) -> RosterSync | None:
    """The course's latest sync."""
    with store.reading(tenant) as session:
        return session.exec(
            select(RosterSync)
            .where(RosterSync.course_id == course_id)
            .order_by(col(RosterSync.id).desc())
        ).first()
