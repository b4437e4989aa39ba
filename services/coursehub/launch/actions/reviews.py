"""Submission reviews: from a cell of the LMS's gradebook to the work behind it."""

from sqlmodel import Session, col, select

from coursehub.errors import Missing, Refused
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course, Enrolment, LaunchRecord
from coursehub.model.grading import LineItem
from coursehub.model.institution import Person
from coursehub.vocabulary.launch import Launch
from coursehub.vocabulary.people import Role


def page(
    session: Session,
    launch: Launch,
    record: LaunchRecord,
    course: Course | None,
    *,
    role: Role | None,
) -> str:
    """
    The page of one student's work: the staff's view of anyone's, else one's own.

    Missing for an assignment or a student that is not known here (LTI
    Submission Review 1.0, 3: `for_user` is a subject of the same platform).
    """
    if course is None or role is None:
        raise Refused(
            "review-without-course",
            "The LMS did not say in which course this submission is. Open it from the course's "
            "gradebook.",
        )
    assignment = _assignment(session, course, launch)
    here = f"courses/{course.key}/assignments/{assignment.name}"
    student = _student(session, record, course, launch) if launch.for_user else record.person_id
    if role.is_staff:
        return f"{here}/people/{student}" if launch.for_user else here
    if student != record.person_id:
        raise Refused(
            "not-your-submission",
            "Only the course's instructors and TAs may open somebody else's submission.",
        )
    return here


def _assignment(session: Session, course: Course, launch: Launch) -> Assignment:
    """The assignment that the link names, or whose column of the gradebook was opened."""
    of_course = select(Assignment).where(Assignment.course_id == course.id)
    name = launch.custom.get("assignment", "")
    found = session.exec(of_course.where(Assignment.name == name)).first() if name else None
    if found is None and launch.link and launch.link.lineitem_url:
        found = session.exec(
            of_course.join(LineItem, col(LineItem.assignment_id) == Assignment.id).where(
                LineItem.url == launch.link.lineitem_url
            )
        ).first()
    if found is None:
        raise Missing(
            "no-such-assignment",
            "This column of the gradebook belongs to no assignment that the Hub knows. Open the "
            "course on the Hub to see its assignments.",
        )
    return found


def _student(session: Session, record: LaunchRecord, course: Course, launch: Launch) -> int:
    """The key of the person whose work it is, somebody of this course, dropped or not."""
    found = session.exec(
        select(Person.id)
        .join(Enrolment, col(Enrolment.person_id) == Person.id)
        .where(Person.institution_id == record.institution_id, Person.issuer == launch.issuer)
        .where(Person.subject == launch.for_user, Enrolment.course_id == course.id)
    ).first()
    if found is None:
        raise Missing(
            "no-such-student",
            "This student has not opened the course on the Hub and is not on its roster there: "
            "nothing of theirs was received.",
        )
    return found
