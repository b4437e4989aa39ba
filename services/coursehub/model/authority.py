"""Whose word on a person's role holds: the course file's, another list's, or the LMS's."""

from sqlmodel import Session, col, select

from coursehub.model.course_file import CourseStaff
from coursehub.model.institution import Person
from coursehub.model.roster_source import RosterSource
from coursehub.vocabulary.people import Role
from coursehub.vocabulary.roster import SourceKind


def role_at_launch(
    session: Session, course_id: int, person: Person, *, launched: Role, enrolled: Role | None
) -> Role:
    """
    The role of somebody who comes with the role that the LMS `launched` them in.

    It is the course file's where that names them. Where a list of higher
    authority than the LMS's put somebody into the course, the role stays.
    """
    names = {name.lower() for name in (person.email, person.hub_name or "") if name}
    named = session.exec(select(CourseStaff).where(CourseStaff.course_id == course_id))
    for row in named:
        if row.person.lower() in names:
            return Role(row.role)
    if enrolled is None:
        return launched
    first = session.exec(
        select(RosterSource.kind)
        .where(RosterSource.course_id == course_id)
        .order_by(col(RosterSource.position))
    ).first()
    return launched if first in {None, SourceKind.LTI} else enrolled
