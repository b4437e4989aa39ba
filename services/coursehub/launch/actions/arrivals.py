"""Arrivals: people whom the Hub knows now, so that its groups may name them."""

from collections.abc import Collection

from sqlmodel import col, select

from coursehub.model.course import LaunchRecord
from coursehub.model.institution import Person
from coursehub.ports import Clock
from coursehub.store import EVERYONE, Store


def note(store: Store, clock: Clock, launch_ids: Collection[str]) -> None:
    """Nothing; the Hub has accounts for the people of these launches. Unknown ones say nothing."""
    came = select(LaunchRecord.person_id).where(col(LaunchRecord.id).in_(launch_ids))
    with store.writing(EVERYONE) as session:
        for person in session.exec(
            select(Person).where(col(Person.id).in_(came), col(Person.arrived_at).is_(None))
        ):
            person.arrived_at = clock.now()
            session.add(person)
