"""How a course stands beside its file and its terms: followed, applied, archived, succeeded."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from coursehub.model.course import Course
from coursehub.model.course_file import CourseFileSource, CourseFileVersion
from coursehub.model.institution import InstitutionId
from coursehub.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    The last file that was applied, the repository that is followed, and the course's term.

    `successor` and `predecessor` are the courses of the next and the last term, as key and title.
    """

    applied_at: datetime | None = None
    applied_by: str = ""
    origin: str = ""
    repository: str = ""
    path: str = ""
    error: str = ""
    archived_at: datetime | None = None
    successor: tuple[str, str] | None = None
    predecessor: tuple[str, str] | None = None


def standing(store: Store, tenant: InstitutionId, course_id: int) -> Standing:
    """How the course stands."""
    with store.reading(tenant) as session:
        course = session.exec(select(Course).where(Course.id == course_id)).one()
        last = session.exec(
            select(CourseFileVersion)
            .where(CourseFileVersion.course_id == course_id)
            .order_by(col(CourseFileVersion.id).desc())
        ).first()
        source = session.exec(
            select(CourseFileSource).where(CourseFileSource.course_id == course_id)
        ).first()
        return Standing(
            applied_at=last.applied_at if last else None,
            applied_by=last.by if last else "",
            origin=last.origin if last else "",
            repository=source.url if source else "",
            path=source.path if source else "",
            error=source.error if source else "",
            archived_at=course.archived_at,
            successor=_named(session, col(Course.id) == course.successor_id),
            predecessor=_named(session, col(Course.successor_id) == course_id),
        )


def _named(session: Session, which: object) -> tuple[str, str] | None:
    found = session.exec(select(Course).where(which)).first()  # type: ignore[arg-type]
    return (found.key, found.title) if found else None
