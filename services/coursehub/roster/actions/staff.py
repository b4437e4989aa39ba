"""Who became staff of a course or ceased to be: when, by which source, and at whose word."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from coursehub.model.institution import InstitutionId, Person
from coursehub.model.roster import RosterSync, StaffChange
from coursehub.roster.rules import Step
from coursehub.store import Store
from coursehub.vocabulary.people import PersonKey, Role

UNDO: Final = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One change of somebody's role from, to or within a course's staff."""

    id: int
    at: datetime
    name: str
    before: Role | None
    after: Role | None
    source: str
    by: str
    sync_id: int | None


def note(
    session: Session,
    sync: RosterSync,
    steps: Iterable[Step],
    people: Mapping[PersonKey, int],
    *,
    by: str,
    at: datetime,
    undone: bool = False,
) -> None:
    """Nothing; those of the steps that were done and are about staff are kept for ever."""
    for step in steps:
        roles = (step.after, step.before) if undone else (step.before, step.after)
        before, after = roles
        if step.key not in people or not _is_of_staff(before, after):
            continue
        session.add(
            StaffChange(
                institution_id=sync.institution_id,
                course_id=sync.course_id,
                person_id=people[step.key],
                before=before,
                after=after,
                source=UNDO if undone else sync.source,
                by=by,
                at=at,
                sync_id=sync.id,
            )
        )


def changes(
    store: Store,
    tenant: InstitutionId,
    course_id: int,
    *,
    before: int | None = None,
    limit: int = 50,
) -> list[Changed]:
    """The changes of the course's staff, the latest first."""
    wanted = (
        select(StaffChange, Person)
        .join(Person, col(Person.id) == StaffChange.person_id)
        .where(StaffChange.course_id == course_id)
        .order_by(col(StaffChange.id).desc())
        .limit(limit)
    )
    if before:
        wanted = wanted.where(col(StaffChange.id) < before)
    with store.reading(tenant) as session:
        return [
            Changed(
                id=row.id or 0,
                at=row.at,
                name=person.name or person.subject,
                before=row.before,
                after=row.after,
                source=row.source,
                by=row.by,
                sync_id=row.sync_id,
            )
            for row, person in session.exec(wanted)
        ]


def _is_of_staff(before: Role | None, after: Role | None) -> bool:
    return before != after and any(role is not None and role.is_staff for role in (before, after))
