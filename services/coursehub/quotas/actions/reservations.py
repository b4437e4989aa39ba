"""The life of a seat after the verdict: running, closed, or found lost."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from coursehub.errors import Conflict, Missing
from coursehub.model.ledger import Account, AccountKind, LedgerEntry
from coursehub.model.quota import Reservation, ReservationState
from coursehub.ports import Clock, Hub
from coursehub.quotas import rules
from coursehub.quotas.actions.limits import prices
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.people import HubName

_log: Final = structlog.get_logger(__name__)

ACTIVE: Final = (ReservationState.RESERVED, ReservationState.RUNNING)
"""The states that hold a seat."""

_GRACE: Final = timedelta(minutes=1)
"""How long a new seat may be unknown to the Hub: its server's start has yet to be listed."""


_CHUNK: Final = 500
"""Seats in one statement, well within what SQLite takes as parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What a comparison with the Hub found: seats still in use, and seats closed as lost."""

    seen: int
    closed: int


def run(
    store: Store,
    settings: Settings,
    reservation_id: str,
    *,
    memory_bytes: int | None,
    cpu: float | None,
    at: datetime,
) -> None:
    """
    The seat's server runs from now, with what it was really given.

    None where its spawner sets no limit: what was granted is charged. Told
    twice, the first time counts. Conflict when the seat is closed already.
    """
    with store.writing(EVERYONE) as session:
        seat = _locked(session, reservation_id)
        if seat.state is ReservationState.CLOSED:
            raise Conflict("reservation-closed", "This seat is closed already.")
        if seat.state is ReservationState.RUNNING:
            return
        seat.memory_bytes = seat.memory_bytes if memory_bytes is None else memory_bytes
        seat.cpu = seat.cpu if cpu is None else cpu
        seat.price_hour_microusd = rules.price_hour_microusd(
            prices(settings), memory_bytes=seat.memory_bytes, cpu=seat.cpu
        )
        seat.state = ReservationState.RUNNING
        seat.started_at = seat.seen_at = at


def close(store: Store, reservation_id: str, *, at: datetime) -> None:
    """The seat is free and its cost is in the ledger, however often this is called."""
    with store.writing(EVERYONE) as session:
        seat = _locked(session, reservation_id)
        if seat.state in ACTIVE:
            settle(session, seat, at=at, estimated=seat.estimated)


async def reconcile(store: Store, hub: Hub, clock: Clock) -> Reconciled:
    """
    Every seat compared with the servers that the Hub lists.

    A seat whose server is gone is closed at its last sign of life. Nothing is
    touched when the Hub does not answer (Unreachable).
    """
    asked_at = clock.now()
    listed = {(server.owner, server.name): server.ready for server in await hub.servers()}
    return await asyncio.to_thread(_compare, store, listed, at=asked_at)


def settle(session: Session, seat: Reservation, *, at: datetime, estimated: bool) -> None:
    """The seat closed at `at` and charged for the time that its server ran."""
    seat.state = ReservationState.CLOSED
    seat.closed_at = at
    seat.estimated = estimated
    if seat.started_at is not None:
        _charge(session, seat, start=seat.started_at, end=max(at, seat.started_at))


def _compare(store: Store, listed: dict[tuple[HubName, str], bool], *, at: datetime) -> Reconciled:
    """The comparison, in short transactions: no start waits for the whole."""
    with store.reading(EVERYONE) as session:
        old = select(Reservation).where(
            col(Reservation.state).in_(ACTIVE), Reservation.reserved_at < at - _GRACE
        )
        seats = session.exec(old.order_by(col(Reservation.id))).all()
    alive = [seat for seat in seats if _server(seat) in listed]
    lost = [seat for seat in seats if _server(seat) not in listed]
    _see(store, [seat.id for seat in alive], at=at)
    for seat in alive:
        if seat.state is ReservationState.RESERVED and listed[_server(seat)]:
            _run_untold(store, seat.id)
    for seat in lost:
        _close_lost(store, seat.id)
    return Reconciled(seen=len(alive), closed=len(lost))


def _server(seat: Reservation) -> tuple[HubName, str]:
    return HubName(seat.hub_name), seat.server_name


def _see(store: Store, alive: Sequence[str], *, at: datetime) -> None:
    """A sign of life on every seat whose server is listed."""
    for start in range(0, len(alive), _CHUNK):
        seen = (
            update(Reservation)
            .where(col(Reservation.id).in_(alive[start : start + _CHUNK]))
            .where(col(Reservation.state).in_(ACTIVE), col(Reservation.seen_at) < at)
        )
        with store.writing(EVERYONE) as session:
            session.exec(seen.values(seen_at=at))


def _run_untold(store: Store, reservation_id: str) -> None:
    """
    A server that is ready, though nobody told us that it runs.

    It counts from when its seat was taken, which is seconds too early at most.
    """
    with store.writing(EVERYONE) as session:
        seat = _locked(session, reservation_id)
        if seat.state is ReservationState.RESERVED:
            seat.state = ReservationState.RUNNING
            seat.started_at = seat.reserved_at
            seat.estimated = True


def _close_lost(store: Store, reservation_id: str) -> None:
    with store.writing(EVERYONE) as session:
        seat = _locked(session, reservation_id)
        if seat.state in ACTIVE:
            settle(session, seat, at=seat.seen_at, estimated=True)


def _locked(session: Session, reservation_id: str) -> Reservation:
    """The seat, held against every other transaction; Missing if there is none."""
    wanted = select(Reservation).where(Reservation.id == reservation_id)
    seat = session.exec(wanted.with_for_update()).one_or_none()
    if seat is None:
        raise Missing("no-such-reservation", "There is no such reservation.")
    return seat


def _charge(session: Session, seat: Reservation, *, start: datetime, end: datetime) -> None:
    """Both sides of one interval's cost."""
    charge = rules.charge(
        price_hour_microusd=seat.price_hour_microusd,
        memory_bytes=seat.memory_bytes,
        cpu=seat.cpu,
        start=start,
        end=end,
    )
    course = _account(session, seat, AccountKind.COURSE, reference=seat.course_id)
    usage = _account(session, seat, AccountKind.USAGE)
    for account_id, amount in ((course, charge.amount_microusd), (usage, -charge.amount_microusd)):
        spends = account_id == course
        session.add(
            LedgerEntry(
                institution_id=seat.institution_id,
                account_id=account_id,
                reservation_id=seat.id,
                person_id=seat.person_id,
                amount_microusd=amount,
                interval_start=start,
                interval_end=end,
                seat_hours=charge.seat_hours if spends else 0.0,
                memory_byte_hours=charge.memory_byte_hours if spends else 0.0,
                cpu_hours=charge.cpu_hours if spends else 0.0,
            )
        )


def _account(session: Session, seat: Reservation, kind: AccountKind, *, reference: int = 0) -> int:
    """An account of the seat's institution; made if there is none, by whoever comes first."""
    wanted = select(Account.id).where(
        Account.institution_id == seat.institution_id,
        Account.kind == kind,
        Account.reference == reference,
    )
    found = session.exec(wanted).first()
    if found is not None:
        return found
    try:
        with session.begin_nested():
            session.add(Account(institution_id=seat.institution_id, kind=kind, reference=reference))
    except IntegrityError:
        _log.debug("account made by another transaction at this moment", kind=kind)
    return session.exec(wanted).one() or 0
