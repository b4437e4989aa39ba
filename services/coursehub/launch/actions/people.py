"""The people whom LMSs spoke of, over all institutions: what administrators see."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, or_, select, tuple_
from sqlmodel.sql.expression import SelectOfScalar

from coursehub.errors import Missing
from coursehub.model.course import LaunchRecord
from coursehub.model.institution import AccountLink, Institution, Person
from coursehub.store import EVERYONE, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One person, and the account that their launches enter (none before the first)."""

    id: int
    institution: str
    issuer: str
    subject: str
    name: str
    email: str
    hub_name: str
    is_linked: bool
    last_launch: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of a person's account, and who made it."""

    before: str
    after: str
    is_link: bool
    by: str
    at: datetime


def listing(
    store: Store, *, search: str = "", after: tuple[str, int] | None = None, limit: int = 50
) -> tuple[list[Known], int]:
    """People by name from `after` (name, key) on, and how many match in all."""
    wanted = select(Person).join(Institution, col(Institution.id) == Person.institution_id)
    if search:
        columns = (Person.name, Person.email, Person.hub_name, Person.subject, Institution.name)
        wanted = wanted.where(
            or_(*(col(each).icontains(search, autoescape=True) for each in columns))
        )
    with store.reading(EVERYONE) as session:
        total = session.exec(select(func.count()).select_from(wanted.subquery())).one()
        if after:
            wanted = wanted.where(tuple_(col(Person.name), col(Person.id)) > after)
        ordered = wanted.order_by(col(Person.name), col(Person.id)).limit(limit)
        return _known(session, ordered), total


def one(store: Store, person_id: int) -> tuple[Known, list[Change]]:
    """The person, and every change of their account, the latest first; Missing for nobody."""
    with store.reading(EVERYONE) as session:
        found = _known(session, select(Person).where(Person.id == person_id))
        if not found:
            raise Missing("no-such-person", "There is no such person; look for them in the list.")
        rows = session.exec(
            select(AccountLink)
            .where(AccountLink.person_id == person_id)
            .order_by(col(AccountLink.id).desc())
        )
        changes = [
            Change(
                before=row.before or "",
                after=row.after or "",
                is_link=row.is_link,
                by=row.by,
                at=row.at,
            )
            for row in rows
        ]
    return found[0], changes


def _known(session: Session, wanted: SelectOfScalar[Person]) -> list[Known]:
    people = session.exec(wanted).all()
    institutions = {row.id: row.name for row in session.exec(select(Institution))}
    launches = session.exec(
        select(LaunchRecord.person_id, func.max(LaunchRecord.at))
        .where(col(LaunchRecord.person_id).in_([person.id for person in people]))
        .group_by(col(LaunchRecord.person_id))
    )
    last = dict(launches.all())
    return [
        Known(
            id=person.id or 0,
            institution=institutions[person.institution_id],
            issuer=person.issuer,
            subject=person.subject,
            name=person.name,
            email=person.email,
            hub_name=person.hub_name or "",
            is_linked=person.is_linked,
            last_launch=last.get(person.id or 0),
        )
        for person in people
    ]
