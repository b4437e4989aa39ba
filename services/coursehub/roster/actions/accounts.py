"""Accounts on the Hub for people who have not been there, where a setting asks for them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from sqlmodel import Session, col, select, update
from starlette.concurrency import run_in_threadpool

from coursehub.model.course import Course, Enrolment
from coursehub.model.institution import AccountLink, Institution, Person, Platform
from coursehub.model.naming import is_somebodys
from coursehub.ports import Clock, Hub
from coursehub.roster.actions import problems
from coursehub.roster.actions.chunks import CHUNK, Calls, chunks
from coursehub.roster.actions.progress import Progress
from coursehub.store import EVERYONE, Store, in_bulk
from coursehub.vocabulary import usernames
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.people import PEOPLE_GROUP, HubName, is_no_older
from coursehub.vocabulary.roster import Stage
from coursehub.vocabulary.usernames import OnList

ROUNDS: Final = 20
"""So often a name that is somebody's is changed for the next; whoever is left has their launch."""

Nameless = dict[int, Iterator[HubName]]
"""People without a name, by number, and the names to try for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Somebody of a course whom the Hub does not know yet."""

    person_id: int
    named_at: datetime | None


async def make(
    store: Store,
    hub: Hub,
    clock: Clock,
    *,
    course: CourseKey,
    template: str,
    progress: Progress,
) -> int:
    """
    How many people of the course have an account on the Hub now that they had not.

    Under the name that their first launch would give them, and marked as a
    launch's: no other login enters it. Whose name cannot be told from the list
    alone, or whom a trusted address may link to an account, waits for a launch.
    """
    nameless = await run_in_threadpool(_nameless, store, course, template)
    await _name(store, hub, clock, nameless)
    waiting = await run_in_threadpool(problems.put_off, store, course, clock.now())
    newcomers = await run_in_threadpool(_newcomers, store, course)
    names = [name for name in newcomers if name not in waiting]
    calls, makes = Calls(), partial(_create, store, hub, clock, newcomers)
    try:
        for number, some in enumerate(chunks(names)):
            await progress.at(Stage.ACCOUNTS, number * CHUNK, goal=len(names))
            await calls.make(makes, some)
    finally:
        if calls.failed:
            await run_in_threadpool(
                problems.note, store, course, failed=calls.failed, placed=(), at=clock.now()
            )
    return len(calls.placed)


async def _create(
    store: Store,
    hub: Hub,
    clock: Clock,
    newcomers: Mapping[HubName, Newcomer],
    names: list[HubName],
) -> None:
    """Nothing; these people have accounts, made now or by a call that was cut off."""
    made = set(await hub.create(names))
    others = set[HubName]()
    for name in set(names) - made:
        if await _is_ours(hub, name, newcomers[name].named_at):
            made.add(name)
        else:
            others.add(name)
    await hub.add(PEOPLE_GROUP, made)
    await run_in_threadpool(_note_arrived, store, made, clock.now())
    for name in sorted(others):
        await _rename(store, hub, clock, newcomers[name].person_id, name)


async def _is_ours(hub: Hub, name: HubName, named_at: datetime | None) -> bool:
    """
    Whether the account was made for the person since they got that name.

    A call that was cut off leaves accounts without the mark, where nobody has
    been; whoever logs in by another door has been seen.
    """
    account = await hub.account(name)
    if account is None or named_at is None or account.is_admin:
        return False
    is_untouched = account.seen_at is None and not account.groups
    is_new = is_no_older(account.made_at, named_at=named_at.timestamp())
    return is_new and (PEOPLE_GROUP in account.groups or is_untouched)


async def _rename(store: Store, hub: Hub, clock: Clock, person_id: int, taken: HubName) -> None:
    """Nothing; the person has the next name that is free on the Hub too, for the next round."""
    for name in usernames.further_names(taken):
        if await hub.system_uid(name) is None and not await hub.exists(name):
            given = {person_id: name}
            if not await run_in_threadpool(_keep, store, given, clock.now(), instead_of=taken):
                return


async def _name(store: Store, hub: Hub, clock: Clock, nameless: Nameless) -> None:
    """Nothing; these people have names, but for those whose names are all somebody's."""
    for _ in range(ROUNDS):
        given: dict[int, HubName] = {}
        for person, names in nameless.items():
            name = next(names)
            while await hub.system_uid(name) is not None:
                name = next(names)
            given[person] = name
        left = await run_in_threadpool(_keep, store, given, clock.now())
        nameless = {person: nameless[person] for person in left}
        if not nameless:
            return


def _keep(
    store: Store, given: Mapping[int, HubName], at: datetime, *, instead_of: str | None = None
) -> set[int]:
    """Whose names are somebody's already; the others have theirs now."""
    left = set[int]()
    for some in in_bulk(sorted(given)):
        with store.writing(EVERYONE) as session:
            rows = select(Person).where(col(Person.id).in_(some)).with_for_update()
            for row in session.exec(rows.order_by(col(Person.id))):
                name = given[row.id or 0]
                if row.hub_name != instead_of:
                    continue
                if is_somebodys(session, name):
                    left.add(row.id or 0)
                else:
                    row.hub_name, row.named_at = name, at
                    session.add(row)
                    session.flush()
    return left


def _nameless(store: Store, course: CourseKey, template: str) -> Nameless:
    """Those of the course without a name to whom the list's word gives one."""
    linked = select(AccountLink.id).where(AccountLink.person_id == Person.id).exists()
    wanted = (
        select(Person, Platform.username_template, Institution.trusted_domains)
        .join(Enrolment, col(Enrolment.person_id) == Person.id)
        .join(Course, col(Course.id) == Enrolment.course_id)
        .join(Platform, col(Platform.id) == Person.platform_id)
        .join(Institution, col(Institution.id) == Person.institution_id)
        .where(Course.key == course, col(Enrolment.dropped_at).is_(None))
        .where(col(Person.hub_name).is_(None), ~linked)
    )
    found: Nameless = {}
    with store.reading(EVERYONE) as session:
        for person, own, domains in session.exec(wanted):
            names = usernames.parse(own or template)
            listed = OnList(subject=person.subject, email=person.email, name=person.name)
            is_trusted = person.email.rpartition("@")[2].lower() in domains.split()
            if not is_trusted and usernames.can_name_ahead(listed, names):
                found[person.id or 0] = usernames.hub_names(listed, names)
    return found


def _newcomers(store: Store, course: CourseKey) -> dict[HubName, Newcomer]:
    """Those of the course who have a name and have not been on the Hub."""
    wanted = (
        select(Person.id, Person.hub_name, Person.named_at)
        .join(Enrolment, col(Enrolment.person_id) == Person.id)
        .join(Course, col(Course.id) == Enrolment.course_id)
        .where(Course.key == course, col(Enrolment.dropped_at).is_(None))
        .where(col(Person.hub_name).is_not(None), col(Person.arrived_at).is_(None))
    )
    with store.reading(EVERYONE) as session:
        return {
            HubName(name or ""): Newcomer(person_id=key or 0, named_at=named_at)
            for key, name, named_at in session.exec(wanted)
        }


def _note_arrived(store: Store, names: set[HubName], at: datetime) -> None:
    with store.writing(EVERYONE) as session:
        _arrive(session, names, at)


def _arrive(session: Session, names: set[HubName], at: datetime) -> None:
    for some in in_bulk(sorted(names)):
        session.exec(
            update(Person)
            .where(col(Person.hub_name).in_(some), col(Person.arrived_at).is_(None))
            .values(arrived_at=at)
        )
