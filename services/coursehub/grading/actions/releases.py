"""Releases: the version of an assignment that students fetch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from coursehub.errors import Conflict
from coursehub.grading.actions.desk import Desk, find, id_of, no_assignment, open_for_students
from coursehub.grading.rules.exchange import FileEntry, check_assignment_name, points_of
from coursehub.model.assignment import Assignment, ReleasedFile
from coursehub.model.deadlines import deadlines
from coursehub.ports import Blobs

_LARGEST_NOTEBOOK = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """An assignment and the files that students fetch."""

    assignment: Assignment
    files: tuple[FileEntry, ...]
    due_at: datetime | None = None


def assignments(desk: Desk, *, unreleased: bool, person_id: int) -> tuple[Released, ...]:
    """
    The course's assignments by name; those not released only where asked for.

    Each with the moment at which it is due for that person.
    """
    wanted = select(Assignment).where(Assignment.course_id == desk.course_id)
    if not unreleased:
        wanted = wanted.where(col(Assignment.released_at).is_not(None))
    with desk.store.reading(desk.institution_id) as session:
        rows = session.exec(wanted.order_by(Assignment.name)).all()
        own = deadlines(session, desk.course_id, person_id)
        return tuple(
            Released(assignment=row, files=_released_files(session, row), due_at=own.due(row))
            for row in rows
        )


def release(
    desk: Desk, name: str, files: Sequence[FileEntry], *, at: datetime, replace: bool
) -> Released:
    """
    The assignment with these files in students' reach from now on.

    An assignment that only nbgrader knew of is made. Conflict where files are
    released already and `replace` is not wished for.
    """
    points = sum(_points(desk.blobs, file) for file in files if file.path.endswith(".ipynb"))
    with desk.store.writing(desk.institution_id) as session:
        row = find(session, desk, name)
        if row is None:
            check_assignment_name(name)
            row = Assignment(
                institution_id=desk.institution_id, course_id=desk.course_id, name=name, title=name
            )
        elif row.released_at is not None and not replace:
            raise Conflict("already-released", f"{name} is released already.")
        row.points = row.points or points
        row.released_at = row.released_at or at
        session.add(row)
        session.flush()
        _forget_release(session, row)
        session.add_all(
            ReleasedFile(
                institution_id=desk.institution_id,
                assignment_id=id_of(row),
                path=file.path,
                sha256=file.sha256,
                size_bytes=file.size_bytes,
            )
            for file in files
        )
    return Released(assignment=row, files=tuple(files))


def unrelease(desk: Desk, name: str) -> None:
    """Nothing; the assignment is out of students' reach, what they handed in stays."""
    with desk.store.writing(desk.institution_id) as session:
        row = find(session, desk, name)
        if row is None or row.released_at is None:
            raise no_assignment(name)
        row.released_at = None
        session.add(row)
        _forget_release(session, row)


def released(desk: Desk, name: str) -> Released:
    """The assignment and its files; Missing while it is not released."""
    with desk.store.reading(desk.institution_id) as session:
        row = open_for_students(session, desk, name)
        return Released(assignment=row, files=_released_files(session, row))


def _released_files(session: Session, row: Assignment) -> tuple[FileEntry, ...]:
    files = session.exec(
        select(ReleasedFile).where(ReleasedFile.assignment_id == row.id).order_by(ReleasedFile.path)
    )
    return tuple(
        FileEntry(path=file.path, sha256=file.sha256, size_bytes=file.size_bytes) for file in files
    )


def _forget_release(session: Session, row: Assignment) -> None:
    session.exec(delete(ReleasedFile).where(col(ReleasedFile.assignment_id) == row.id))


def _points(blobs: Blobs, file: FileEntry) -> float:
    if file.size_bytes > _LARGEST_NOTEBOOK:
        return 0.0
    with blobs.open(file.sha256) as notebook:
        return points_of(notebook.read())
