"""Any order of starts, stops, losses and comparisons leaves the ledger in balance."""

import asyncio
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlmodel import SQLModel

from coursehub.adapters.memory import MemoryHub
from coursehub.errors import Conflict, Full
from coursehub.quotas.actions.reservations import reconcile
from coursehub.settings import Settings
from coursehub.store import Store
from coursehub.vocabulary.limits import Admission
from coursehub.vocabulary.people import HubName
from tests.quotas.campus import Campus

NAMES = ("ada", "ben", "cleo")
SEATS = 2
people = st.sampled_from(NAMES)


class Term(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.store = Store(f"sqlite:///{Path(self.folder.name) / 'coursehub.sqlite'}")
        SQLModel.metadata.create_all(self.store.engine)
        self.campus = Campus(self.store, Settings(data_dir=Path(self.folder.name)))
        self.hub = MemoryHub(users={HubName(name) for name in NAMES})
        self.course = self.campus.course("data8", seats=SEATS)
        self.campus.enrol("data8", *NAMES)
        self.seats: list[Admission] = []

    @rule(name=people, listed=st.booleans())
    def spawn(self, name: str, listed: bool) -> None:
        try:
            self.seats.append(self.campus.spawn(name))
        except Full:
            return
        if listed:
            self.hub.spawn(HubName(name))

    @rule(index=st.integers(0, 20))
    def run_one(self, index: int) -> None:
        if self.seats:
            try:
                self.campus.run(self.seats[index % len(self.seats)])
            except Conflict:  # a late message for a seat that is closed
                return

    @rule(index=st.integers(0, 20))
    def close(self, index: int) -> None:
        if self.seats:
            self.campus.close(self.seats[index % len(self.seats)])

    @rule(name=people)
    def stop_untold(self, name: str) -> None:
        self.hub.vanish(HubName(name))

    @rule(seconds=st.integers(-600, 7200))
    def pass_time(self, seconds: int) -> None:
        self.campus.later(seconds=seconds)

    @rule()
    def compare(self) -> None:
        asyncio.run(reconcile(self.store, self.hub, self.campus))

    @invariant()
    def the_sum_is_zero(self) -> None:
        assert self.campus.ledger_sum() == 0

    @invariant()
    def no_seat_is_charged_twice(self) -> None:
        sides = Counter(entry.reservation_id for entry in self.campus.entries())
        assert all(count == 2 for count in sides.values())

    @invariant()
    def nothing_costs_less_than_nothing(self) -> None:
        assert all(p.usage.cost_microusd >= 0 for p in self.campus.spending(self.course).people)

    @invariant()
    def no_more_seats_are_taken_than_there_are(self) -> None:
        open_seats = [seat for seat in self.seats if self.campus.seat(seat).closed_at is None]
        assert len({seat.reservation_id for seat in open_seats}) <= SEATS

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()


TestTerm = Term.TestCase
TestTerm.settings = hypothesis_settings(
    max_examples=20, stateful_step_count=25, deadline=None, print_blob=True
)
