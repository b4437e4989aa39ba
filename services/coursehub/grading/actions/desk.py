"""One course's exchange: what its actions share."""

from dataclasses import dataclass

from sqlmodel import Session, select

from coursehub.errors import Missing, Refused
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course
from coursehub.ports import Blobs
from coursehub.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One course's exchange: where its things are kept, and by whose database key."""

    store: Store
    blobs: Blobs
    institution_id: int
    course_id: int
    course_key: str


def check_open(desk: Desk, name: str) -> None:
    """Nothing; Missing or Refused for an assignment that takes no submissions."""
    with desk.store.reading(desk.institution_id) as session:
        taking_work(session, desk, name)


def taking_work(session: Session, desk: Desk, name: str) -> Assignment:
    """The assignment; Missing or Refused where it takes no submissions."""
    row = open_for_students(session, desk, name)
    course = session.exec(select(Course).where(Course.id == desk.course_id)).one()
    if course.archived_at:
        raise Refused(
            "course-archived",
            f"{course.title} is over and takes no submissions any more; your files stay. "
            "If that is wrong, write to your instructor.",
        )
    return row


def open_for_students(session: Session, desk: Desk, name: str) -> Assignment:
    row = find(session, desk, name)
    if row is None:
        raise no_assignment(name)
    if row.released_at is None:
        raise Refused("not-released", f"{name} is not released (or no longer).")
    return row


def find(session: Session, desk: Desk, name: str) -> Assignment | None:
    return session.exec(
        select(Assignment)
        .where(Assignment.course_id == desk.course_id)
        .where(Assignment.name == name)
    ).first()


def no_assignment(name: str) -> Missing:
    return Missing("no-such-assignment", f"There is no assignment {name[:100]!r} in this course.")


def id_of(row: Assignment) -> int:
    if row.id is None:
        raise ValueError("an assignment that was never flushed has no key")
    return row.id
