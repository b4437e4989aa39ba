"""A class in an LMS in memory, whose roster is synced."""

import asyncio
from dataclasses import dataclass, field

from sqlmodel import col, select

from coursehub.adapters.memory_lms import MemoryLms
from coursehub.model.course import Course, Enrolment, EnrolmentSection, Section
from coursehub.model.institution import Person
from coursehub.model.roster import RosterSync
from coursehub.ports import Member
from coursehub.roster.actions import groups, joining, sync
from coursehub.roster.actions.settling import Wish
from coursehub.store import EVERYONE
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.launch import Context
from coursehub.vocabulary.people import Role
from tests.house.school import LEARNER, MOODLE, School

ROSTER = "https://moodle.north.example/members"
COURSE = CourseKey("data-8")
CONTEXT = Context(id="c1", label="Data 8", nrps_url=ROSTER)


EVENING_ROSTER = "https://moodle.north.example/evening/members"
EVENING = Context(id="c2", label="Data 8 E", title="Evening class", nrps_url=EVENING_ROSTER)


def member(
    subject: str,
    *roles: str,
    status: str = "Active",
    name: str = "",
    sections: tuple[str, ...] = (),
) -> Member:
    return Member(
        subject=subject,
        roles=roles or (LEARNER,),
        status=status,
        name=name or f"Name {subject}",
        email=f"{subject}@north.example",
        sections=sections,
    )


@dataclass
class Class:
    """The course that `t1` opened as a student; its LMS lists whom a test says."""

    school: School
    lms: MemoryLms = field(default_factory=MemoryLms)

    def lists(self, *members: Member) -> None:
        self.lms.rosters[ROSTER] = list(members)

    def evening_lists(self, *members: Member) -> None:
        self.lms.rosters[EVENING_ROSTER] = list(members)

    def join(self, *, issuer: str = MOODLE) -> None:
        """The evening class, which `e1` opened, is a section of the course."""
        self.school.come("e1", context=EVENING, issuer=issuer)
        joining.join(self.school.store, COURSE, CourseKey("data-8-e"))

    def sections(self) -> dict[str, set[str]]:
        """Who is in which section now, by subject."""
        found = dict[str, set[str]]()
        with self.school.store.reading(EVERYONE) as session:
            rows = session.exec(
                select(Person.subject, Section.name)
                .join(Enrolment, col(Enrolment.person_id) == Person.id)
                .join(EnrolmentSection, col(EnrolmentSection.enrolment_id) == Enrolment.id)
                .join(Section, col(Section.id) == EnrolmentSection.section_id)
                .where(col(Enrolment.dropped_at).is_(None))
            )
            for subject, name in rows:
                found.setdefault(subject, set()).add(name)
        return found

    def sync(self, *, confirmed: bool = False, wish: Wish | None = None) -> RosterSync:
        return asyncio.run(
            sync.sync(
                self.school.store, self.lms, self.school.hub, self.school,
                course=COURSE, wish=wish or Wish(confirmed=confirmed),
            )
        )  # fmt: skip

    def align(self) -> int:
        return asyncio.run(
            groups.align(self.school.store, self.school.hub, self.school, course=COURSE)
        )

    def enrolled(self) -> dict[str, Role]:
        """Who is in the course now, by subject."""
        subjects = {person.id: person.subject for person in self.school.rows(Person)}
        (course,) = (row for row in self.school.rows(Course) if row.key == COURSE)
        rows = (row for row in self.school.rows(Enrolment) if row.course_id == course.id)
        return {subjects[e.person_id]: Role(e.role) for e in rows if e.dropped_at is None}
