"""A class in an LMS in memory, whose roster is synced."""

import asyncio
from dataclasses import dataclass, field

from coursehub.adapters.memory_lms import MemoryLms
from coursehub.model.course import Enrolment
from coursehub.model.institution import Person
from coursehub.model.roster import RosterSync
from coursehub.ports import Member
from coursehub.roster.actions import groups, sync
from coursehub.roster.actions.sync import Wish
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.launch import Context
from coursehub.vocabulary.people import Role
from tests.house.school import LEARNER, School

ROSTER = "https://moodle.north.example/members"
COURSE = CourseKey("data-8")
CONTEXT = Context(id="c1", label="Data 8", nrps_url=ROSTER)


def member(subject: str, *roles: str, status: str = "Active", name: str = "") -> Member:
    return Member(
        subject=subject,
        roles=roles or (LEARNER,),
        status=status,
        name=name or f"Name {subject}",
        email=f"{subject}@north.example",
    )


@dataclass
class Class:
    """The course that `t1` opened as a student; its LMS lists whom a test says."""

    school: School
    lms: MemoryLms = field(default_factory=MemoryLms)

    def lists(self, *members: Member) -> None:
        self.lms.rosters[ROSTER] = list(members)

    def sync(self, *, confirmed: bool = False, wish: Wish | None = None) -> RosterSync:
        return asyncio.run(
            sync.sync(
                self.school.store, self.lms, self.school.hub, self.school,
                course=COURSE, wish=wish or Wish(confirmed=confirmed),
            )
        )  # fmt: skip

    def align(self) -> int:
        return asyncio.run(groups.align(self.school.store, self.school.hub, course=COURSE))

    def enrolled(self) -> dict[str, Role]:
        """Who is in the course now, by subject."""
        subjects = {person.id: person.subject for person in self.school.rows(Person)}
        rows = self.school.rows(Enrolment)
        return {subjects[e.person_id]: Role(e.role) for e in rows if e.dropped_at is None}
