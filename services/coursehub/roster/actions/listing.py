"""Who is in a course, and how its last sync went: what pages show."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, func, or_, select, tuple_

from coursehub.model.course import Enrolment
from coursehub.model.institution import InstitutionId, Person
from coursehub.model.roster import RosterSync
from coursehub.store import Store
from coursehub.vocabulary.people import Role


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


def roster(
    store: Store,
    tenant: InstitutionId,
    course_id: int,
    *,
    search: str = "",
    after: tuple[str, int] | None = None,
    limit: int = 50,
) -> tuple[list[Listed], int]:
    """Who is in the course, by name from `after` (name, key) on, and how many match in all."""
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
    with store.reading(tenant) as session:
        total = session.exec(select(func.count()).select_from(wanted.subquery())).one()
        if after:
            wanted = wanted.where(tuple_(col(Person.name), col(Person.id)) > after)
        ordered = wanted.order_by(col(Person.name), col(Person.id)).limit(limit)
        rows = session.exec(ordered).all()
    return [_listed(person, enrolment) for person, enrolment in rows], total


def _listed(person: Person, enrolment: Enrolment) -> Listed:
    return Listed(
        person_id=person.id or 0,
        name=person.name,
        email=person.email,
        role=Role(enrolment.role),
        hub_name=person.hub_name or "",
        has_arrived=person.arrived_at is not None,
        source=enrolment.source,
        missing_since=enrolment.missing_since,
    )


def last_sync(store: Store, tenant: InstitutionId, course_id: int) -> RosterSync | None:
    """The course's latest sync."""
    with store.reading(tenant) as session:
        return session.exec(
            select(RosterSync)
            .where(RosterSync.course_id == course_id)
            .order_by(col(RosterSync.id).desc())
        ).first()
