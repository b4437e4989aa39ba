"""What a course's page shows: people, materials, assignments, servers and costs."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from coursehub.model.assignment import Assignment, Submission
from coursehub.model.course import Course, Enrolment
from coursehub.model.course_file import CourseFileSource
from coursehub.model.deadlines import deadlines
from coursehub.model.grading import DeliveryState, Score, ScoreDelivery
from coursehub.model.institution import Institution, InstitutionId, Person
from coursehub.model.module import Module, Source
from coursehub.model.quota import Quota
from coursehub.model.roster import RosterSync
from coursehub.model.spending import Spending, spent
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.people import HubName, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class MyCourse:
    """One line of somebody's list of courses."""

    key: str
    title: str
    institution: str
    role: Role
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleLine:
    """A module, and whether its materials can be had."""

    name: str
    title: str
    path: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentLine:
    """An assignment and how far the class, or one person, is with it."""

    name: str
    title: str
    points: float
    due_at: datetime | None
    is_extended: bool
    released: bool
    submitted: int
    graded: int
    in_lms: int
    waiting: int
    refused: int
    my_submission: datetime | None
    my_late_s: float
    my_points: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A course at a glance."""

    institution: str
    time_zone: str
    people: dict[Role, int]
    arrived: int
    modules: tuple[ModuleLine, ...]
    assignments: tuple[AssignmentLine, ...]
    spending: Spending
    seats: int
    memory_bytes: int
    cpu: float
    last_sync: RosterSync | None
    file_error: str

    @property
    def students(self) -> int:
        """How many students are enrolled."""
        return self.people.get(Role.STUDENT, 0)

    @property
    def per_student_microusd(self) -> int:
        """What the course has cost so far for each enrolled student, rounded down."""
        return self.spending.total.cost_microusd // self.students if self.students else 0


def my_courses(store: Store, hub_name: HubName) -> list[MyCourse]:
    """The courses that a Hub user is in, by title."""
    with store.reading(EVERYONE) as session:
        rows = session.exec(
            select(Course, Enrolment.role, Institution.name)
            .join(Enrolment, col(Enrolment.course_id) == Course.id)
            .join(Person, col(Person.id) == Enrolment.person_id)
            .join(Institution, col(Institution.id) == Course.institution_id)
            .where(Person.hub_name == hub_name, col(Enrolment.dropped_at).is_(None))
            .order_by(col(Course.title))
        ).all()
    return [
        MyCourse(
            key=course.key,
            title=course.title,
            institution=name,
            role=Role(role),
            archived_at=course.archived_at,
        )
        for course, role, name in rows
    ]


def overview(
    store: Store,
    settings: Settings,
    tenant: InstitutionId,
    course_id: int,
    *,
    person_id: int,
    at: datetime,
) -> Overview:
    """The course at a glance, with the person's own submissions and scores."""
    with store.reading(tenant) as session:
        course = session.exec(select(Course).where(Course.id == course_id)).one()
        quota = session.exec(
            select(Quota).where(Quota.course_id == course_id, Quota.role == Role.STUDENT)
        ).first()
        quota = quota or Quota(institution_id=tenant, course_id=course_id)
        people, arrived = _people(session, course_id)
        return Overview(
            institution=session.exec(
                select(Institution.name).where(Institution.id == tenant)
            ).one(),
            time_zone=course.time_zone,
            people=people,
            arrived=arrived,
            modules=_modules(session, course_id),
            assignments=_assignments(session, course_id, person_id),
            spending=spent(session, course_id, at=at),
            seats=settings.default_seats if quota.seats is None else quota.seats,
            memory_bytes=quota.memory_bytes or settings.default_memory_bytes,
            cpu=quota.cpu or settings.default_cpu,
            file_error=session.exec(
                select(CourseFileSource.error).where(CourseFileSource.course_id == course_id)
            ).first()
            or "",
            last_sync=session.exec(
                select(RosterSync)
                .where(RosterSync.course_id == course_id)
                .order_by(col(RosterSync.id).desc())
            ).first(),
        )


def _people(session: Session, course_id: int) -> tuple[dict[Role, int], int]:
    rows = session.exec(
        select(Enrolment.role, func.count(), func.count(col(Person.arrived_at)))
        .join(Person, col(Person.id) == Enrolment.person_id)
        .where(Enrolment.course_id == course_id, col(Enrolment.dropped_at).is_(None))
        .group_by(col(Enrolment.role))
    ).all()
    return {Role(role): total for role, total, _ in rows}, sum(here for _, _, here in rows)


def _modules(session: Session, course_id: int) -> tuple[ModuleLine, ...]:
    rows = session.exec(
        select(Module, Source.error)
        .join(Source, col(Source.id) == Module.source_id)
        .where(Module.course_id == course_id)
        .order_by(col(Module.position))
    )
    return tuple(
        ModuleLine(name=row.name, title=row.title, path=row.path, error=error)
        for row, error in rows
    )


def _assignments(session: Session, course_id: int, person_id: int) -> tuple[AssignmentLine, ...]:
    rows = session.exec(
        select(Assignment)
        .where(Assignment.course_id == course_id)
        .order_by(col(Assignment.due_at), col(Assignment.name))
    ).all()
    own = deadlines(session, course_id, person_id)
    return tuple(_assignment(session, row, person_id, due_at=own.due(row)) for row in rows)


def _assignment(
    session: Session, row: Assignment, person_id: int, *, due_at: datetime | None
) -> AssignmentLine:
    submitted = session.exec(
        select(func.count(func.distinct(Submission.person_id))).where(
            Submission.assignment_id == row.id
        )
    ).one()
    graded = session.exec(
        select(func.count()).select_from(Score).where(Score.assignment_id == row.id)
    ).one()
    states = dict(
        session.exec(
            select(ScoreDelivery.state, func.count())
            .where(ScoreDelivery.assignment_id == row.id)
            .group_by(col(ScoreDelivery.state))
        ).all()
    )
    mine = session.exec(
        select(Submission)
        .where(Submission.assignment_id == row.id, Submission.person_id == person_id)
        .order_by(col(Submission.received_at).desc())
    ).first()
    score = session.exec(
        select(Score).where(Score.assignment_id == row.id, Score.person_id == person_id)
    ).first()
    return AssignmentLine(
        name=row.name,
        title=row.title,
        points=row.points,
        due_at=due_at,
        is_extended=due_at != row.due_at,
        released=row.released_at is not None,
        submitted=submitted,
        graded=graded,
        in_lms=states.get(DeliveryState.DELIVERED, 0),
        waiting=states.get(DeliveryState.WAITING, 0),
        refused=states.get(DeliveryState.REFUSED, 0),
        my_submission=mine.received_at if mine else None,
        my_late_s=mine.late_s if mine else 0.0,
        my_points=score.points if score and not score.needs_manual else None,
    )
