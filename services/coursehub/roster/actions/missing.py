"""Courses whose latest listing lacked somebody: it is read again soon, to see whether they left."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, func, select

from coursehub.model.course import Course, Enrolment
from coursehub.model.roster import RosterSync
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey

SOON: Final = timedelta(minutes=5)
"""From the listing that lacked somebody to the next."""


def due(store: Store, at: datetime) -> list[CourseKey]:
    """The courses in which somebody is missing for so long, and whose list was not read since."""
    latest = (
        select(RosterSync.course_id, func.max(RosterSync.started_at).label("began"))
        .group_by(col(RosterSync.course_id))
        .subquery()
    )
    with store.reading(EVERYONE) as session:
        found = session.exec(
            select(Course.key)
            .join(Enrolment, col(Enrolment.course_id) == Course.id)
            .join(latest, latest.c.course_id == Course.id)
            .where(col(Enrolment.dropped_at).is_(None))
            .where(col(Enrolment.missing_since) <= at - SOON)
            .where(col(Enrolment.missing_since) >= latest.c.began)
            .distinct()
        )
        return [CourseKey(key) for key in found]
