"""A course whose students hand in work, with a clock that tests move and graders they script."""

import asyncio
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from sqlmodel import col, select

from coursehub.errors import CoursehubError, Missing
from coursehub.grading.actions import autograde, scores
from coursehub.model.assignment import Assignment, Submission, SubmittedFile
from coursehub.model.course import Course, CourseContext, Enrolment
from coursehub.model.grading import GradingJob, Score, ScoreDelivery
from coursehub.model.institution import Institution, Person, Platform
from coursehub.ports import Blob, Grade, GradeRequest, Lms
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.people import Role

MORNING = datetime(2027, 3, 1, 9, tzinfo=UTC)
COURSE = CourseKey("data8")
GRADEBOOK = "https://lms.example/ags/1/lineitems?type_id=1"


@dataclass
class MemoryBlobs:
    kept: dict[str, bytes] = field(default_factory=dict)

    def put(self, source: BinaryIO, *, max_bytes: int) -> Blob:
        content = source.read()
        name = hashlib.sha256(content).hexdigest()
        self.kept[name] = content
        return Blob(sha256=name, size_bytes=len(content))

    def open(self, sha256: str) -> BinaryIO:
        if sha256 not in self.kept:
            raise Missing("no-such-blob", "There is no such blob.")
        return io.BytesIO(self.kept[sha256])


@dataclass
class ScriptedGrader:
    """A far side that gives the grades it is told to, slowly if it is told to."""

    grades: dict[str, Grade] = field(default_factory=dict)
    failures: dict[str, list[CoursehubError]] = field(default_factory=dict)
    without_feedback: dict[str, CoursehubError] = field(default_factory=dict)
    requests: list[GradeRequest] = field(default_factory=list)
    delay_s: float = 0.0
    at_once: int = 0
    most_at_once: int = 0

    async def grade(self, request: GradeRequest) -> Grade:
        self.requests.append(request)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.delay_s)
        finally:
            self.at_once -= 1
        if failures := self.failures.get(request.student):
            raise failures.pop(0)
        return self.grades.get(request.student, grade(7))

    async def read(self, request: GradeRequest) -> Grade | None:
        return self.grades.get(request.student)

    async def feedback(self, request: GradeRequest) -> Mapping[str, bytes]:
        if failure := self.without_feedback.get(request.student):
            raise failure
        return {"ps1.html": f"for {request.student}".encode()}

    async def prepare(self, course: str, assignment: str) -> None:
        return None

    async def close(self) -> None:
        return None


def grade(points: float, *, of: float = 10.0, needs_manual: bool = False) -> Grade:
    return Grade(points=points, max_points=of, needs_manual=needs_manual)


@dataclass
class Campus:
    store: Store
    time: datetime = MORNING
    grader: ScriptedGrader = field(default_factory=ScriptedGrader)

    def now(self) -> datetime:
        return self.time

    def later(self, **duration: float) -> None:
        self.time += timedelta(**duration)

    def open(self, *students: str) -> None:
        """The course with one assignment, ps1, and its students."""
        with self.store.writing(EVERYONE) as session:
            school = Institution(slug="north", name="North")
            session.add(school)
            session.flush()
            mine = school.id or 0
            platform = Platform(
                institution_id=mine,
                issuer="https://lms.example",
                client_id="hub",
                auth_login_url="https://lms.example/auth",
                token_url="https://lms.example/token",
                key_set_url="https://lms.example/jwks",
            )
            course = Course(institution_id=mine, key=COURSE, title="Data 8")
            session.add_all((platform, course))
            session.flush()
            session.add(
                CourseContext(
                    institution_id=mine,
                    course_id=course.id or 0,
                    platform_id=platform.id or 0,
                    context_id="c1",
                    ags_lineitems_url=GRADEBOOK,
                )
            )
            session.add(
                Assignment(
                    institution_id=mine,
                    course_id=course.id or 0,
                    name="ps1",
                    title="Problem set 1",
                    released_at=MORNING,
                )
            )
            for name in students:
                session.add(
                    Person(
                        institution_id=mine,
                        platform_id=platform.id or 0,
                        issuer=platform.issuer,
                        subject=f"s-{name}",
                        hub_name=name,
                    )
                )

    def submit(self, student: str, files: Mapping[str, str] | None = None) -> str:
        """A submission received a second after whatever came before."""
        self.later(seconds=1)
        with self.store.writing(EVERYONE) as session:
            person = session.exec(select(Person).where(Person.hub_name == student)).one()
            assignment = session.exec(select(Assignment)).one()
            row = Submission(
                institution_id=person.institution_id,
                assignment_id=assignment.id or 0,
                person_id=person.id or 0,
                received_at=self.time,
                digest=f"{student}-{self.time}",
            )
            session.add(row)
            session.flush()
            for path, sha256 in (files or {"ps1.ipynb": "0" * 64}).items():
                session.add(
                    SubmittedFile(
                        institution_id=person.institution_id,
                        submission_id=row.id,
                        path=path,
                        sha256=sha256,
                        size_bytes=1,
                    )
                )
        return row.id

    def enrol(self, student: str, role: Role) -> None:
        with self.store.writing(EVERYONE) as session:
            person = session.exec(select(Person).where(Person.hub_name == student)).one()
            course = session.exec(select(Course)).one()
            row = session.exec(select(Enrolment)).first() or Enrolment(
                institution_id=person.institution_id,
                course_id=course.id or 0,
                person_id=person.id or 0,
                role=role,
            )
            row.role = role
            session.add(row)

    def ask(self, *students: str) -> int:
        return autograde.ask(self.store, COURSE, "ps1", students or None, at=self.time)

    def work(self, **options: int) -> int:
        return asyncio.run(autograde.work_once(self.store, self.grader, self, **options))

    def deliver(self, lms: Lms) -> int:
        return asyncio.run(scores.deliver_once(self.store, lms, self))

    def jobs(self) -> dict[str, list[GradingJob]]:
        found: dict[str, list[GradingJob]] = {}
        with self.store.reading(EVERYONE) as session:
            rows = session.exec(
                select(GradingJob, Person.hub_name)
                .join(Submission, col(Submission.id) == GradingJob.submission_id)
                .join(Person, col(Person.id) == Submission.person_id)
                .order_by(col(Submission.received_at))
            )
            for job, name in rows:
                found.setdefault(name or "", []).append(job)
        return found

    def job(self, student: str) -> GradingJob:
        (only,) = self.jobs()[student]
        return only

    def scores(self) -> dict[str, Score]:
        with self.store.reading(EVERYONE) as session:
            rows = session.exec(
                select(Score, Person.hub_name).join(Person, col(Person.id) == Score.person_id)
            ).all()
        by_name = {name or "": score for score, name in rows}
        assert len(by_name) == len(rows)
        return by_name

    def delivery(self, student: str) -> ScoreDelivery:
        with self.store.reading(EVERYONE) as session:
            return session.exec(
                select(ScoreDelivery)
                .join(Person, col(Person.id) == ScoreDelivery.person_id)
                .where(Person.hub_name == student)
            ).one()
