"""One term, from the empty folder to the next term's dates, and what is true on the way."""

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import SQLModel, select

from coursehub.model.assignment import Assignment, Extension
from coursehub.model.course import Course, Enrolment
from coursehub.model.institution import Person
from coursehub.quotas.actions import limits
from coursehub.store import EVERYONE
from coursehub.vocabulary.courses import CourseKey, resource_id
from coursehub.vocabulary.people import Role
from coursehub.vocabulary.repositories import mirror_key
from tests.workload import course as plan
from tests.workload.campus import Campus, member
from tests.workload.clerks import Assistant, Student
from tests.workload.instructor import Instructor

Row = TypeVar("Row", bound=SQLModel)

STUDENTS: Final = 240
SPRING, FALL = "spring", "fall"
COURSE, NEXT = "data-8", "data-8-fall"
ASSISTANTS: Final = ("tara", "theo", "tom", "tess")
TORONTO: Final = ZoneInfo("America/Toronto")
FIRST_DAY: Final = datetime(2027, 1, 11, 8, tzinfo=TORONTO).astimezone(UTC)
READING_WEEK: Final = 6
"""The week of the calendar without teaching, so that week 6 of the term is the seventh."""
FIXES: Final = frozenset({5, 9})


@dataclass
class Term:
    """The term, task by task as docs/workload.md lists them."""

    campus: Campus
    ada: Instructor

    def is_set_up(self) -> None:
        ada = self.ada
        with ada.at("Set up the course"):
            ada.adds_the_link(SPRING, "Data 8")
            self._registrar_enrols()
            ada.follows_the_link(SPRING)
            ada.makes_the_folder()
            plan.written(ada.folder)
            ada.writes_the_course_file(tuple(f"{name}@north.example" for name in ASSISTANTS))
            ada.makes_a_repository()
            ada.publishes_the_materials()
            ada.applies(COURSE)
        with ada.at("Collect and autograde"):
            ada.has_submissions_graded_on_arrival()
        self.campus.school.time = FIRST_DAY
        self.campus.hour_passes()
        self._everybody_is_in()

    def goes_by(self) -> None:
        """Twelve weeks; each begins on Monday morning."""
        for week in plan.WEEKS:
            self.campus.school.time = self._monday(week)
            self._begins(week)
            self._asks_come(week)
            self._ends(week)

    def is_followed_by_another(self) -> None:
        with self.ada.at("Roll over to the next term"):
            self.ada.copies_the_course(SPRING, into=FALL, label="Data 8 Fall")
            self.ada.follows_the_link(FALL)
            self.ada.begins_the_next_term(COURSE, starts="2027-09-06", into=NEXT)
            self.ada.archives(COURSE)
        self._the_next_ones_dates_are_right()

    def _registrar_enrols(self) -> None:
        course = self.campus.lms.courses[SPRING]
        for name in ASSISTANTS:
            course.enrol(member(name, "TeachingAssistant"))
        for number in range(STUDENTS):
            course.enrol(member(f"s{number}", "Learner"))

    def _begins(self, week: int) -> None:
        """A module, an assignment, and somebody who comes or goes."""
        ada, name = self.ada, plan.assignment(week)
        with ada.at("Release 12 modules"):
            ada.pushes_the_module(week)
        with ada.at("Release 12 assignments"):
            ada.generates(COURSE, name)
            ada.releases(COURSE, name)
        people = self.campus.lms.courses[SPRING]
        people.enrol(member(f"n{week}", "Learner"))
        del people.members[f"s{STUDENTS - week}"]
        self.campus.hour_passes()
        self._everybody_is_in()
        assert plan.module(week) in self._folders_of_students()
        assert plan.module(week + 1) not in self._folders_of_students()

    def _asks_come(self, week: int) -> None:
        """In weeks 1 and 2 for standing extensions, in 3 to 8 for one; in 5 and 9 a mistake."""
        ada = self.ada
        with ada.at("Grant 8 extensions, two standing"):
            if week <= 2:
                ada.gives_more_time(COURSE, f"s{week}@north.example")
            elif week <= 8:
                ada.gives_more_time(COURSE, f"s{week}@north.example", week=week)
        known = self._rows(Extension)
        assert len(known) == min(week, 8)
        assert [row.assignment_id for row in known].count(None) == min(week, 2), "standing"
        with ada.at("Push 2 upstream fixes"):
            if week in FIXES:
                ada.pushes_a_fix(week - 1)

    def _ends(self, week: int) -> None:
        """Work comes in and is graded, marked, sent and given back."""
        name, names = plan.assignment(week), tuple(each.name for each in self._class())
        friday = self._monday(week) + timedelta(days=4)
        self._has_memory_on(friday, week)
        self.campus.school.time = friday + timedelta(hours=8)
        assistant = Assistant(self.campus.grader)
        assistant.has_not_marked(names)
        for student in self._class():
            student.submits(COURSE, name)
        self.campus.hour_passes()
        if week in FIXES:
            assert self._delivered(f"{plan.module(week - 1)}/notes.md") == "Corrected"
        assert not self._points(name), "a score that waits for a person is held back"
        assistant.marks(names, plan.GRADED)
        with self.ada.at("Send grades to the LMS"):
            self.ada.sends_scores(COURSE, name)
        self.campus.hour_passes()
        assert self._points(name) == [plan.GRADED] * len(names)
        with self.ada.at("Release feedback"):
            self.ada.releases_feedback(COURSE, name)
        assert all(each.has_feedback(COURSE, name) for each in self._class())

    def _class(self) -> list[Student]:
        """Three who hand in, for the whole class."""
        here = {row.subject: row.hub_name for row in self._rows(Person)}
        three = ("s1", "s2", "s3")
        return [
            Student(here[one] or self.campus.come(one, course=SPRING), self.campus.http)
            for one in three
        ]

    def _everybody_is_in(self) -> None:
        people = {row.id: row.subject for row in self._rows(Person)}
        inside = {people[r.person_id]: r.role for r in self._rows(Enrolment) if not r.dropped_at}
        listed = self.campus.lms.courses[SPRING].members
        words = {"Learner": Role.STUDENT, "TeachingAssistant": Role.TA}
        assert inside == {
            one: words.get(each.role, Role.INSTRUCTOR) for one, each in listed.items()
        }
        assert list(inside.values()).count(Role.STUDENT) == STUDENTS
        assert list(inside.values()).count(Role.TA) == len(ASSISTANTS)

    def _has_memory_on(self, friday: datetime, week: int) -> None:
        """The exam's limits while it is on (from 10 to 12), the course's before and after."""
        given = []
        for hours in (1, 3, 5):
            with self.campus.school.store.reading(EVERYONE) as session:
                course = session.exec(select(Course.id).where(Course.key == COURSE)).one()
                given.append(
                    limits.allowance(
                        session, self.campus.settings, course_id=course or 0,
                        at=friday + timedelta(hours=hours),
                    ).memory_bytes
                )  # fmt: skip
        during = 2 * 10**9 if week == plan.EXAM_WEEK else 10**9
        assert given == [10**9, during, 10**9]

    def _folders_of_students(self) -> list[str]:
        """The folders of the repository as the Hub delivers it to a student who looks now."""
        return self._mirrored("ls-tree", "--name-only", self._commit()).split()

    def _delivered(self, path: str) -> str:
        """What a student who looks now has in that file."""
        return self._mirrored("show", f"{self._commit()}:{path}").strip()

    def _commit(self) -> str:
        return self._class()[0].sees_modules(COURSE)[0]["commit"]

    def _mirrored(self, *words: str) -> str:
        mirror = self.campus.schedule.repos.path(mirror_key(self.campus.materials.as_uri()))
        said = subprocess.run(
            ["git", "-C", str(mirror), *words],
            check=True, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return said.stdout

    def _points(self, assignment: str) -> list[float]:
        """What the LMS's gradebook shows for the assignment."""
        book = self.campus.lms.courses[SPRING]
        columns = {
            item.id
            for item in book.lineitems.values()
            if item.resource_id == resource_id(CourseKey(COURSE), assignment)
        }
        found = [grade.points for (item, _), grade in book.grades.items() if item in columns]
        return [points for points in found if points is not None]

    def _the_next_ones_dates_are_right(self) -> None:
        old, new = sorted(self._rows(Course), key=lambda row: row.key)
        assert (str(new.term_starts), old.successor_id) == ("2027-09-06", new.id)
        assert old.archived_at is not None
        due = {
            row.name: row.due_at.astimezone(TORONTO)
            for row in self._rows(Assignment)
            if row.course_id == new.id and row.due_at
        }
        for week in plan.WEEKS:
            friday = datetime(2027, 9, 10, 23, 59, tzinfo=TORONTO) + timedelta(weeks=week - 1)
            assert due[plan.assignment(week)] == friday
        assert [row.course_id for row in self._rows(Extension)] == [old.id] * 8
        assert len([r for r in self._rows(Enrolment) if r.course_id == new.id]) == 1

    def _rows(self, table: type[Row]) -> list[Row]:
        return self.campus.school.rows(table)

    def _monday(self, week: int) -> datetime:
        local = FIRST_DAY.astimezone(TORONTO) + timedelta(weeks=week - 1 + (week >= READING_WEEK))
        return local.astimezone(UTC)
