"""Setting a course up from its file, and what the course's pages show."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlmodel import Session, select

from coursehub.courses.rules.file import CourseFile, check_materials, folder_for
from coursehub.courses.rules.parts import AssignmentItem
from coursehub.errors import Invalid, Missing
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course
from coursehub.model.institution import Institution
from coursehub.model.module import Module, Source
from coursehub.model.quota import Quota
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How many things of a course file were new or changed."""

    changed: int
    modules: int
    assignments: int


def apply(
    store: Store,
    key: CourseKey,
    file: CourseFile,
    *,
    materials: str,
    protocols: frozenset[str],
) -> Applied:
    """
    What changed so that the course is as its file says, in one transaction.

    `materials` is the git address of the modules. A module or assignment
    that the file no longer names stays: people may have work in it. Missing
    for a course that nobody has opened from the LMS yet; Invalid for an
    address that is not of these `protocols`.
    """
    if file.modules:
        check_materials(materials, protocols=protocols)
    with store.writing(EVERYONE) as session:
        course = session.exec(select(Course).where(Course.key == key)).first()
        if course is None:
            raise Missing(
                "no-such-course",
                f"There is no course {key!r}. Open it once from the LMS, then apply its file.",
            )
        changed = _counted(session)
        course.title, course.time_zone = file.title, file.term.time_zone
        course.dropped_servers = file.roster.dropped_servers
        session.add(course)
        if file.modules:
            _modules(session, course, file, materials)
        _assignments(session, course, file)
        _quota(session, course, file)
    return Applied(
        changed=len(changed), modules=len(file.modules), assignments=len(file.assignments)
    )


def _counted(session: Session) -> dict[int, Any]:
    """
    The rows that the transaction makes or changes, by identity, filled as they are written.

    The rows themselves are held, for another's identity could be theirs once they are gone.
    """
    found: dict[int, Any] = {}

    def note(current: Any, _context: object, _instances: object) -> None:
        found.update({id(row): row for row in current.new})
        found.update({id(row): row for row in current.dirty if current.is_modified(row)})

    event.listen(session, "before_flush", note)
    return found


def _modules(session: Session, course: Course, file: CourseFile, materials: str) -> None:
    owner = course.institution_id
    source = _source(session, course, materials)
    known = {
        row.name: row for row in session.exec(select(Module).where(Module.course_id == course.id))
    }
    for position, item in enumerate(file.modules):
        row = known.get(item.name) or Module(
            institution_id=owner,
            course_id=course.id or 0,
            source_id=source.id or 0,
            name=item.name,
            title=item.title,
            path=item.path,
        )
        row.title, row.path, row.position = item.title, item.path, position
        row.source_id = source.id or 0
        session.add(row)


def _source(session: Session, course: Course, url: str) -> Source:
    """The repository's default branch, in a folder that no other of the institution has."""
    # One at a time in an institution: two new sources must not find the same folder free.
    session.exec(
        select(Institution).where(Institution.id == course.institution_id).with_for_update()
    ).one()
    known = session.exec(select(Source).where(Source.institution_id == course.institution_id)).all()
    if found := next((one for one in known if (one.url, one.branch) == (url, "")), None):
        return found
    folder = folder_for(url, course=course.key, taken={source.folder for source in known})
    source = Source(institution_id=course.institution_id, url=url, folder=folder)
    session.add(source)
    session.flush()
    return source


def _assignments(session: Session, course: Course, file: CourseFile) -> None:
    known = {
        row.name: row
        for row in session.exec(select(Assignment).where(Assignment.course_id == course.id))
    }
    for item in file.assignments:
        row = known.get(item.name) or Assignment(
            institution_id=course.institution_id,
            course_id=course.id or 0,
            name=item.name,
            title=item.title,
        )
        due = file.due(item)
        row.title, row.points = item.title, item.points
        if row.due_at != due:
            row.due_at = due
        session.add(row)


def _quota(session: Session, course: Course, file: CourseFile) -> None:
    row = session.exec(select(Quota).where(Quota.course_id == course.id)).first() or Quota(
        institution_id=course.institution_id, course_id=course.id or 0
    )
    row.memory_bytes = file.quotas.student.memory_bytes
    row.cpu = file.quotas.student.cpu
    row.seats = file.quotas.seats
    session.add(row)


def check_sources(file: CourseFile, folder: Path) -> None:
    """
    Nothing; Invalid where an assignment's source is missing from `folder`, or holds a link.

    To be called before the course is changed.
    """
    for item in file.assignments:
        origin = _origin(folder, item)
        if not origin.is_dir():
            raise Invalid("no-source", f"There is no source/{item.name} beside the course file.")
        _refuse_links(origin)


def place_sources(settings: Settings, key: CourseKey, file: CourseFile, folder: Path) -> list[str]:
    """
    The assignments whose source was put into the course's nbgrader folder.

    `folder` holds `source/<assignment>/`; all are checked before the first is
    placed. A source that is there already is left alone: it may have been
    edited on the grader server.
    """
    check_sources(file, folder)
    root = settings.course_root(key) / "course" / "source"
    new = [item for item in file.assignments if not (root / item.name).exists()]
    for item in new:
        root.mkdir(parents=True, exist_ok=True)
        partial = root / f".{item.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(_origin(folder, item), partial)
        partial.rename(root / item.name)
    return [item.name for item in new]


def _origin(folder: Path, item: AssignmentItem) -> Path:
    return folder / "source" / item.name


def _refuse_links(folder: Path) -> None:
    """Nothing; Invalid for a link, which would copy a file of this machine into the course."""
    if link := next((path for path in (folder, *folder.rglob("*")) if path.is_symlink()), None):
        raise Invalid("source-link", f"{link.name} is a link: an assignment holds plain files.")
