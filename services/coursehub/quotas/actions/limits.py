"""What a course may use: its own quota over the service's defaults."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session, col, select

from coursehub.model.course import Course
from coursehub.model.course_file import CourseChange
from coursehub.model.quota import Exam, Quota
from coursehub.quotas.rules import Allowance, Prices
from coursehub.settings import Settings
from coursehub.store import Store
from coursehub.vocabulary.limits import memory_text
from coursehub.vocabulary.people import Role

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a course sets for its students' servers; None where it sets nothing."""

    memory_bytes: int | None
    cpu: float | None
    seats: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseQuota(Wanted):
    """What a course has set, and what therefore holds."""

    in_force: Allowance


def prices(settings: Settings) -> Prices:
    """The price table in force."""
    return Prices(
        memory_gb_hour_microusd=settings.price_memory_gb_hour_microusd,
        cpu_hour_microusd=settings.price_cpu_hour_microusd,
    )


def quota(session: Session, course_id: int, role: str = Role.STUDENT) -> Quota | None:
    """What the course itself has set for a role."""
    own = select(Quota).where(Quota.course_id == course_id, Quota.role == role)
    return session.exec(own).one_or_none()


def allowance(
    session: Session,
    settings: Settings,
    *,
    course_id: int,
    role: str = Role.STUDENT,
    at: datetime | None = None,
) -> Allowance:
    """
    What holds for the course's next server of that role.

    The student's line holds where a role has none of its own; while an exam
    is on at that moment, the exam's holds for students before it.
    """
    lines: list[Quota | Exam | None] = [quota(session, course_id)]
    if role != Role.STUDENT:
        lines.insert(0, quota(session, course_id, role))
    elif at is not None:
        lines[:0] = _exams(session, course_id, at)
    told = [line for line in lines if line]
    return Allowance(
        memory_bytes=_first((line.memory_bytes for line in told), settings.default_memory_bytes),
        cpu=_first((line.cpu for line in told), settings.default_cpu),
        seats=_first((line.seats for line in told), settings.default_seats),
    )


def _exams(session: Session, course_id: int, at: datetime) -> list[Exam]:
    """The exams that are on, the one that began last first."""
    wanted = select(Exam).where(
        Exam.course_id == course_id, Exam.starts_at <= at, Exam.ends_at > at
    )
    return list(session.exec(wanted.order_by(col(Exam.starts_at).desc())))


def _first(told: Iterable[T | None], default: T) -> T:
    return next((one for one in told if one is not None), default)


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
    wanted: Wanted,
    by: str,
) -> CourseQuota:
    """The quota as it now stands, set by a Hub user; servers that run keep what they have."""
    with store.writing(institution_id) as session:
        lock = select(Course).where(Course.id == course_id)
        session.exec(lock.with_for_update(key_share=True)).one()
        own = quota(session, course_id) or Quota(institution_id=institution_id, course_id=course_id)
        before = _words(own)
        own.memory_bytes, own.cpu, own.seats = wanted.memory_bytes, wanted.cpu, wanted.seats
        session.add(own)
        session.add_all(
            CourseChange(
                institution_id=institution_id,
                course_id=course_id,
                origin="api",
                by=by,
                place=place,
                before=before[place],
                after=after,
            )
            for place, after in _words(own).items()
            if after != before[place]
        )
        session.flush()
        return _shown(session, settings, course_id)


def _words(own: Quota) -> dict[str, str]:
    """The quota by the places and in the words in which a course's changes are kept."""
    return {
        "quotas student memory": memory_text(own.memory_bytes) if own.memory_bytes else "-",
        "quotas student cpu": "-" if own.cpu is None else f"{own.cpu:g}",
        "quotas seats": "-" if own.seats is None else str(own.seats),
    }


def _shown(session: Session, settings: Settings, course_id: int) -> CourseQuota:
    own = quota(session, course_id)
    return CourseQuota(
        memory_bytes=own.memory_bytes if own else None,
        cpu=own.cpu if own else None,
        seats=own.seats if own else None,
        in_force=allowance(session, settings, course_id=course_id),
    )
