"""What a course has cost: the ledger, and the servers that run at this moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, func, select

from coursehub.model.columns import now
from coursehub.model.course import Enrolment
from coursehub.model.institution import Person
from coursehub.model.ledger import Account, AccountKind, LedgerEntry
from coursehub.model.quota import Reservation, ReservationState
from coursehub.vocabulary.money import cost_microusd
from coursehub.vocabulary.people import Role

_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Money and hours together; `memory_byte_hours` is bytes times hours."""

    cost_microusd: int = 0
    seat_hours: float = 0.0
    memory_byte_hours: float = 0.0
    cpu_hours: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            cost_microusd=self.cost_microusd + other.cost_microusd,
            seat_hours=self.seat_hours + other.seat_hours,
            memory_byte_hours=self.memory_byte_hours + other.memory_byte_hours,
            cpu_hours=self.cpu_hours + other.cpu_hours,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSpending:
    """What one person's servers have cost a course; `running` says whether one runs now."""

    person_id: int
    hub_name: str
    name: str
    role: Role
    usage: Usage
    running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What a course has cost, and for whom; `people` are those who used it, by Hub name."""

    total: Usage
    people: tuple[PersonSpending, ...]
    running: int

    @property
    def mean_microusd(self) -> int:
        """Cost per person who used the course, rounded down; 0 when nobody did."""
        return self.total.cost_microusd // len(self.people) if self.people else 0


def spent(session: Session, course_id: int, *, at: datetime | None = None) -> Spending:
    """What the course has cost until `at` (this moment unless told), running servers included."""
    closed = _closed(session, course_id)
    running = _running(session, course_id, at=at or now())
    total = sum((*closed.values(), *running.values()), Usage())
    enrolled = (
        select(Person, Enrolment.role)
        .join(Enrolment, col(Enrolment.person_id) == Person.id)
        .where(Enrolment.course_id == course_id)
    )
    people = [
        PersonSpending(
            person_id=person.id or 0,
            hub_name=person.hub_name or "",
            name=person.name,
            role=Role(role),
            usage=closed.get(person.id or 0, Usage()) + running.get(person.id or 0, Usage()),
            running=person.id in running,
        )
        for person, role in session.exec(enrolled)
        if person.id in closed or person.id in running
    ]
    by_name = sorted(people, key=lambda person: person.hub_name)
    return Spending(total=total, people=tuple(by_name), running=len(running))


def ledger_sum(session: Session) -> int:
    """The sum over every ledger entry in micro-USD; anything but 0 is a fault."""
    return int(session.exec(select(func.coalesce(func.sum(LedgerEntry.amount_microusd), 0))).one())


def _closed(session: Session, course_id: int) -> dict[int, Usage]:
    """What the ledger holds, by person."""
    entries = (
        select(  # type: ignore[call-overload]  # SQLModel types four columns at most
            LedgerEntry.person_id,
            func.sum(LedgerEntry.amount_microusd),
            func.sum(LedgerEntry.seat_hours),
            func.sum(LedgerEntry.memory_byte_hours),
            func.sum(LedgerEntry.cpu_hours),
        )
        .join(Account, col(Account.id) == LedgerEntry.account_id)
        .where(Account.kind == AccountKind.COURSE, Account.reference == course_id)
        .group_by(col(LedgerEntry.person_id))
    )
    return {
        person_id: Usage(
            cost_microusd=int(amount), seat_hours=seat, memory_byte_hours=memory, cpu_hours=cpu
        )
        for person_id, amount, seat, memory, cpu in session.exec(entries)
    }


def _running(session: Session, course_id: int, *, at: datetime) -> dict[int, Usage]:
    """What running servers have cost so far, by person."""
    rows = session.exec(
        select(Reservation).where(
            Reservation.course_id == course_id, Reservation.state == ReservationState.RUNNING
        )
    )
    found: dict[int, Usage] = {}
    for row in rows:
        elapsed = max(at - (row.started_at or at), timedelta())
        hours = elapsed / _HOUR
        found[row.person_id] = found.get(row.person_id, Usage()) + Usage(
            cost_microusd=cost_microusd(row.price_hour_microusd, elapsed),
            seat_hours=hours,
            memory_byte_hours=row.memory_bytes * hours,
            cpu_hours=row.cpu * hours,
        )
    return found
