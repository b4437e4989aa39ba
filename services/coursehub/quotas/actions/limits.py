"""What a course may use: its own quota over the service's defaults."""

from dataclasses import dataclass

from sqlmodel import Session, select

from coursehub.model.course import Course
from coursehub.model.quota import Quota
from coursehub.quotas.rules import Allowance, Prices
from coursehub.settings import Settings
from coursehub.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseQuota:
    """What a course has set (None where it has not), and what therefore holds."""

    memory_bytes: int | None
    cpu: float | None
    seats: int | None
    in_force: Allowance


def prices(settings: Settings) -> Prices:
    """The price table in force."""
    return Prices(
        memory_gb_hour_microusd=settings.price_memory_gb_hour_microusd,
        cpu_hour_microusd=settings.price_cpu_hour_microusd,
    )


def quota(session: Session, course_id: int) -> Quota | None:
    """What the course itself has set."""
    return session.exec(select(Quota).where(Quota.course_id == course_id)).one_or_none()


def allowance(session: Session, settings: Settings, *, course_id: int) -> Allowance:
    """What holds for the course's next server."""
    own = quota(session, course_id)
    memory_bytes, cpu, seats = (own.memory_bytes, own.cpu, own.seats) if own else (None,) * 3
    return Allowance(
        memory_bytes=settings.default_memory_bytes if memory_bytes is None else memory_bytes,
        cpu=settings.default_cpu if cpu is None else cpu,
        seats=settings.default_seats if seats is None else seats,
    )


def read_quota(
    store: Store, settings: Settings, *, institution_id: int, course_id: int
) -> CourseQuota:
    """The course's quota beside what is in force."""
    with store.reading(institution_id) as session:
        return _shown(session, settings, course_id)


def set_quota(
    store: Store,
    settings: Settings,
    *,
    institution_id: int,
    course_id: int,
    memory_bytes: int | None,
    cpu: float | None,
    seats: int | None,
) -> CourseQuota:
    """The quota as it now stands; servers that run keep what they have."""
    with store.writing(institution_id) as session:
        lock = select(Course).where(Course.id == course_id)
        session.exec(lock.with_for_update(key_share=True)).one()
        own = quota(session, course_id) or Quota(institution_id=institution_id, course_id=course_id)
        own.memory_bytes, own.cpu, own.seats = memory_bytes, cpu, seats
        session.add(own)
        session.flush()
        return _shown(session, settings, course_id)


def _shown(session: Session, settings: Settings, course_id: int) -> CourseQuota:
    own = quota(session, course_id)
    return CourseQuota(
        memory_bytes=own.memory_bytes if own else None,
        cpu=own.cpu if own else None,
        seats=own.seats if own else None,
        in_force=allowance(session, settings, course_id=course_id),
    )
