"""People whom the Hub does not take: noted with the reason, tried again, each alone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, delete, select
from sqlmodel.sql.expression import Select

from coursehub.model.course import Course, Enrolment
from coursehub.model.institution import InstitutionId, Person
from coursehub.model.roster import HubProblem
from coursehub.store import EVERYONE, Store, in_bulk
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.people import HubName

FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Somebody who could not be placed in the Hub."""

    name: str
    hub_name: str
    reason: str
    tries: int
    since: datetime
    next_at: datetime


def put_off(store: Store, course: CourseKey, at: datetime) -> frozenset[HubName]:
    """Those of the course whom the Hub did not take lately, and who are not due again yet."""
    wanted = _of(course).where(col(HubProblem.next_at) > at)
    with store.reading(EVERYONE) as session:
        return frozenset(HubName(person.hub_name or "") for _, person in session.exec(wanted))


def note(
    store: Store,
    course: CourseKey,
    *,
    failed: Mapping[HubName, str],
    placed: Collection[HubName],
    at: datetime,
) -> None:
    """Nothing; why each could not be placed is kept, and forgotten of those who were."""
    with store.writing(EVERYONE) as session:
        known = {HubName(who.hub_name or ""): row for row, who in session.exec(_of(course))}
        done = [row.id for name, row in known.items() if name in placed and name not in failed]
        for some in in_bulk(done):
            session.exec(delete(HubProblem).where(col(HubProblem.id).in_(some)))
        for name, person in _people(session, course, failed):
            row = known.get(name) or HubProblem(
                institution_id=person[0],
                course_id=person[1],
                person_id=person[2],
                since=at,
                next_at=at,
            )
            row.tries, row.reason = row.tries + 1, failed[name]
            row.next_at = at + min(FIRST_WAIT * 2 ** min(row.tries, 20), LONGEST_WAIT)
            session.add(row)


def listed(
    store: Store, tenant: InstitutionId, course_id: int, *, limit: int = 200
) -> list[Problem]:
    """Those whom the Hub does not take now, the oldest first."""
    wanted = (
        select(HubProblem, Person)
        .join(Person, col(Person.id) == HubProblem.person_id)
        .join(Enrolment, col(Enrolment.person_id) == Person.id)
        .where(Enrolment.course_id == course_id, col(Enrolment.dropped_at).is_(None))
        .where(HubProblem.course_id == course_id)
        .order_by(col(HubProblem.since), col(HubProblem.id))
        .limit(limit)
    )
    with store.reading(tenant) as session:
        return [
            Problem(
                name=person.name or person.subject,
                hub_name=person.hub_name or "",
                reason=row.reason,
                tries=row.tries,
                since=row.since,
                next_at=row.next_at,
            )
            for row, person in session.exec(wanted)
        ]


def _of(course: CourseKey) -> Select[HubProblem, Person]:
    return (
        select(HubProblem, Person)
        .join(Person, col(Person.id) == HubProblem.person_id)
        .join(Course, col(Course.id) == HubProblem.course_id)
        .where(Course.key == course)
    )


def _people(
    session: Session, course: CourseKey, names: Collection[HubName]
) -> list[tuple[HubName, tuple[InstitutionId, int, int]]]:
    """Institution, course and person of each of these names."""
    row = session.exec(select(Course).where(Course.key == course)).one()
    found = []
    for some in in_bulk(names):
        for person in session.exec(select(Person).where(col(Person.hub_name).in_(some))):
            key = (row.institution_id, row.id or 0, person.id or 0)
            found.append((HubName(person.hub_name or ""), key))
    return found
