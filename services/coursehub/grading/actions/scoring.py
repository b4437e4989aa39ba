"""Scores in the database, and the outbox row that goes with each, in one transaction."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from coursehub.errors import Missing
from coursehub.grading.rules import scores as rules
from coursehub.model.assignment import Assignment, Submission
from coursehub.model.course import Course
from coursehub.model.grading import DeliveryState, Score, ScoreDelivery
from coursehub.model.institution import Person
from coursehub.ports import Autograder, Clock, Grade, GradeRequest
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey

_HELD = "Held back until the questions that a person marks are marked."


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The submission of one person that counts: the last one received."""

    submission_id: str
    institution_id: int
    assignment_id: int
    person_id: int
    student: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one person has for an assignment, and how far it got on its way to the LMS."""

    person_id: int
    student: str
    score: Score
    delivery: ScoreDelivery | None


def find_assignment(session: Session, course: CourseKey, name: str) -> Assignment:
    """The course's assignment of that name; Missing if there is none."""
    found = session.exec(
        select(Assignment)
        .join(Course, col(Course.id) == Assignment.course_id)
        .where(Course.key == course, Assignment.name == name)
    ).first()
    if found is None:
        raise Missing("no-such-assignment", f"There is no assignment {name[:100]!r} here.")
    return found


def counted(session: Session, assignment: Assignment) -> dict[str, Counted]:
    """The counted submission of each student, by user name."""
    rows = session.exec(
        select(Submission, Person.hub_name)
        .join(Person, col(Person.id) == Submission.person_id)
        .where(Submission.assignment_id == assignment.id, col(Person.hub_name).is_not(None))
        .order_by(col(Submission.received_at), col(Submission.id))
    )
    return {
        student: Counted(
            submission_id=row.id,
            institution_id=row.institution_id,
            assignment_id=row.assignment_id,
            person_id=row.person_id,
            student=student,
            received_at=row.received_at,
        )
        for row, student in rows
        if student
    }


def record(
    session: Session, of: Counted, grade: Grade, *, at: datetime, again: bool = False
) -> bool:
    """
    Whether something new must go to the LMS, once the score is in the session.

    A score that waits for a person's marks is held back: LMSs show no grade
    for one in progress, and some show it as final. An unchanged score queues
    nothing; `again` queues one that the LMS refused.
    """
    score = session.exec(
        select(Score).where(
            Score.assignment_id == of.assignment_id, Score.person_id == of.person_id
        )
    ).first() or Score(
        institution_id=of.institution_id,
        assignment_id=of.assignment_id,
        person_id=of.person_id,
        submission_id=of.submission_id,
        points=grade.points,
        max_points=grade.max_points,
    )
    if score.submission_id != of.submission_id:
        score.submission_id, score.feedback_error = of.submission_id, ""
    score.points, score.max_points = grade.points, grade.max_points
    score.needs_manual = grade.needs_manual
    score.graded_at = at
    session.add(score)
    return _queue(session, of, grade, at=at, again=again)


def _queue(session: Session, of: Counted, grade: Grade, *, at: datetime, again: bool) -> bool:
    row = session.exec(
        select(ScoreDelivery)
        .where(ScoreDelivery.assignment_id == of.assignment_id)
        .where(ScoreDelivery.person_id == of.person_id)
        .with_for_update()
    ).first()
    if row is not None and not grade.needs_manual and not _is_news(row, grade, again=again):
        return False
    if row is None:
        row = ScoreDelivery(
            institution_id=of.institution_id,
            assignment_id=of.assignment_id,
            person_id=of.person_id,
            points=grade.points,
            max_points=grade.max_points,
            scored_at=at,
        )
    else:
        # LMSs compare moments: a newer score must carry a later one.
        row.scored_at = max(at, row.scored_at + timedelta(milliseconds=1))
    row.points, row.max_points = grade.points, grade.max_points
    row.state = DeliveryState.HELD if grade.needs_manual else DeliveryState.WAITING
    row.last_error = _HELD if grade.needs_manual else ""
    row.attempts, row.next_at = 0, at
    session.add(row)
    return not grade.needs_manual


def _is_news(row: ScoreDelivery, grade: Grade, *, again: bool) -> bool:
    if row.state is DeliveryState.HELD or (again and row.state is DeliveryState.REFUSED):
        return True
    return not rules.is_same(
        row.points, row.max_points, as_points=grade.points, as_max=grade.max_points
    )


async def refresh(
    store: Store, autograder: Autograder, clock: Clock, *, course: CourseKey, assignment: str
) -> tuple[int, int]:
    """How many scores the gradebook holds now, and how many of them must go to the LMS."""
    every = await asyncio.to_thread(graded, store, course, assignment)
    scores = queued = 0
    for of in every:
        request = GradeRequest(
            course=course, assignment=assignment, student=of.student, received_at=of.received_at
        )
        grade = await autograder.read(request)
        if grade is not None:
            scores += 1
            queued += await asyncio.to_thread(_record_again, store, of, grade, clock.now())
    return scores, queued


def graded(store: Store, course: CourseKey, assignment: str) -> list[Counted]:
    """Submissions with a score: those that the gradebook speaks of."""
    with store.reading(EVERYONE) as session:
        row = find_assignment(session, course, assignment)
        scored = set(session.exec(select(Score.submission_id).where(Score.assignment_id == row.id)))
        every = session.exec(
            select(Submission, Person.hub_name)
            .join(Person, col(Person.id) == Submission.person_id)
            .where(Submission.assignment_id == row.id)
        )
        return [
            Counted(
                submission_id=one.id,
                institution_id=one.institution_id,
                assignment_id=one.assignment_id,
                person_id=one.person_id,
                student=student,
                received_at=one.received_at,
            )
            for one, student in every
            if student and one.id in scored
        ]


def _record_again(store: Store, of: Counted, grade: Grade, at: datetime) -> bool:
    with store.writing(of.institution_id) as session:
        return record(session, of, grade, at=at, again=True)


def standings(
    store: Store, *, course: CourseKey, assignment: str, after: int, limit: int
) -> list[Standing]:
    """What people have, ordered by person's key, for those above `after`."""
    with store.reading(EVERYONE) as session:
        row = find_assignment(session, course, assignment)
        found = session.exec(
            select(Score, Person, ScoreDelivery)
            .join(Person, col(Person.id) == Score.person_id)
            .join(
                ScoreDelivery,
                (col(ScoreDelivery.assignment_id) == Score.assignment_id)
                & (col(ScoreDelivery.person_id) == Score.person_id),
                isouter=True,
            )
            .where(Score.assignment_id == row.id, col(Score.person_id) > after)
            .order_by(col(Score.person_id))
            .limit(limit)
        )
        return [
            Standing(
                person_id=score.person_id,
                student=person.hub_name or "",
                score=score,
                delivery=delivery,
            )
            for score, person, delivery in found
        ]
