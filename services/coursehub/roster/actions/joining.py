"""Several LMS courses in one course: joined as its sections, and parted again."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from coursehub.errors import Conflict, Invalid, Missing
from coursehub.model.course import Course, CourseContext, Section
from coursehub.model.institution import Platform
from coursehub.model.roster import RosterSync
from coursehub.roster.actions import feeds
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An LMS course that feeds a course; `own_course` is where it goes when it is parted."""

    number: int
    title: str
    section: str
    lms: str
    lists_people: bool
    own_course: str = ""


def sources(store: Store, key: CourseKey) -> list[Source]:
    """The LMS courses that feed the course."""
    with store.reading(EVERYONE) as session:
        course = _course(session, key)
        fed = feeds.of_row(session, course)
        every = sorted((*fed.readable, *fed.silent), key=lambda feed: feed.context_id)
        own = dict(
            session.exec(
                select(CourseContext.id, Course.key)
                .join(Course, col(Course.id) == CourseContext.own_course_id)
                .where(CourseContext.course_id == course.id)
            ).all()
        )
    return [
        Source(
            number=feed.context_id,
            title=feed.title,
            section=feed.section,
            lms=feed.access.issuer,
            lists_people=feed in fed.readable,
            own_course=own.get(feed.context_id, ""),
        )
        for feed in every
    ]


def join(store: Store, key: CourseKey, other: CourseKey) -> int:
    """
    How many LMS courses of the other course feed this one from now on.

    The other keeps its people and their work, and gets nobody new. Invalid for
    courses of two institutions; Conflict while either is synced.
    """
    with store.writing(EVERYONE) as session:
        course, from_course = _free(session, key), _free(session, other)
        if course.id == from_course.id:
            raise Invalid("same-course", "A course cannot be joined to itself; name two.")
        if course.institution_id != from_course.institution_id:
            raise Invalid("other-institution", "These courses belong to two institutions.")
        rows = session.exec(
            select(CourseContext).where(CourseContext.course_id == from_course.id)
        ).all()
        if not rows:
            raise Missing("no-context", f"No LMS course feeds {other}: it was joined already.")
        for row in rows:
            own = row.own_course_id or row.course_id
            row.course_id, row.own_course_id = course.id or 0, None if own == course.id else own
            _forget_section(session, row)
            session.add(row)
        return len({(row.platform_id, row.context_id) for row in rows})


def part(store: Store, key: CourseKey, number: int) -> CourseKey:
    """
    The course that the LMS course of that number feeds again, as before it was joined.

    Its people leave this one as anybody does whom the lists lack, and nothing
    of theirs is lost. Missing for one that was not joined.
    """
    with store.writing(EVERYONE) as session:
        course = _free(session, key)
        row = session.get(CourseContext, number)
        if row is None or row.course_id != course.id or row.own_course_id is None:
            raise Missing(
                "not-joined",
                f"No LMS course {number} was joined to {key}; see coursehub roster contexts {key}",
            )
        own = session.get_one(Course, row.own_course_id)
        _free(session, CourseKey(own.key))
        for same in _registrations(session, row):
            same.course_id, same.own_course_id = own.id or 0, None
            _forget_section(session, same)
            session.add(same)
        return CourseKey(own.key)


def _registrations(session: Session, context: CourseContext) -> list[CourseContext]:
    """The same LMS course under each registration of its LMS."""
    issuer = session.get_one(Platform, context.platform_id).issuer
    return list(
        session.exec(
            select(CourseContext)
            .join(Platform, col(Platform.id) == CourseContext.platform_id)
            .where(Platform.issuer == issuer, CourseContext.context_id == context.context_id)
            .where(CourseContext.course_id == context.course_id)
            .where(CourseContext.own_course_id == context.own_course_id)
        )
    )


def _forget_section(session: Session, context: CourseContext) -> None:
    """Nothing; the section that it was stays with its people, as one like any other."""
    for row in session.exec(select(Section).where(Section.context_id == context.id)):
        row.context_id = None
        session.add(row)


def _course(session: Session, key: CourseKey) -> Course:
    found = session.exec(select(Course).where(Course.key == key)).first()
    if found is None:
        raise Missing("no-such-course", f"There is no course {key} here.")
    return found


def _free(session: Session, key: CourseKey) -> Course:
    """The course, which no sync is changing."""
    course = session.exec(select(Course).where(Course.key == key).with_for_update()).first()
    course = course or _course(session, key)
    running = select(RosterSync.id).where(
        RosterSync.course_id == course.id, col(RosterSync.finished_at).is_(None)
    )
    if session.exec(running).first() is not None:
        raise Conflict("sync-under-way", f"A sync of {key} is under way; try again in a minute.")
    return course
