"""A course whose term is over: kept whole, and left in peace."""

from datetime import datetime

from coursehub.courses.actions.finding import course_of
from coursehub.errors import Conflict
from coursehub.ports import Clock
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey


def archive(store: Store, clock: Clock, key: CourseKey) -> datetime:
    """
    When the course was archived; Conflict if it is so already.

    Its roster is not synced any more, and nothing is handed in. Files,
    submissions and scores stay, and people may still come and see them.
    """
    with store.writing(EVERYONE) as session:
        course = course_of(session, key, lock=True)
        if course.archived_at:
            raise Conflict("archived", f"{course.title} is archived already.")
        course.archived_at = clock.now()
        session.add(course)
        return course.archived_at


def restore(store: Store, key: CourseKey) -> None:
    """Nothing; the course runs again. Conflict if it was not archived."""
    with store.writing(EVERYONE) as session:
        course = course_of(session, key, lock=True)
        if course.archived_at is None:
            raise Conflict("not-archived", f"{course.title} is not archived.")
        course.archived_at = None
        session.add(course)
