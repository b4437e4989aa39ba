import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from coursehub.adapters.memory import MemoryHub
from coursehub.errors import Conflict, Missing, Unreachable
from coursehub.model.quota import ReservationState
from coursehub.model.spending import ledger_sum, spent
from coursehub.quotas.actions.reservations import Reconciled, close, reconcile, run
from coursehub.vocabulary.people import HubName
from tests.quotas.campus import Campus

GB = 10**9


@pytest.fixture
def hub() -> MemoryHub:
    return MemoryHub(users={HubName("ada"), HubName("ben")})


def compare(campus: Campus, hub: MemoryHub) -> Reconciled:
    return asyncio.run(reconcile(campus.store, hub, campus))


def test_an_hour_is_charged_from_running_to_closed(campus: Campus) -> None:
    course = campus.course("data8", memory_bytes=2 * GB, cpu=1.0)
    campus.enrol("data8", "ada")
    seat = campus.spawn("ada")
    campus.later(minutes=3)
    campus.run(seat)
    campus.later(hours=1)
    campus.close(seat)
    spending = campus.spending(course)
    assert spending.total.cost_microusd == 40_000
    assert spending.total.seat_hours == 1
    assert spending.total.memory_byte_hours == 2 * GB
    assert campus.ledger_sum() == 0


def test_what_the_spawner_really_gave_is_what_is_charged(campus: Campus) -> None:
    course = campus.course("data8", memory_bytes=2 * GB, cpu=1.0)
    campus.enrol("data8", "ada")
    seat = campus.spawn("ada")
    campus.run(seat, memory_bytes=1 * GB, cpu=0.5)
    campus.later(hours=1)
    campus.close(seat)
    assert campus.spending(course).total.cost_microusd == 20_000


def test_a_server_that_never_ran_costs_nothing(campus: Campus) -> None:
    course = campus.course("data8")
    campus.enrol("data8", "ada")
    seat = campus.spawn("ada")
    campus.later(hours=1)
    campus.close(seat)
    assert campus.entries() == []
    assert campus.spending(course).people == ()


def test_closing_twice_charges_once(campus: Campus) -> None:
    campus.course("data8")
    campus.enrol("data8", "ada")
    seat = campus.spawn("ada")
    campus.run(seat)
    campus.later(hours=1)
    campus.close(seat)
    before = campus.entries()
    campus.later(hours=1)
    campus.close(seat)
    assert [e.amount_microusd for e in campus.entries()] == [e.amount_microusd for e in before]


def test_twenty_closings_at_once_charge_once(campus: Campus) -> None:
    campus.course("data8")
    campus.enrol("data8", "ada", "ben")
    seats = [campus.spawn("ada"), campus.spawn("ben")]
    for seat in seats:
        campus.run(seat)
    campus.later(hours=1)
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(campus.close, seats * 10))
    assert len(campus.entries()) == 4
    assert campus.ledger_sum() == 0


def test_running_told_twice_counts_from_the_first(campus: Campus) -> None:
    campus.course("data8")
    campus.enrol("data8", "ada")
    seat = campus.spawn("ada")
    campus.run(seat)
    first = campus.seat(seat).started_at
    campus.later(minutes=5)
    campus.run(seat)
    assert campus.seat(seat).started_at == first


def test_a_late_running_does_not_revive_a_closed_seat(campus: Campus) -> None:
    campus.course("data8")
    campus.enrol("data8", "ada")
    seat = campus.spawn("ada")
    campus.close(seat)
    with pytest.raises(Conflict):
        campus.run(seat)
    assert campus.seat(seat).state is ReservationState.CLOSED


def test_an_unknown_reservation_is_missing(campus: Campus) -> None:
    with pytest.raises(Missing):
        close(campus.store, "nothing", at=campus.now())
    with pytest.raises(Missing):
        run(campus.store, campus.settings, "no", memory_bytes=None, cpu=None, at=campus.now())


def test_a_running_server_costs_before_it_is_closed(campus: Campus) -> None:
    course = campus.course("data8", memory_bytes=2 * GB, cpu=1.0)
    campus.enrol("data8", "ada", "ben", "cleo")
    seats = {name: campus.spawn(name) for name in ("ada", "ben")}
    for seat in seats.values():
        campus.run(seat)
    campus.later(hours=1)
    campus.close(seats["ada"])
    campus.later(hours=1)
    spending = campus.spending(course)
    assert [(p.hub_name, p.usage.cost_microusd, p.running) for p in spending.people] == [
        ("ada", 40_000, False),
        ("ben", 80_000, True),
    ]
    assert (spending.total.cost_microusd, spending.mean_microusd) == (120_000, 60_000)


def test_a_clock_that_jumps_back_makes_no_negative_cost(campus: Campus) -> None:
    campus.course("data8")
    campus.enrol("data8", "ada")
    seat = campus.spawn("ada")
    campus.run(seat)
    campus.later(hours=-2)
    campus.close(seat)
    assert {entry.amount_microusd for entry in campus.entries()} == {0}


def test_a_seat_lost_between_admission_and_running_is_found(campus: Campus, hub: MemoryHub) -> None:
    campus.course("data8", seats=1)
    campus.enrol("data8", "ada", "ben")
    lost = campus.spawn("ada")
    campus.later(minutes=2)
    assert compare(campus, hub) == Reconciled(seen=0, closed=1)
    assert campus.seat(lost).estimated
    assert campus.entries() == []
    assert campus.spawn("ben").reservation_id


def test_a_server_whose_stop_nobody_told_is_charged_to_its_last_sign_of_life(
    campus: Campus, hub: MemoryHub
) -> None:
    course = campus.course("data8", memory_bytes=2 * GB, cpu=1.0)
    campus.enrol("data8", "ada")
    seat = campus.spawn("ada")
    campus.run(seat)
    hub.spawn(HubName("ada"))
    campus.later(hours=1)
    assert compare(campus, hub) == Reconciled(seen=1, closed=0)
    hub.vanish(HubName("ada"))
    campus.later(hours=3)
    assert compare(campus, hub) == Reconciled(seen=0, closed=1)
    assert campus.spending(course).total.cost_microusd == 40_000
    assert campus.seat(seat).estimated
    assert campus.ledger_sum() == 0


def test_a_ready_server_whose_start_nobody_told_is_charged_from_its_seat(
    campus: Campus, hub: MemoryHub
) -> None:
    campus.course("data8")
    campus.enrol("data8", "ada")
    seat = campus.spawn("ada")
    since = campus.now()
    hub.spawn(HubName("ada"))
    campus.later(minutes=5)
    compare(campus, hub)
    assert campus.seat(seat).started_at == since
    campus.close(seat)
    assert campus.seat(seat).estimated


def test_a_server_that_is_still_starting_is_not_charged(campus: Campus, hub: MemoryHub) -> None:
    campus.course("data8")
    campus.enrol("data8", "ada")
    seat = campus.spawn("ada")
    hub.spawn(HubName("ada"), ready=False)
    campus.later(minutes=5)
    assert compare(campus, hub) == Reconciled(seen=1, closed=0)
    assert campus.seat(seat).started_at is None


def test_a_seat_of_this_minute_is_left_alone(campus: Campus, hub: MemoryHub) -> None:
    campus.course("data8")
    campus.enrol("data8", "ada")
    seat = campus.spawn("ada")
    campus.later(seconds=50)
    assert compare(campus, hub) == Reconciled(seen=0, closed=0)
    assert campus.seat(seat).closed_at is None


def test_a_named_server_does_not_keep_the_default_ones_seat(campus: Campus, hub: MemoryHub) -> None:
    campus.course("data8")
    campus.enrol("data8", "ada")
    default, second = campus.spawn("ada"), campus.spawn("ada", server="second")
    hub.spawn(HubName("ada"), "second")
    campus.later(minutes=5)
    assert compare(campus, hub) == Reconciled(seen=1, closed=1)
    assert campus.seat(default).closed_at
    assert not campus.seat(second).closed_at


def test_a_hub_that_does_not_answer_closes_nobodys_seat(campus: Campus, hub: MemoryHub) -> None:
    campus.course("data8")
    campus.enrol("data8", "ada")
    seat = campus.spawn("ada")
    campus.later(hours=5)
    hub.answers = False
    with pytest.raises(Unreachable):
        compare(campus, hub)
    assert campus.seat(seat).closed_at is None


def test_schools_have_ledgers_of_their_own(campus: Campus) -> None:
    north = campus.course("data8")
    south = campus.course("stat20", school="south")
    campus.enrol("data8", "ada")
    campus.enrol("stat20", "ben")
    for name in ("ada", "ben"):
        seat = campus.spawn(name)
        campus.run(seat)
        campus.later(hours=1)
        campus.close(seat)
    assert len({entry.account_id for entry in campus.entries()}) == 4
    with campus.store.reading(1) as session:
        assert spent(session, north, at=campus.now()).people
        assert not spent(session, south, at=campus.now()).people
        assert ledger_sum(session) == 0
