"""Who gets a seat, what it costs, and when to come again. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from statistics import median
from typing import Final

from coursehub.errors import Full
from coursehub.vocabulary.money import cost_microusd
from coursehub.vocabulary.people import Role

_HOUR: Final = timedelta(hours=1)
_GB: Final = 10**9
_SHORTEST_WAIT: Final = timedelta(seconds=30)
_USUAL_WAIT: Final = timedelta(seconds=120)
_LONGEST_WAIT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The price table: micro-USD for an hour of 1 GB (10^9 bytes), and of one core."""

    memory_gb_hour_microusd: int
    cpu_hour_microusd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What each server of a course may use, and how many there may be at once."""

    memory_bytes: int
    cpu: float
    seats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """The seats of a course as they stand, and what is known of how long people stay."""

    total: int
    taken: int
    ages: Sequence[timedelta] = ()
    past_stays: Sequence[timedelta] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What one interval of one server costs."""

    amount_microusd: int
    seat_hours: float
    memory_byte_hours: float
    cpu_hours: float


def price_hour_microusd(prices: Prices, *, memory_bytes: int, cpu: float) -> int:
    """The price of a server for an hour, rounded to the nearest micro-USD, halves to even."""
    memory = Fraction(prices.memory_gb_hour_microusd * memory_bytes, _GB)
    return round(memory + prices.cpu_hour_microusd * Fraction(cpu))


def charge(
    *, price_hour_microusd: int, memory_bytes: int, cpu: float, start: datetime, end: datetime
) -> Charge:
    """What the server cost from `start` to `end`; nothing where the clock ran backwards."""
    elapsed = max(end - start, timedelta())
    hours = elapsed / _HOUR
    return Charge(
        amount_microusd=cost_microusd(price_hour_microusd, elapsed),
        seat_hours=hours,
        memory_byte_hours=memory_bytes * hours,
        cpu_hours=cpu * hours,
    )


def has_seat(seats: Seats, *, role: Role) -> bool:
    """Whether one more server may start; staff are counted, and never kept out."""
    return role.is_staff or seats.taken < seats.total


def no_seat(title: str, seats: Seats) -> Full:
    """The refusal that says what is full and about when to come again."""
    if not seats.total:
        return Full("no-seats", f"“{title}” has no seats at present; please ask your instructor.")
    wait = expected_wait(seats)
    return Full(
        "seats-full",
        f"“{title}” is full: {seats.taken} of {seats.total} seats are taken. "
        f"Please try again in about {_spoken(wait)}.",
        retry_after_s=round(wait.total_seconds()),
    )


def expected_wait(seats: Seats) -> timedelta:
    """
    About how long until a seat is free.

    Those who have been here longest leave first, after the usual stay; who
    has overstayed it may stay for ever and is not counted on. Two minutes
    where nothing is known.
    """
    if not seats.past_stays:
        return _USUAL_WAIT
    usual = timedelta(seconds=median(stay.total_seconds() for stay in seats.past_stays))
    soonest = min((usual - age for age in seats.ages if age < usual), default=_USUAL_WAIT)
    return min(max(soonest, _SHORTEST_WAIT), _LONGEST_WAIT)


def _spoken(wait: timedelta) -> str:
    minutes = -(-wait // timedelta(minutes=1))
    return "a minute" if minutes <= 1 else f"{minutes} minutes"
