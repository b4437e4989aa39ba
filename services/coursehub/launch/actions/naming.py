"""Names on the Hub: free ones, given once, and accounts that a trusted address leads to."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select
from starlette.concurrency import run_in_threadpool

from coursehub.errors import Conflict, Missing
from coursehub.launch import rules
from coursehub.model.course import LaunchRecord
from coursehub.model.institution import AccountLink, Person
from coursehub.model.naming import is_somebodys
from coursehub.ports import Clock, Hub
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary import usernames
from coursehub.vocabulary.launch import Launch
from coursehub.vocabulary.people import PEOPLE_GROUP, HubName, is_no_older
from coursehub.vocabulary.usernames import UsernameTemplate

BY_TRUST = "trusted domain"
"""Who links a person whose address is of a trusted domain, in the record of links."""


async def name_of(
    store: Store,
    hub: Hub,
    clock: Clock,
    person: Person,
    launch: Launch,
    *,
    template: UsernameTemplate,
    domains: frozenset[str],
) -> Person:
    """
    The person with a Hub name: their own, or given now, theirs for ever.

    `domains` are those that the person's institution trusts (`trusted_domains`).

    The Hub is not asked whether it has an account of that name: it sees for
    itself, and asks for `another` where one is there that no launch made.
    """
    if person.hub_name and not await _is_systems(person, hub):
        return person
    trusted = rules.trusted_name(launch, template, domains)
    if trusted and (linked := await _by_trust(store, hub, clock, person, trusted)):
        return linked
    names = usernames.hub_names(launch, template)
    return await _give(store, hub, clock, person.id or 0, names, instead_of=person.hub_name)


def name_at_once(
    session: Session, person: Person, launch: Launch, *, template: UsernameTemplate, at: datetime
) -> None:
    """
    Nothing; a newcomer has the first of their names from now on, where nobody else has it.

    In the launch's own transaction: one of its own would cost as much again.
    Whether this machine has an account of that name is for `name_of` to ask,
    for its answer may come from a directory over the network.
    """
    if person.hub_name:
        return
    name = next(usernames.hub_names(launch, template))
    if not is_somebodys(session, name):
        person.hub_name, person.named_at = name, at


async def another(
    store: Store, hub: Hub, clock: Clock, launch_id: str, *, taken: HubName
) -> HubName:
    """
    Another name for the person of a launch, whose own is an account of another login's.

    Conflict for somebody who has arrived or is linked: their name is for ever.
    """
    person = await run_in_threadpool(_newcomer, store, launch_id)
    if person.hub_name and person.hub_name != taken:
        return HubName(person.hub_name)
    if await _is_made_for(person, hub, taken):
        return taken  # by the person's own launch in another tab
    if person.arrived_at or person.is_linked:
        raise Conflict("name-for-ever", "This person's name cannot be changed any more.")
    names = usernames.further_names(taken)
    given = await _give(
        store, hub, clock, person.id or 0, names, instead_of=person.hub_name, asks_hub=True
    )
    return HubName(given.hub_name or "")


def release(store: Store, name: HubName) -> None:
    """
    Nothing; another login may make an account of that name.

    Somebody who got the name and has not arrived gets another at their next
    launch. Conflict where it is the name of a person who has.
    """
    with store.writing(EVERYONE) as session:
        person = session.exec(select(Person).where(Person.hub_name == name)).first()
        if person is None or person.is_linked:
            return
        if person.arrived_at:
            raise Conflict("name-of-a-person", "This is the name of a person of an LMS.")
        person.hub_name = None
        session.add(person)


def seconds(named_at: datetime | None) -> float:
    """When a name was given, in Unix seconds; 0 where that was not kept, so before any account."""
    return named_at.timestamp() if named_at else 0.0


async def _is_systems(person: Person, hub: Hub) -> bool:
    """
    Whether a newcomer's name is that of an account of this machine, and not by their own arrival.

    One who has arrived or is linked keeps their name, whatever accounts the machine gets.
    """
    if person.arrived_at or person.is_linked:
        return False
    name = HubName(person.hub_name or "")
    return await hub.system_uid(name) is not None and not await _is_made_for(person, hub, name)


async def _is_made_for(person: Person, hub: Hub, name: HubName) -> bool:
    """Whether a launch of the person's made that account: one of an earlier person is older."""
    account = await hub.account(name)
    if account is None or PEOPLE_GROUP not in account.groups:
        return False
    return is_no_older(account.made_at, named_at=seconds(person.named_at))


def _newcomer(store: Store, launch_id: str) -> Person:
    """The person of the launch."""
    with store.reading(EVERYONE) as session:
        record = session.get(LaunchRecord, launch_id)
        person = session.get(Person, record.person_id) if record else None
    if person is None:
        raise Missing("no-such-launch", "This launch is not known here.")
    return person


async def _give(
    store: Store,
    hub: Hub,
    clock: Clock,
    person_id: int,
    names: Iterator[HubName],
    *,
    instead_of: str | None,
    asks_hub: bool = False,
) -> Person:
    """
    The person under the first name that is free.

    This machine's own accounts (root, daemon) are nobody's to take.
    """
    for name in names:
        if await hub.system_uid(name) is not None or (asks_hub and await hub.exists(name)):
            continue
        if given := await run_in_threadpool(
            _keep, store, person_id, name, instead_of=instead_of, at=clock.now()
        ):
            return given
    raise AssertionError("the names to try never end")


def _keep(
    store: Store, person_id: int, name: HubName, *, instead_of: str | None, at: datetime
) -> Person | None:
    """The person with this name, or one given at the same moment; None if it is somebody's."""
    try:
        with store.writing(EVERYONE) as session:
            row = session.exec(select(Person).where(Person.id == person_id).with_for_update()).one()
            if row.hub_name != instead_of:
                return row
            if is_somebodys(session, name):
                return None
            row.hub_name, row.named_at = name, at
            session.add(row)
            session.flush()
            return row
    except IntegrityError:
        return None


async def _by_trust(
    store: Store, hub: Hub, clock: Clock, person: Person, name: HubName
) -> Person | None:
    """
    The person linked to the account that their trusted address leads to, if there is one.

    Never an administrator's, a launch's or a system account: those are linked
    by hand or not at all, and what was unlinked by hand stays so.
    """
    account = await hub.account(name)
    if account is None or account.is_admin or PEOPLE_GROUP in account.groups:
        return None
    if not rules.may_be_a_persons(await hub.system_uid(name)):
        return None
    return await run_in_threadpool(_link, store, person, name, clock.now())


def trusted_domains(session: Session, person: Person, domains: str) -> frozenset[str]:
    """
    The institution's trusted domains for a person who has no name yet.

    None for one who was linked before: what was unlinked by hand stays so.
    """
    if person.hub_name or not domains:
        return frozenset()
    linked = select(AccountLink.id).where(AccountLink.person_id == person.id)
    if session.exec(linked).first() is not None:
        return frozenset()
    return frozenset(domains.split())


def _link(store: Store, person: Person, name: HubName, at: datetime) -> Person | None:
    try:
        with store.writing(EVERYONE) as session:
            row = session.exec(select(Person).where(Person.id == person.id).with_for_update()).one()
            if row.hub_name:
                return row
            if is_somebodys(session, name):
                return None
            link(session, row, name, by=BY_TRUST, at=at)
            return row
    except IntegrityError:
        return None


def link(session: Session, person: Person, name: HubName, *, by: str, at: datetime) -> None:
    """Nothing; the person is the Hub account of that name from now on, and that is on record."""
    _rename(session, person, name, is_link=True, by=by, at=at)
    person.is_linked, person.arrived_at = True, person.arrived_at or at


def unlink(session: Session, person: Person, name: str | None, *, by: str, at: datetime) -> None:
    """Nothing; the person has that name again, or gets one at the next launch."""
    _rename(session, person, name, is_link=False, by=by, at=at)
    person.is_linked, person.arrived_at = False, person.arrived_at if name else None


def _rename(
    session: Session, person: Person, name: str | None, *, is_link: bool, by: str, at: datetime
) -> None:
    record = AccountLink(
        institution_id=person.institution_id,
        person_id=person.id or 0,
        before=person.hub_name,
        after=name,
        is_link=is_link,
        by=by,
        at=at,
    )
    person.hub_name = name
    session.add_all([record, person])
    session.flush()
