"""The Hub's groups of a course, brought in step with its enrolments."""

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlmodel import col, select
from starlette.concurrency import run_in_threadpool

from coursehub.errors import Refused
from coursehub.model.course import Course, Enrolment
from coursehub.model.institution import Person
from coursehub.ports import Hub
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey, all_groups_of, groups_of
from coursehub.vocabulary.people import HubName, Role


async def align(store: Store, hub: Hub, *, course: CourseKey) -> int:
    """
    How many memberships of the Hub's groups had to change for the course.

    Only people who have been on the Hub are put in its groups; the others are
    placed in theirs when they first arrive. Whoever is there already and
    belongs there stays, though the word of their arrival may still be on its way.
    """
    # The Hub is asked first: who launches in between is in the database when that is read,
    # and would else be found in a group where nobody expected them, and be taken out.
    members = {group: await hub.members(group) for group in all_groups_of(course)}
    wanted = await run_in_threadpool(_wanted_groups, store, course)
    changed = 0
    for group, names in sorted(wanted.items()):
        present = members[group]
        missing, surplus = names.arrived - present, present - names.enrolled
        await _add(store, hub, group, missing)
        await hub.remove(group, surplus)
        changed += len(missing) + len(surplus)
    return changed


async def _add(store: Store, hub: Hub, group: str, names: Collection[HubName]) -> None:
    """
    The people in the group, but for those whom the Hub has lost.

    JupyterHub refuses a whole call for one name that it does not know.
    Someone whose account was deleted is placed again when they come back.
    """
    try:
        await hub.add(group, names)
    except Refused:
        gone = {name for name in names if not await hub.exists(name)}
        if not gone:
            raise
        await run_in_threadpool(_note_gone, store, gone)
        await hub.add(group, set(names) - gone)


def _note_gone(store: Store, names: set[HubName]) -> None:
    with store.writing(EVERYONE) as session:
        for person in session.exec(select(Person).where(col(Person.hub_name).in_(names))):
            person.arrived_at = None
            session.add(person)


@dataclass(slots=True)
class _Wanted:
    """The names that belong in a group, and those of them that the Hub is known to know."""

    enrolled: set[HubName] = field(default_factory=set)
    arrived: set[HubName] = field(default_factory=set)


def _wanted_groups(store: Store, course: CourseKey) -> dict[str, _Wanted]:
    with store.reading(EVERYONE) as session:
        rows = session.exec(
            select(Person.hub_name, Person.arrived_at, Enrolment.role)
            .join(Enrolment, col(Enrolment.person_id) == Person.id)
            .join(Course, col(Course.id) == Enrolment.course_id)
            .where(
                Course.key == course,
                col(Enrolment.dropped_at).is_(None),
                col(Person.hub_name).is_not(None),
            )
        ).all()
    wanted = {group: _Wanted() for group in all_groups_of(course)}
    for name, arrived_at, role in rows:
        for group in groups_of(course, Role(role)):
            wanted[group].enrolled.add(HubName(name or ""))
            if arrived_at is not None:
                wanted[group].arrived.add(HubName(name or ""))
    return wanted
