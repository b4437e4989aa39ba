"""One student's work on an assignment, as the course's staff see it."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from coursehub.errors import Missing
from coursehub.grading.actions.board import found
from coursehub.grading.actions.desk import Desk, id_of
from coursehub.grading.actions.own_work import OwnWork, work_of
from coursehub.model.course import Enrolment
from coursehub.model.grading import Score, ScoreDelivery
from coursehub.model.institution import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A student's versions, score and feedback; points too that wait for a person's marks."""

    name: str
    is_dropped: bool
    work: OwnWork
    score: Score | None
    delivery: ScoreDelivery | None


def review(desk: Desk, assignment: str, *, person_id: int) -> Review:
    """The work of somebody who is or was in the course; Missing for anyone else."""
    with desk.store.reading(desk.institution_id) as session:
        row = found(session, desk, assignment)
        person, enrolment = _member(session, desk, person_id)
        own = {"assignment_id": id_of(row), "person_id": person_id}
        return Review(
            name=person.name or person.hub_name or "(the LMS gives no name)",
            is_dropped=enrolment.dropped_at is not None,
            work=work_of(session, desk, row, person_id),
            score=session.exec(select(Score).filter_by(**own)).first(),
            delivery=session.exec(select(ScoreDelivery).filter_by(**own)).first(),
        )


def _member(session: Session, desk: Desk, person_id: int) -> tuple[Person, Enrolment]:
    member = session.exec(
        select(Person, Enrolment)
        .join(Enrolment, col(Enrolment.person_id) == Person.id)
        .where(Person.id == person_id, Enrolment.course_id == desk.course_id)
    ).first()
    if member is None:
        raise Missing("no-such-student", "There is nobody of that kind in this course.")
    return member
