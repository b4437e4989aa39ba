from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from coursehub.quotas.rules import (
    Prices,
    Seats,
    charge,
    expected_wait,
    has_seat,
    no_seat,
    price_hour_microusd,
)
from coursehub.vocabulary.money import cost_microusd
from coursehub.vocabulary.people import Role

START = datetime(2027, 3, 1, 9, tzinfo=UTC)
durations = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=400))
prices = st.integers(min_value=0, max_value=10**9)


def test_a_server_of_two_gb_and_one_core_costs_their_sum() -> None:
    table = Prices(memory_gb_hour_microusd=5_000, cpu_hour_microusd=30_000)
    assert price_hour_microusd(table, memory_bytes=2 * 10**9, cpu=1.0) == 40_000


def test_half_an_hour_costs_half() -> None:
    cost = charge(
        price_hour_microusd=40_000,
        memory_bytes=2 * 10**9,
        cpu=1.0,
        start=START,
        end=START + timedelta(minutes=30),
    )
    assert cost.amount_microusd == 20_000
    assert (cost.seat_hours, cost.memory_byte_hours, cost.cpu_hours) == (0.5, 10**9, 0.5)


def test_a_clock_that_jumps_back_costs_nothing() -> None:
    cost = charge(
        price_hour_microusd=40_000,
        memory_bytes=1,
        cpu=1.0,
        start=START,
        end=START - timedelta(hours=1),
    )
    assert (cost.amount_microusd, cost.seat_hours) == (0, 0)


@given(price=prices, first=durations, second=durations)
def test_cutting_an_interval_never_makes_it_dearer(
    price: int, first: timedelta, second: timedelta
) -> None:
    whole = cost_microusd(price, first + second)
    parts = cost_microusd(price, first) + cost_microusd(price, second)
    assert whole - 1 <= parts <= whole


@given(price=prices, shorter=durations, longer=durations)
def test_staying_longer_is_never_cheaper(price: int, shorter: timedelta, longer: timedelta) -> None:
    assert cost_microusd(price, shorter) <= cost_microusd(price, shorter + longer)


@given(total=st.integers(0, 500), taken=st.integers(0, 500))
def test_students_never_exceed_the_seats_and_staff_always_come_in(total: int, taken: int) -> None:
    seats = Seats(total=total, taken=taken)
    assert has_seat(seats, role=Role.STUDENT) == (taken < total)
    assert has_seat(seats, role=Role.TA)


@given(ages=st.lists(durations), stays=st.lists(durations))
def test_the_wait_is_between_half_a_minute_and_an_hour(
    ages: list[timedelta], stays: list[timedelta]
) -> None:
    wait = expected_wait(Seats(total=1, taken=1, ages=ages, past_stays=stays))
    assert timedelta(seconds=30) <= wait <= timedelta(hours=1)


def test_who_has_been_here_longest_is_expected_to_leave_first() -> None:
    seats = Seats(
        total=2,
        taken=2,
        ages=[timedelta(minutes=5), timedelta(minutes=50)],
        past_stays=[timedelta(hours=1)],
    )
    assert expected_wait(seats) == timedelta(minutes=10)


def test_a_course_without_seats_does_not_promise_any() -> None:
    refusal = no_seat("Data 8", Seats(total=0, taken=0))
    assert refusal.retry_after_s is None
    assert "ask your instructor" in refusal.message
