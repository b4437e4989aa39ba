"""When an assignment is due for one person: extensions, theirs and their sections', counted in."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, or_, select

from coursehub.model.assignment import Assignment, Extension
from coursehub.model.course import Course, Enrolment, EnrolmentSection, Section
from coursehub.model.institution import Person
from coursehub.vocabulary.terms import Length, after


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """One person's extensions in a course; days of them are of the course's calendar."""

    zone: ZoneInfo
    extensions: tuple[Extension, ...]

    def due(self, assignment: Assignment) -> datetime | None:
        """When the assignment is due for the person: the latest moment that they are given."""
        common = assignment.due_at
        if common is None:
            return None
        theirs = (
            self._until(common, each)
            for each in self.extensions
            if each.assignment_id in {assignment.id, None}
        )
        return max((common, *theirs))

    def _until(self, common: datetime, extension: Extension) -> datetime:
        if extension.due_at:
            return extension.due_at
        length = Length(days=extension.by_days, seconds=extension.by_seconds)
        return after(common.astimezone(self.zone), length)


def deadlines(session: Session, course_id: int, person_id: int) -> Deadlines:
    """The person's deadlines in the course."""
    zone = session.exec(select(Course.time_zone).where(Course.id == course_id)).one()
    person = session.get(Person, person_id)  # a grader server is nobody
    said = (person.email, person.hub_name or "") if person else ()
    names = {name.lower() for name in said if name}
    sections = session.exec(
        select(Section.name)
        .join(EnrolmentSection, col(EnrolmentSection.section_id) == Section.id)
        .join(Enrolment, col(Enrolment.id) == EnrolmentSection.enrolment_id)
        .where(Enrolment.course_id == course_id, Enrolment.person_id == person_id)
    ).all()
    given = session.exec(
        select(Extension)
        .where(Extension.course_id == course_id, col(Extension.exam_id).is_(None))
        .where(or_(col(Extension.section).in_(sections), col(Extension.person) != ""))
    )
    theirs = (row for row in given if row.section or row.person.lower() in names)
    return Deadlines(zone=ZoneInfo(zone), extensions=tuple(theirs))
