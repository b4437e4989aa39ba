"""The verdict at spawn: a seat with limits, or a refusal, in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, func, select

from coursehub.errors import Conflict
from coursehub.model.course import Course, Enrolment, LaunchRecord
from coursehub.model.institution import Person
from coursehub.model.quota import Reservation, ReservationState
from coursehub.quotas import rules
from coursehub.quotas.actions.limits import allowance, prices
from coursehub.quotas.actions.reservations import ACTIVE, settle
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.limits import Admission, Limits, SpawnRequest
from coursehub.vocabulary.people import HubName, Role

_RECENT_STAYS: Final = 20
_GRADER: Final = "grader-"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """The course that a person's next server is for, and their role in it."""

    course: Course
    person_id: int
    role: Role


def admit(store: Store, settings: Settings, request: SpawnRequest, *, at: datetime) -> Admission:
    """
    The seat and limits of one spawn; Full when the course has no seat left.

    The same spawn id gets the same answer again. Conflict if that spawn is
    over already, or was somebody else's.
    """
    with store.writing(EVERYONE) as session:
        place = _place(session, request.hub_name)
        if place is None:
            course = _graded_by(session, request.hub_name)
            return _grader(session, settings, course) if course else _guest(settings)
        # Whoever asks for a seat of this course waits here; SQLite's BEGIN IMMEDIATE did already.
        lock = select(Course).where(Course.id == place.course.id)
        session.exec(lock.with_for_update(key_share=True)).one()
        seat = _earlier(session, request) or _take(session, settings, request, place, at=at)
        return Admission(
            reservation_id=seat.id,
            course=place.course.key,
            role=place.role,
            limits=Limits(memory_bytes=seat.memory_bytes, cpu=seat.cpu),
            environment=_environment(settings, course=place.course, role=place.role),
        )


def _place(session: Session, hub_name: HubName) -> _Place | None:
    """The course of the latest launch, else the only course; None without either."""
    active = (
        select(Course, Enrolment)
        .join(Enrolment, col(Enrolment.course_id) == Course.id)
        .join(Person, col(Person.id) == Enrolment.person_id)
        .where(Person.hub_name == hub_name, col(Enrolment.dropped_at).is_(None))
    )
    launched = active.join(
        LaunchRecord,
        (col(LaunchRecord.course_id) == Course.id) & (col(LaunchRecord.person_id) == Person.id),
    ).order_by(col(LaunchRecord.at).desc())
    found = session.exec(launched.limit(1)).first()
    if found is None:
        enrolled = session.exec(active.limit(2)).all()
        found = enrolled[0] if len(enrolled) == 1 else None
    if found is None:
        return None
    course, enrolment = found
    return _Place(course=course, person_id=enrolment.person_id, role=enrolment.role)


def _earlier(session: Session, request: SpawnRequest) -> Reservation | None:
    """The seat that this very spawn was given before."""
    seat = session.exec(
        select(Reservation).where(Reservation.spawn_id == request.spawn_id)
    ).one_or_none()
    if seat is None:
        return None
    if (seat.hub_name, seat.server_name) != (request.hub_name, request.server_name):
        raise Conflict("spawn-of-another", "This start belongs to another server.")
    if seat.state is ReservationState.CLOSED:
        raise Conflict("spawn-over", "This start is over; please start the server again.")
    return seat


def _take(
    session: Session, settings: Settings, request: SpawnRequest, place: _Place, *, at: datetime
) -> Reservation:
    """A new seat; the caller holds the lock on the course."""
    _release_own(session, request)
    course = place.course
    may = allowance(session, settings, course_id=course.id or 0, role=place.role, at=at)
    seats = rules.Seats(total=may.seats, taken=_taken(session, course))
    if not rules.has_seat(seats, role=place.role):
        raise rules.no_seat(course.title, _with_stays(session, seats, course, at=at))
    seat = Reservation(
        institution_id=course.institution_id,
        spawn_id=request.spawn_id,
        course_id=course.id or 0,
        person_id=place.person_id,
        hub_name=request.hub_name,
        server_name=request.server_name,
        memory_bytes=may.memory_bytes,
        cpu=may.cpu,
        price_hour_microusd=rules.price_hour_microusd(
            prices(settings), memory_bytes=may.memory_bytes, cpu=may.cpu
        ),
        reserved_at=at,
        seen_at=at,
    )
    session.add(seat)
    return seat


def _release_own(session: Session, request: SpawnRequest) -> None:
    """
    Seats of this server whose end nobody told us of, closed at their last sign of life.

    The Hub runs one spawn of a server at a time, so an older seat is a lost one.
    """
    lost = session.exec(
        select(Reservation)
        .where(Reservation.hub_name == request.hub_name)
        .where(Reservation.server_name == request.server_name)
        .where(col(Reservation.state).in_(ACTIVE))
        .order_by(col(Reservation.id))
        .with_for_update()
    ).all()
    for seat in lost:
        settle(session, seat, at=seat.seen_at, estimated=True)
    session.flush()


def _taken(session: Session, course: Course) -> int:
    return session.exec(
        select(func.count())
        .select_from(Reservation)
        .where(Reservation.course_id == course.id, col(Reservation.state).in_(ACTIVE))
    ).one()


def _with_stays(
    session: Session, seats: rules.Seats, course: Course, *, at: datetime
) -> rules.Seats:
    """The seats, with how long people have been here and how long they stayed before."""
    here = session.exec(
        select(Reservation.reserved_at).where(
            Reservation.course_id == course.id, col(Reservation.state).in_(ACTIVE)
        )
    )
    gone = session.exec(
        select(Reservation.reserved_at, Reservation.closed_at)
        .where(Reservation.course_id == course.id, col(Reservation.started_at).is_not(None))
        .where(Reservation.state == ReservationState.CLOSED)
        .order_by(col(Reservation.closed_at).desc())
        .limit(_RECENT_STAYS)
    )
    return rules.Seats(
        total=seats.total,
        taken=seats.taken,
        ages=[at - since for since in here],
        past_stays=[until - since for since, until in gone if until],
    )


def _graded_by(session: Session, hub_name: HubName) -> Course | None:
    """The course whose grader account this is; None for a person, whatever their name."""
    if not hub_name.startswith(_GRADER):
        return None
    if session.exec(select(Person.id).where(Person.hub_name == hub_name)).first():
        return None
    key = CourseKey(hub_name.removeprefix(_GRADER))
    return session.exec(select(Course).where(Course.key == key)).one_or_none()


def _grader(session: Session, settings: Settings, course: Course) -> Admission:
    """The course's grader server: its own folder, the course's limits, no seat."""
    root = settings.course_root(course.key)
    root.mkdir(parents=True, exist_ok=True)
    may = allowance(session, settings, course_id=course.id or 0, role=Role.INSTRUCTOR)
    return Admission(
        course=course.key,
        role="grader",
        limits=Limits(memory_bytes=may.memory_bytes, cpu=may.cpu),
        environment=_environment(settings, course=course, role="grader"),
        notebook_dir=str(root),
    )


def _guest(settings: Settings) -> Admission:
    """Someone outside any course, or in several and launched into none: the Hub's own limits."""
    return Admission(environment={"COURSEHUB_URL": settings.for_user_servers})


def _environment(settings: Settings, *, course: Course, role: str) -> dict[str, str]:
    return {
        **course.environment,
        "COURSEHUB_URL": settings.for_user_servers,
        "COURSEHUB_COURSE": course.key,
        "COURSEHUB_ROLE": role,
    }
