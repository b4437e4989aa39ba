"""Courses whose latest listing lacked somebody: it is read again soon, to see whether they left."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, func, select

from coursehub.model.course import Course, Enrolment, RosterSync
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey

SOON: Final = timedelta(minutes=5)
"""Between two listings of such a course; an LMS that fails is not asked more often either."""


def due(store: Store, at: datetime) -> list[CourseKey]:
    """The courses that wait for a second listing, and whose last one is not of this moment."""
    latest = (
        select(RosterSync.course_id)
        .group_by(col(RosterSync.course_id))
        .having(func.max(RosterSync.started_at) <= at - SOON)
    )
    with store.reading(EVERYONE) as session:
        found = session.exec(
            select(Course.key)
            .join(Enrolment, col(Enrolment.course_id) == Course.id)
            .where(col(Enrolment.missing_since).is_not(None), col(Enrolment.dropped_at).is_(None))
            .where(col(Course.id).in_(latest))
            .distinct()
        )
        return [CourseKey(key) for key in found]
