"""What an assignment's own page shows its staff: the class's work, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, and_, case, col, func, or_, select, tuple_

from coursehub.grading.actions.desk import Desk, find, id_of, no_assignment
from coursehub.model.assignment import Assignment, Submission
from coursehub.model.course import Course, Enrolment
from coursehub.model.grading import DeliveryState, GradingJob, JobState, Score, ScoreDelivery
from coursehub.model.institution import Person
from coursehub.vocabulary.people import Role

_UNSETTLED = (JobState.WAITING, JobState.CLAIMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The assignment itself; moments are shown in the course's zone."""

    name: str
    title: str
    points: float
    due_at: datetime | None
    released_at: datetime | None
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How far the enrolled students are; `jobs` are those of the submissions that count."""

    enrolled: int
    submitted: int
    late: int
    graded: int
    by_hand: int
    in_lms: int
    refused: int
    jobs: int
    unsettled: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One enrolled student; each part is None where there is none yet."""

    person_id: int
    name: str
    hub_name: str
    submission: Submission | None
    job: GradingJob | None
    score: Score | None
    delivery: ScoreDelivery | None

    @property
    def is_of_earlier_version(self) -> bool:
        """Whether the score belongs to a version that a later one has replaced."""
        if self.score is None or self.submission is None:
            return False
        return self.score.submission_id != self.submission.id


def heading(desk: Desk, name: str) -> Heading:
    """The assignment, released or not; Missing if the course has none of that name."""
    with desk.store.reading(desk.institution_id) as session:
        return heading_of(session, desk, found(session, desk, name))


def found(session: Session, desk: Desk, name: str) -> Assignment:
    """The course's assignment; Missing if there is none of that name."""
    row = find(session, desk, name)
    if row is None:
        raise no_assignment(name)
    return row


def heading_of(session: Session, desk: Desk, row: Assignment) -> Heading:
    """What every page on the assignment begins with."""
    zone = session.exec(select(Course.time_zone).where(Course.id == desk.course_id)).one()
    return Heading(
        name=row.name,
        title=row.title,
        points=row.points,
        due_at=row.due_at,
        released_at=row.released_at,
        time_zone=zone,
    )


def counts(desk: Desk, name: str) -> Counts:
    """The figures of the enrolled students' work."""
    with desk.store.reading(desk.institution_id) as session:
        assignment_id = id_of(found(session, desk, name))
        wanted = _joined(
            sa.select(
                func.count(),
                func.count(col(Submission.id)),
                _many(col(Submission.late_s) > 0),
                func.count(col(Score.id)),
                _many(col(Score.needs_manual)),
                _many(col(ScoreDelivery.state) == DeliveryState.DELIVERED),
                _many(col(ScoreDelivery.state) == DeliveryState.REFUSED),
                func.count(col(GradingJob.id)),
                _many(col(GradingJob.state).in_(_UNSETTLED)),
                _many(col(GradingJob.state) == JobState.FAILED),
            ),
            desk,
            assignment_id,
        )
        numbers = session.exec(wanted).one()
    return Counts(**dict(zip(Counts.__slots__, numbers, strict=True)))


def lines(
    desk: Desk,
    name: str,
    *,
    search: str = "",
    after: tuple[str, int] | None = None,
    limit: int = 50,
) -> tuple[list[Line], int]:
    """The students by name from `after` (name, key) on, and how many match in all."""
    with desk.store.reading(desk.institution_id) as session:
        assignment_id = id_of(found(session, desk, name))
        total = session.exec(
            _matching(_joined(select(func.count()), desk, assignment_id), search)
        ).one()
        wanted = _joined(
            sa.select(Person, Submission, GradingJob, Score, ScoreDelivery), desk, assignment_id
        )
        wanted = _matching(wanted, search)
        if after:
            wanted = wanted.where(tuple_(col(Person.name), col(Person.id)) > after)
        rows = session.exec(wanted.order_by(col(Person.name), col(Person.id)).limit(limit)).all()
    return [_line(*row) for row in rows], total


def _joined(wanted: Any, desk: Desk, assignment_id: int) -> Any:
    """The query over the enrolled students, each with the last submission, its job and score."""
    newest = (
        select(Submission.id)
        .where(Submission.assignment_id == assignment_id, Submission.person_id == Person.id)
        .order_by(col(Submission.received_at).desc(), col(Submission.id).desc())
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )
    return (
        wanted.select_from(Enrolment)
        .join(Person, col(Person.id) == Enrolment.person_id)
        .outerjoin(Submission, col(Submission.id) == newest)
        .outerjoin(GradingJob, col(GradingJob.submission_id) == Submission.id)
        .outerjoin(
            Score,
            and_(col(Score.assignment_id) == assignment_id, col(Score.person_id) == Person.id),
        )
        .outerjoin(
            ScoreDelivery,
            and_(
                col(ScoreDelivery.assignment_id) == assignment_id,
                col(ScoreDelivery.person_id) == Person.id,
            ),
        )
        .where(Enrolment.course_id == desk.course_id, Enrolment.role == Role.STUDENT)
        .where(col(Enrolment.dropped_at).is_(None))
    )


def _matching(wanted: Any, search: str) -> Any:
    columns = (Person.name, Person.email, Person.hub_name)
    some = (col(column).icontains(search, autoescape=True) for column in columns)
    return wanted.where(or_(*some)) if search else wanted


def _many(condition: Any) -> Any:
    return func.count(case((condition, 1)))


def _line(
    person: Person,
    submission: Submission | None,
    job: GradingJob | None,
    score: Score | None,
    delivery: ScoreDelivery | None,
) -> Line:
    return Line(
        person_id=person.id or 0,
        name=person.name,
        hub_name=person.hub_name or "",
        submission=submission,
        job=job,
        score=score,
        delivery=delivery,
    )
