"""What a course may use and may cost, and the seats that are taken."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from coursehub.model.columns import AsJson, UtcDateTime, new_id, now
from coursehub.model.institution import TenantOwned


class Quota(TenantOwned, table=True):
    """
    What one server of a role may use; None where the service's default stands.

    The student's row is for everybody who has none of their own, and says how
    many servers of the course may run.
    """

    __table_args__ = (UniqueConstraint("course_id", "role"),)

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    role: str = "student"
    memory_bytes: int | None = Field(default=None, sa_type=BigInteger)
    cpu: float | None = None
    gpu: int | None = None
    disk_bytes: int | None = Field(default=None, sa_type=BigInteger)
    seats: int | None = None


class Exam(TenantOwned, table=True):
    """Hours with limits of their own, and the assignments that are written in them."""

    __table_args__ = (UniqueConstraint("course_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    name: str
    title: str
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    assignments: list[str] = Field(default_factory=list, sa_type=AsJson(list[str]))
    memory_bytes: int | None = Field(default=None, sa_type=BigInteger)
    cpu: float | None = None
    gpu: int | None = None
    disk_bytes: int | None = Field(default=None, sa_type=BigInteger)
    seats: int | None = None


class Budget(TenantOwned, table=True):
    """What a course may cost in micro-USD; None for no bound."""

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", unique=True)
    total_microusd: int | None = Field(default=None, sa_type=BigInteger)
    per_student_microusd: int | None = Field(default=None, sa_type=BigInteger)
    warn_percent: float = 80.0


class ReservationState(StrEnum):
    """Where a seat stands."""

    RESERVED = "reserved"
    RUNNING = "running"
    CLOSED = "closed"


class Reservation(TenantOwned, table=True):
    """
    One seat of a course, taken by one attempt to start a server.

    Memory, CPU and price are what was granted, and once the server runs, what
    it was really given. `seen_at` is the last sign of life; `estimated` marks
    a seat whose start or end nobody told us of.
    """

    id: str = Field(default_factory=new_id, primary_key=True)
    spawn_id: str = Field(unique=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    hub_name: str = Field(index=True)
    server_name: str = ""
    state: ReservationState = Field(default=ReservationState.RESERVED, index=True)
    memory_bytes: int = Field(sa_type=BigInteger)
    cpu: float
    price_hour_microusd: int = Field(sa_type=BigInteger)
    reserved_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    seen_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    estimated: bool = False
