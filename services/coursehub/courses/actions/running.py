"""A course as it runs, as its file would say it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from coursehub.courses.rules.dates import Calendar, Moment
from coursehub.courses.rules.file import CourseFile
from coursehub.courses.rules.parts import (
    AssignmentItem,
    Budget,
    ExamItem,
    Extension,
    LatePolicy,
    LineItem,
    ModuleItem,
    Quotas,
    RoleQuota,
    Roster,
    SourceItem,
    StaffItem,
    Term,
)
from coursehub.model import assignment as work
from coursehub.model import quota as limits
from coursehub.model.course import Course
from coursehub.model.course_file import CourseStaff
from coursehub.model.institution import Institution
from coursehub.model.module import Module, Source
from coursehub.model.roster_source import RosterSource
from coursehub.vocabulary import terms
from coursehub.vocabulary.limits import memory_text


def running(session: Session, course: Course) -> CourseFile:
    """The course file that says what holds now."""
    owner = session.exec(select(Institution.name).where(Institution.id == course.institution_id))
    term = term_of(course)
    calendar = Calendar(starts=term.starts, zone=ZoneInfo(term.time_zone))
    extensions = _extensions(session, course, calendar)
    materials, modules = _modules(session, course, calendar)
    return CourseFile(
        title=course.title,
        slug=course.key,
        institution=owner.one()[:255],
        instructors=tuple(course.instructors),
        term=term,
        staff=_staff(session, course),
        roster=_roster(session, course),
        materials=materials,
        modules=modules,
        late=_late(course.late),
        assignments=_assignments(session, course, calendar, extensions),
        extensions=extensions.get((None, None), ()),
        exams=_exams(session, course, calendar, extensions),
        quotas=_quotas(session, course),
        budget=_budget(session, course),
        image=course.image,
        environment=course.environment,
    )


def term_of(course: Course) -> Term:
    """The course's term; one that has none said begins with the course itself."""
    born = course.created_at.astimezone(ZoneInfo(course.time_zone)).date()
    return Term(
        starts=course.term_starts or born,
        ends=course.term_ends,
        time_zone=course.time_zone,
        holidays=tuple(course.holidays),
    )


def _staff(session: Session, course: Course) -> tuple[StaffItem, ...]:
    rows = session.exec(
        select(CourseStaff)
        .where(CourseStaff.course_id == course.id)
        .order_by(col(CourseStaff.person))
    )
    return tuple(
        StaffItem.model_validate(
            {"person": row.person, "role": row.role.value, "sections": row.sections}
        )
        for row in rows
    )


def _roster(session: Session, course: Course) -> Roster:
    rows = session.exec(
        select(RosterSource)
        .where(RosterSource.course_id == course.id)
        .order_by(col(RosterSource.position))
    )
    sources = tuple(
        SourceItem(
            kind=row.kind,
            url=row.url,
            course=row.course,
            client_id=row.client_id,
            token_url=row.token_url,
            secret=row.secret,
        )
        for row in rows
    )
    return Roster(sources=sources, dropped_servers=course.dropped_servers)


def _modules(
    session: Session, course: Course, calendar: Calendar
) -> tuple[str, tuple[ModuleItem, ...]]:
    """The address that most modules are from, and the modules."""
    rows = session.exec(
        select(Module, Source.url)
        .join(Source, col(Source.id) == Module.source_id)
        .where(Module.course_id == course.id)
        .order_by(col(Module.position), col(Module.id))
    ).all()
    urls = [url for _, url in rows]
    most = max(dict.fromkeys(urls), key=urls.count, default="")
    return most, tuple(
        ModuleItem(
            name=row.name,
            title=row.title,
            path=row.path,
            source="" if url == most else url,
            pin=row.pin,
            release=_written(calendar, row.release_at),
        )
        for row, url in rows
    )


Whose = tuple[int | None, int | None]
"""The assignment or the exam that an extension is for; neither for one of every assignment."""


def _extensions(
    session: Session, course: Course, calendar: Calendar
) -> dict[Whose, tuple[Extension, ...]]:
    rows = session.exec(
        select(work.Extension)
        .where(work.Extension.course_id == course.id)
        .order_by(col(work.Extension.id))
    )
    found = dict[Whose, tuple[Extension, ...]]()
    for row in rows:
        length = terms.Length(days=row.by_days, seconds=row.by_seconds)
        whose = (row.assignment_id, row.exam_id)
        found[whose] = (
            *found.get(whose, ()),
            Extension(
                person=row.person,
                section=row.section,
                due=_written(calendar, row.due_at),
                by=None if row.due_at else length,
                reason=row.reason,
            ),
        )
    return found


def _assignments(
    session: Session,
    course: Course,
    calendar: Calendar,
    extensions: dict[Whose, tuple[Extension, ...]],
) -> tuple[AssignmentItem, ...]:
    rows = session.exec(
        select(work.Assignment)
        .where(work.Assignment.course_id == course.id)
        .order_by(col(work.Assignment.id))
    )
    return tuple(
        AssignmentItem(
            name=row.name,
            title=row.title,
            notebooks=tuple(row.notebooks),
            points=row.points,
            release=_written(calendar, row.release_at),
            due=_written(calendar, row.due_at),
            late=_late(row.late) if row.late else None,
            extensions=extensions.get((row.id, None), ()),
            line_item=LineItem(
                label=row.column_label, points=row.column_points, shown=row.column_shown
            ),
        )
        for row in rows
    )


def _exams(
    session: Session,
    course: Course,
    calendar: Calendar,
    extensions: dict[Whose, tuple[Extension, ...]],
) -> tuple[ExamItem, ...]:
    rows = session.exec(
        select(limits.Exam)
        .where(limits.Exam.course_id == course.id)
        .order_by(col(limits.Exam.starts_at), col(limits.Exam.id))
    )
    return tuple(
        ExamItem(
            name=row.name,
            title=row.title,
            starts=calendar.written(row.starts_at),
            ends=calendar.written(row.ends_at),
            assignments=tuple(row.assignments),
            quota=_quota(row),
            seats=row.seats,
            extra_time=extensions.get((None, row.id), ()),
        )
        for row in rows
    )


def _quotas(session: Session, course: Course) -> Quotas:
    rows = {
        row.role: row
        for row in session.exec(select(limits.Quota).where(limits.Quota.course_id == course.id))
    }
    student = rows.get("student")
    return Quotas(
        seats=student.seats if student else None,
        **{role: _quota(row) for role, row in rows.items()},
    )


def _quota(row: limits.Quota | limits.Exam) -> RoleQuota:
    return RoleQuota(
        memory=memory_text(row.memory_bytes) if row.memory_bytes else "",
        cpu=row.cpu,
        gpu=row.gpu,
        disk=memory_text(row.disk_bytes) if row.disk_bytes else "",
    )


def _budget(session: Session, course: Course) -> Budget:
    row = session.exec(select(limits.Budget).where(limits.Budget.course_id == course.id)).first()
    if row is None:
        return Budget()
    return Budget.model_construct(
        total=row.total_microusd,
        per_student=row.per_student_microusd,
        warn_at=row.warn_percent,
    )


def _late(policy: terms.LatePolicy) -> LatePolicy:
    return LatePolicy.model_construct(
        grace=policy.grace,
        per_day=policy.percent_a_day,
        at_most=policy.most_percent,
        closes=policy.closes,
    )


def _written(calendar: Calendar, at: datetime | None) -> Moment | None:
    return calendar.written(at) if at else None
