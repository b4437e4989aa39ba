"""Every change of a course's settings: who, when, and by what."""

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from coursehub.courses.actions.finding import course_of
from coursehub.courses.rules import telling
from coursehub.courses.rules.difference import Change
from coursehub.model.course import Course
from coursehub.model.course_file import CourseChange
from coursehub.model.institution import InstitutionId
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey


def keep(
    session: Session, course: Course, changes: Iterable[Change], *, origin: str, by: str
) -> None:
    """Nothing; each change is kept with who made it, and by what."""
    session.add_all(
        CourseChange(
            institution_id=course.institution_id,
            course_id=course.id or 0,
            origin=origin,
            by=by,
            place=telling.place(one.place),
            before=telling.value(one.before),
            after=telling.value(one.after),
        )
        for one in changes
    )


def listed(
    store: Store, tenant: InstitutionId, course_id: int, *, before: int | None = None, limit: int
) -> Sequence[CourseChange]:
    """The course's changes, the latest first; those before a row's id, where one is given."""
    wanted = select(CourseChange).where(CourseChange.course_id == course_id)
    if before is not None:
        wanted = wanted.where(col(CourseChange.id) < before)
    with store.reading(tenant) as session:
        return session.exec(wanted.order_by(col(CourseChange.id).desc()).limit(limit)).all()


def of(store: Store, key: CourseKey, *, limit: int) -> Sequence[CourseChange]:
    """The same by the course's key, for whoever may see every course; Missing where none is."""
    with store.reading(EVERYONE) as session:
        course = course_of(session, key)
    return listed(store, InstitutionId(course.institution_id), course.id or 0, limit=limit)
