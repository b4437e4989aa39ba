"""The course that an action is about."""

from sqlmodel import Session, select

from coursehub.errors import Missing
from coursehub.model.course import Course
from coursehub.vocabulary.courses import CourseKey


def course_of(session: Session, key: CourseKey, *, lock: bool = False) -> Course:
    """The course, locked against other writers if so wished; Missing where there is none."""
    wanted = select(Course).where(Course.key == key)
    course = session.exec(wanted.with_for_update() if lock else wanted).first()
    if course is None:
        raise Missing(
            "no-such-course", f"There is no course {key!r}. Open it once from the LMS, then go on."
        )
    return course
