"""Linking a person of an LMS to an account that the Hub had before, and undoing it."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from starlette.concurrency import run_in_threadpool

from coursehub.errors import Conflict, Missing, Refused
from coursehub.launch.actions import enrolling, naming
from coursehub.model.institution import AccountLink, Person
from coursehub.model.naming import is_somebodys
from coursehub.ports import Clock, Hub, HubAccount
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary import usernames
from coursehub.vocabulary.people import PEOPLE_GROUP, HubName


async def account_for(store: Store, hub: Hub, person_id: int, name: str) -> HubAccount:
    """
    The Hub account that the person may be linked to.

    Missing where the Hub knows none of that name, Conflict where it is another
    person's or the person is linked already, Refused for coursehub's own.
    """
    if usernames.is_our_own(name):
        raise Refused("account-reserved", "No person can be linked to an account of coursehub's.")
    await run_in_threadpool(_check, store, person_id, HubName(name))
    account = await hub.account(HubName(name)) if name else None
    if account is None:
        raise Missing("no-such-account", "The Hub has no account of that name.")
    return account


async def link(
    store: Store,
    hub: Hub,
    clock: Clock,
    person_id: int,
    name: str,
    *,
    by: str,
    is_admin_meant: bool = False,
) -> None:
    """
    Nothing; launches of the person enter that account, which other logins may enter too.

    Refused for an administrator's account that was not expressly meant.
    """
    account = await account_for(store, hub, person_id, name)
    if account.is_admin and not is_admin_meant:
        raise Refused(
            "account-of-an-admin",
            f"{name} is an account of an administrator of this Hub. Confirm that it is meant.",
        )
    before = await run_in_threadpool(_link, store, person_id, HubName(name), by, clock.now())
    if PEOPLE_GROUP in account.groups:
        await hub.remove(PEOPLE_GROUP, [account.name])
    await _move_groups(store, hub, person_id, before=before)


async def unlink(store: Store, hub: Hub, clock: Clock, person_id: int, *, by: str) -> None:
    """Nothing; the person has the name again that they had before the link."""
    before, after = await run_in_threadpool(_unlink, store, person_id, by, clock.now())
    if after and after == before and await hub.exists(after):
        await hub.add(PEOPLE_GROUP, [after])
    await _move_groups(store, hub, person_id, before=before)


def _check(store: Store, person_id: int, name: HubName) -> None:
    with store.reading(EVERYONE) as session:
        _check_in(session, person_id, name)


def _check_in(session: Session, person_id: int, name: HubName) -> Person:
    person = session.exec(select(Person).where(Person.id == person_id).with_for_update()).first()
    if person is None:
        raise Missing("no-such-person", "There is no such person; look for them in the list.")
    if person.is_linked:
        raise Conflict("linked-already", "The person is linked already. Undo that link first.")
    if is_somebodys(session, name, but=person_id):
        raise _of_a_person(name)
    return person


def _of_a_person(name: str) -> Conflict:
    return Conflict("account-of-a-person", f"The account {name} is another person's.")


def _link(store: Store, person_id: int, name: HubName, by: str, at: datetime) -> HubName | None:
    """The name that the person had until now."""
    try:
        with store.writing(EVERYONE) as session:
            person = _check_in(session, person_id, name)
            before = person.hub_name
            naming.link(session, person, name, by=by, at=at)
            return HubName(before) if before else None
    except IntegrityError as cause:  # given or linked at the same moment
        raise _of_a_person(name) from cause


def _unlink(store: Store, person_id: int, by: str, at: datetime) -> tuple[HubName, HubName]:
    """The name that the person had until now, and the one of before (may be empty)."""
    with store.writing(EVERYONE) as session:
        person = session.exec(
            select(Person).where(Person.id == person_id).with_for_update()
        ).first()
        if person is None or not person.is_linked:
            raise Conflict("not-linked", "The person is not linked to an account.")
        last = session.exec(
            select(AccountLink)
            .where(AccountLink.person_id == person_id, AccountLink.is_link)
            .order_by(col(AccountLink.id).desc())
        ).first()
        before, after = person.hub_name, last.before if last else None
        naming.unlink(session, person, after, by=by, at=at)
        return HubName(before or ""), HubName(after or "")


async def _move_groups(store: Store, hub: Hub, person_id: int, *, before: HubName | None) -> None:
    """Nothing; the account that the person has now is in their courses' groups, no other."""
    name, groups = await run_in_threadpool(_groups, store, person_id)
    if name == before:
        return
    comes = [name] if name and await hub.exists(name) else []
    goes = [before] if before and await hub.exists(before) else []
    for group in groups:
        await hub.add(group, comes)
        await hub.remove(group, goes)


def _groups(store: Store, person_id: int) -> tuple[HubName, tuple[str, ...]]:
    with store.reading(EVERYONE) as session:
        person = session.exec(select(Person).where(Person.id == person_id)).one()
        return HubName(person.hub_name or ""), enrolling.groups_of_person(session, person).join
