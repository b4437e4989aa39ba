"""Names on the Hub: free ones, given once."""

from collections.abc import Iterator

from sqlalchemy.exc import IntegrityError
from sqlmodel import select
from starlette.concurrency import run_in_threadpool

from coursehub.model.institution import Person
from coursehub.ports import Hub
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.people import HubName


async def give(store: Store, hub: Hub, person: Person, names: Iterator[HubName]) -> HubName:
    """
    A Hub name for someone new, theirs for ever.

    A name that the Hub knows already belongs to somebody else: a launch
    never becomes an existing account.
    """
    for name in names:
        if await run_in_threadpool(_is_taken, store, name) or await hub.exists(name):
            continue
        if given := await run_in_threadpool(_give_name, store, person, name):
            return given
    raise AssertionError("the names to try never end")


def _is_taken(store: Store, name: HubName) -> bool:
    with store.reading(EVERYONE) as session:
        return session.exec(select(Person.id).where(Person.hub_name == name)).first() is not None


def _give_name(store: Store, person: Person, name: HubName) -> HubName | None:
    """The person's name: this one, or one given at the same moment; None if it was snatched."""
    try:
        with store.writing(EVERYONE) as session:
            row = session.exec(select(Person).where(Person.id == person.id).with_for_update()).one()
            row.hub_name = row.hub_name or name
            session.add(row)
            session.flush()
            return HubName(row.hub_name)
    except IntegrityError:
        return None
