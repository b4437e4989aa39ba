"""The Hub's groups of a course, brought in step with its enrolments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from sqlmodel import col, select
from starlette.concurrency import run_in_threadpool

from coursehub.errors import Refused
from coursehub.model.course import Course, Enrolment
from coursehub.model.institution import Person
from coursehub.ports import Clock, Hub
from coursehub.roster.actions import problems
from coursehub.roster.actions.chunks import Calls, chunks
from coursehub.roster.actions.progress import Progress
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey, all_groups_of, groups_of
from coursehub.vocabulary.people import HubName, Role
from coursehub.vocabulary.roster import Stage


async def align(
    store: Store, hub: Hub, clock: Clock, *, course: CourseKey, progress: Progress | None = None
) -> int:
    """
    How many memberships of the Hub's groups had to change for the course.

    Only people who have been on the Hub are put in its groups; the others are
    placed in theirs when they first arrive. Whoever is there already and
    belongs there stays, though the word of their arrival may still be on its way.
    Whom the Hub does not take is noted, and tried again later.
    """
    # The Hub is asked first: who launches in between is in the database when that is read,
    # and would else be found in a group where nobody expected them, and be taken out.
    members = {group: await hub.members(group) for group in sorted(all_groups_of(course))}
    wanted = await run_in_threadpool(_wanted_groups, store, course)
    waiting = await run_in_threadpool(problems.put_off, store, course, clock.now())
    changes = _changes(members, wanted, waiting)
    goal = sum(len(change.joining) + len(change.leaving) for change in changes.values())
    calls, progress = Calls(), progress or Progress(store)
    try:
        await _change(store, hub, changes, calls, progress, goal=goal)
    finally:
        if calls.failed or calls.placed:
            await run_in_threadpool(
                problems.note, store, course,
                failed=calls.failed, placed=calls.placed, at=clock.now(),
            )  # fmt: skip
    return goal - len(calls.failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """Who joins a group and who leaves it."""

    joining: frozenset[HubName]
    leaving: frozenset[HubName]


def _changes(
    members: Mapping[str, frozenset[HubName]],
    wanted: Mapping[str, "_Wanted"],
    waiting: frozenset[HubName],
) -> dict[str, _Change]:
    return {
        group: _Change(
            joining=frozenset(names.arrived - members[group] - waiting),
            leaving=members[group] - names.enrolled,
        )
        for group, names in sorted(wanted.items())
    }


async def _change(
    store: Store,
    hub: Hub,
    changes: Mapping[str, _Change],
    calls: Calls,
    progress: Progress,
    *,
    goal: int,
) -> None:
    done = 0
    for group, change in changes.items():
        add = partial(_add, store, hub, group)
        for some in chunks(change.joining):
            await progress.at(Stage.GROUPS, done, goal=goal)
            await calls.make(add, some)
            done += len(some)
        for some in chunks(change.leaving):
            await progress.at(Stage.GROUPS, done, goal=goal)
            await hub.remove(group, some)
            done += len(some)


async def _add(store: Store, hub: Hub, group: str, names: list[HubName]) -> None:
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
