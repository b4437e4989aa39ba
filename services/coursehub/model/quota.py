"""What a course may use, and the seats that are taken."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field

from coursehub.model.columns import UtcDateTime, new_id, now
from coursehub.model.institution import TenantOwned


class Quota(TenantOwned, table=True):
    """A course's limits; None where the service's default stands."""

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", unique=True)
    memory_bytes: int | None = None
    cpu: float | None = None
    seats: int | None = None


class ReservationState(StrEnum):
    """Where a seat stands."""

    RESERVED = "reserved"
    RUNNING = "running"
    CLOSED = "closed"


class Reservation(TenantOwned, table=True):
    """
    One seat of a course, taken by one attempt to start a server.

    The price is fixed when the seat is taken. `estimated` marks a seat that
    was closed at its last sign of life because nobody saw the server stop.
    """

    id: str = Field(default_factory=new_id, primary_key=True)
    spawn_id: str = Field(unique=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    hub_name: str = Field(index=True)
    server_name: str = ""
    state: ReservationState = Field(default=ReservationState.RESERVED, index=True)
    memory_bytes: int
    cpu: float
    price_hour_microusd: int
    reserved_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    seen_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    estimated: bool = False
