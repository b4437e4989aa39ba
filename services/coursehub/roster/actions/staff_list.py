"""The staff whom the course file names: a list above all others."""

from typing import Final

from sqlmodel import Session, col, select

from coursehub.model.course_file import CourseStaff
from coursehub.ports import Member, RosterAddress
from coursehub.roster.actions.hearing import Heard
from coursehub.roster.actions.sources import Source
from coursehub.vocabulary.people import Role
from coursehub.vocabulary.roster import SourceKind

ABOVE_ALL: Final = -1
_SHORT: Final = {Role.INSTRUCTOR: "Instructor", Role.TA: "TeachingAssistant"}


def of(session: Session, course_id: int) -> list[Heard]:
    """The course file's staff as one list; none where it names nobody."""
    rows = session.exec(
        select(CourseStaff)
        .where(CourseStaff.course_id == course_id)
        .order_by(col(CourseStaff.person))
    ).all()
    if not rows:
        return []
    source = Source(
        number=0,
        rank=ABOVE_ALL,
        kind=SourceKind.CSV,
        address=RosterAddress(kind=SourceKind.CSV, url=""),
        file_name="course.yml",
    )
    return [Heard(source=source, members=tuple(map(_member, rows)))]


def _member(row: CourseStaff) -> Member:
    """Known by an address or a Hub name, whichever the file has."""
    return Member(
        subject=row.person,
        roles=(_SHORT[Role(row.role)],),
        email=row.person,
        login=row.person,
        sections=tuple(row.sections),
    )
