"""The double-entry ledger, append-only, in integer micro-USD."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from coursehub.model.columns import UtcDateTime, now
from coursehub.model.institution import TenantOwned


class AccountKind(StrEnum):
    """What an account holds: what servers cost, or what a course has spent."""

    USAGE = "usage"
    COURSE = "course"


class Account(TenantOwned, table=True):
    """
    Where money comes from or goes to.

    `reference` is the course's id, or 0 for the account of the institution.
    """

    __table_args__ = (UniqueConstraint("institution_id", "kind", "reference"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: AccountKind
    reference: int = 0


class LedgerEntry(TenantOwned, table=True):
    """
    One side of a transfer; both sides of one reservation and interval sum to zero.

    The unique key is what keeps a server from being charged twice. A course's
    account grows by what is spent, the usage account falls by it; the hours
    stand on the course's side alone, so that they are never counted twice.
    """

    __table_args__ = (UniqueConstraint("account_id", "reservation_id", "interval_start"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    reservation_id: str = Field(foreign_key="reservation.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    amount_microusd: int = Field(sa_type=BigInteger)
    interval_start: datetime = Field(sa_type=UtcDateTime)
    interval_end: datetime = Field(sa_type=UtcDateTime)
    seat_hours: float = 0.0
    memory_byte_hours: float = 0.0
    cpu_hours: float = 0.0
    recorded_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
