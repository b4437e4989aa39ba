"""Registrations of one LMS beside each other: one may have taken another's place."""

from sqlmodel import Session, col, select, update

from coursehub.model.assignment import Assignment
from coursehub.model.course import CourseContext
from coursehub.model.grading import DeliveryState, ScoreDelivery
from coursehub.model.institution import Person, Platform, PlatformState
from coursehub.store import EVERYONE, Store


def beside(store: Store, platform_id: int) -> list[Platform]:
    """The institution's other registrations of the same LMS that are on, the latest first."""
    with store.reading(EVERYONE) as session:
        own = session.get(Platform, platform_id)
        return _beside(session, own) if own else []


def send_again(session: Session, platform: Platform) -> int:
    """
    How many scores that the LMS refused go by its other registrations now.

    Called when this one is switched off: an LMS that was registered anew knows
    the old registration no more, which had the columns of before.
    """
    courses = set(_courses(session, [platform]))
    others = courses & set(_courses(session, _beside(session, platform)))
    if not others:
        return 0
    assignments = select(Assignment.id).where(col(Assignment.course_id).in_(others))
    people = select(Person.id).where(Person.issuer == platform.issuer)
    sent = session.exec(
        update(ScoreDelivery)
        .where(
            col(ScoreDelivery.state) == DeliveryState.REFUSED,
            col(ScoreDelivery.assignment_id).in_(assignments),
            col(ScoreDelivery.person_id).in_(people),
        )
        .values(
            state=DeliveryState.WAITING,
            attempts=0,
            last_error="",
            next_at=ScoreDelivery.scored_at,  # it is due
        )
    )
    return int(sent.rowcount)


def _beside(session: Session, own: Platform) -> list[Platform]:
    return list(
        session.exec(
            select(Platform)
            .where(Platform.institution_id == own.institution_id, Platform.issuer == own.issuer)
            .where(Platform.id != own.id, Platform.state == PlatformState.ACTIVE)
            .order_by(col(Platform.id).desc())
        )
    )


def _courses(session: Session, platforms: list[Platform]) -> list[int]:
    numbers = [platform.id for platform in platforms]
    return list(
        session.exec(
            select(CourseContext.course_id).where(col(CourseContext.platform_id).in_(numbers))
        )
    )
