"""A course's tables made as its file says; what people may have work in is never taken away."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel, select

from coursehub.courses.actions.sources import source_for
from coursehub.courses.rules.file import CourseFile
from coursehub.courses.rules.parts import Extension, LatePolicy, RoleQuota
from coursehub.model import assignment as work
from coursehub.model import quota as limits
from coursehub.model.course import Course
from coursehub.model.course_file import CourseStaff
from coursehub.model.module import Module
from coursehub.model.roster_source import RosterSource
from coursehub.vocabulary import terms
from coursehub.vocabulary.people import Role

Row = TypeVar("Row", bound=SQLModel)
Values = Mapping[str, Any]


def carry_out(session: Session, course: Course, file: CourseFile) -> None:
    """Nothing; the course is as the file says."""
    _course(session, course, file)
    _modules(session, course, file)
    assignments = _assignments(session, course, file)
    exams = _exams(session, course, file)
    session.flush()
    _extensions(session, course, file, assignments, exams)
    _staff(session, course, file)
    _sources(session, course, file)
    _quotas(session, course, file)


def _course(session: Session, course: Course, file: CourseFile) -> None:
    term = file.term
    _set(
        course,
        {
            "title": file.title,
            "time_zone": term.time_zone,
            "term_starts": term.starts,
            "term_ends": term.ends,
            "holidays": list(term.holidays),
            "instructors": list(file.instructors),
            "late": _late(file.late),
            "image": file.image,
            "environment": dict(file.environment),
            "dropped_servers": file.roster.dropped_servers,
        },
    )
    session.add(course)


def _modules(session: Session, course: Course, file: CourseFile) -> None:
    known = _rows(session, Module, course, lambda row: row.name)
    for position, item in enumerate(file.modules):
        source = source_for(session, course, item.source or file.materials)
        values = {
            "title": item.title,
            "path": item.path,
            "position": position,
            "source_id": source.id or 0,
            "pin": item.pin,
            "release_at": file.since(item.release),
        }
        _put(session, Module, course, known.get(item.name), {"name": item.name, **values})


def _assignments(session: Session, course: Course, file: CourseFile) -> dict[str, work.Assignment]:
    known = _rows(session, work.Assignment, course, lambda row: row.name)
    for item in file.assignments:
        values = {
            "name": item.name,
            "title": item.title,
            "notebooks": list(item.notebooks),
            "points": float(item.points),
            "release_at": file.since(item.release),
            "due_at": file.until(item.due),
            "late": _late(item.late) if item.late else None,
            "column_label": item.line_item.label,
            "column_points": item.line_item.points,
            "column_shown": item.line_item.shown,
        }
        row = _put(session, work.Assignment, course, known.get(item.name), values)
        known[item.name] = row
    return known


def _exams(session: Session, course: Course, file: CourseFile) -> dict[str, limits.Exam]:
    known = _rows(session, limits.Exam, course, lambda row: row.name)
    wanted = {item.name: item for item in file.exams}
    for name in known.keys() - wanted.keys():
        gone = known.pop(name)
        for row in session.exec(select(work.Extension).where(work.Extension.exam_id == gone.id)):
            session.delete(row)
        session.flush()
        session.delete(gone)
    for name, item in wanted.items():
        values = {
            "name": name,
            "title": item.title,
            "starts_at": file.since(item.starts),
            "ends_at": file.until(item.ends),
            "assignments": list(item.assignments),
            "seats": item.seats,
            **_limits(item.quota),
        }
        known[name] = _put(session, limits.Exam, course, known.get(name), values)
    return known


def _extensions(
    session: Session,
    course: Course,
    file: CourseFile,
    assignments: Mapping[str, work.Assignment],
    exams: Mapping[str, limits.Exam],
) -> None:
    def values(given: Iterable[Extension], **of: int | None) -> Iterable[dict[str, Any]]:
        for one in given:
            length = one.by or terms.Length()
            yield {
                "assignment_id": None,
                "exam_id": None,
                **of,
                "person": one.person,
                "section": one.section,
                "due_at": file.until(one.due),
                "by_days": length.days,
                "by_seconds": length.seconds,
                "reason": one.reason,
            }

    wanted = [
        *values(file.extensions),
        *(
            one
            for item in file.assignments
            for one in values(item.extensions, assignment_id=assignments[item.name].id)
        ),
        *(
            one
            for item in file.exams
            for one in values(item.extra_time, exam_id=exams[item.name].id)
        ),
    ]
    _replace(
        session,
        work.Extension,
        course,
        wanted,
        ("assignment_id", "exam_id", "person", "section"),
    )


def _staff(session: Session, course: Course, file: CourseFile) -> None:
    wanted = [
        {"person": one.person, "role": Role(one.role), "sections": list(one.sections)}
        for one in file.staff
    ]
    _replace(session, CourseStaff, course, wanted, ("person",))


def _sources(session: Session, course: Course, file: CourseFile) -> None:
    wanted = [
        {"position": position, **one.model_dump()}
        for position, one in enumerate(file.roster.sources)
    ]
    _replace(session, RosterSource, course, wanted, ("kind", "url", "course"))


def _quotas(session: Session, course: Course, file: CourseFile) -> None:
    known = _rows(session, limits.Quota, course, lambda row: row.role)
    for role in ("student", "ta", "instructor"):
        values = {"role": role, **_limits(getattr(file.quotas, role))}
        if role == "student":
            values["seats"] = file.quotas.seats
        _put(session, limits.Quota, course, known.get(role), values)
    row = session.exec(select(limits.Budget).where(limits.Budget.course_id == course.id)).first()
    values = {
        "total_microusd": file.budget.total,
        "per_student_microusd": file.budget.per_student,
        "warn_percent": file.budget.warn_at,
    }
    _put(session, limits.Budget, course, row, values)


def _limits(quota: RoleQuota) -> dict[str, Any]:
    return {
        "memory_bytes": quota.memory_bytes,
        "cpu": quota.cpu,
        "gpu": quota.gpu,
        "disk_bytes": quota.disk_bytes,
    }


def _late(policy: LatePolicy) -> terms.LatePolicy:
    return terms.LatePolicy(
        grace=policy.grace,
        percent_a_day=policy.per_day,
        most_percent=policy.at_most,
        closes=policy.closes,
    )


def _rows(
    session: Session, table: type[Row], course: Course, key: Callable[[Row], Any]
) -> dict[Any, Row]:
    """The course's rows of a table, by what tells them apart."""
    found = session.exec(select(table).where(table.course_id == course.id))  # type: ignore[attr-defined]
    return {key(row): row for row in found}


def _put(
    session: Session, table: type[Row], course: Course, row: Row | None, values: Values
) -> Row:
    """The row with these values, made where there is none."""
    if row is None:
        row = table(institution_id=course.institution_id, course_id=course.id or 0, **values)
    else:
        _set(row, values)
    session.add(row)
    return row


def _set(row: SQLModel, values: Values) -> None:
    """Nothing; what is so already is not written again."""
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def _replace(
    session: Session,
    table: type[Row],
    course: Course,
    wanted: Iterable[Values],
    keys: tuple[str, ...],
) -> None:
    """Nothing; the course's rows of a table are these, told apart by those columns."""
    known = _rows(session, table, course, lambda row: tuple(getattr(row, key) for key in keys))
    named = {tuple(values[key] for key in keys): values for values in wanted}
    for key in known.keys() - named.keys():
        session.delete(known[key])
    session.flush()
    for key, values in named.items():
        _put(session, table, course, known.get(key), values)
