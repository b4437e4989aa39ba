"""A course whose term is over: kept whole, and left in peace."""

from datetime import datetime

from sqlmodel import select

from coursehub.errors import Conflict, Missing
from coursehub.model.course import Course
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
        course = session.exec(select(Course).where(Course.key == key).with_for_update()).first()
        if course is None:
            raise Missing("no-such-course", f"There is no course {key} here.")
        if course.archived_at:
            raise Conflict("archived", f"{course.title} is archived already.")
        course.archived_at = clock.now()
        session.add(course)
        return course.archived_at


def restore(store: Store, key: CourseKey) -> None:
    """Nothing; the course runs again. Conflict if it was not archived."""
    with store.writing(EVERYONE) as session:
        course = session.exec(select(Course).where(Course.key == key).with_for_update()).first()
        if course is None:
            raise Missing("no-such-course", f"There is no course {key} here.")
        if course.archived_at is None:
            raise Conflict("not-archived", f"{course.title} is not archived.")
        course.archived_at = None
        session.add(course)
