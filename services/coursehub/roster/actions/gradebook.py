"""The students of nbgrader's gradebook, as the course has them."""

from sqlmodel import col, select
from starlette.concurrency import run_in_threadpool

from coursehub.model.course import Course, Enrolment
from coursehub.model.institution import Person
from coursehub.ports import Gradebooks, GradebookStudent
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.people import Role


async def enrol(store: Store, gradebooks: Gradebooks, *, course: CourseKey) -> int:
    """
    How many students were added to the course's gradebook, or renamed in it.

    By their names on the Hub, which nbgrader knows students by; whoever has
    none yet follows. Who has left stays, with their grades. A course that has
    no gradebook yet is asked again later.
    """
    if not await gradebooks.has(course):
        return 0
    students = await run_in_threadpool(_students, store, course)
    return await gradebooks.enrol(course, students)


def _students(store: Store, course: CourseKey) -> list[GradebookStudent]:
    wanted = (
        select(Person.hub_name, Person.name, Person.email)
        .join(Enrolment, col(Enrolment.person_id) == Person.id)
        .join(Course, col(Course.id) == Enrolment.course_id)
        .where(Course.key == course, Enrolment.role == Role.STUDENT)
        .where(col(Enrolment.dropped_at).is_(None), col(Person.hub_name).is_not(None))
    )
    with store.reading(EVERYONE) as session:
        return [
            GradebookStudent(id=hub_name or "", name=name, email=email)
            for hub_name, name, email in session.exec(wanted)
        ]
