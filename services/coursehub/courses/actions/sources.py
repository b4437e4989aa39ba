"""Where a course's modules are from, and the files of its assignments."""

import shutil
from pathlib import Path

from sqlmodel import Session, select

from coursehub.courses.rules.file import CourseFile, folder_for
from coursehub.courses.rules.parts import AssignmentItem
from coursehub.errors import Invalid
from coursehub.model.course import Course
from coursehub.model.institution import Institution
from coursehub.model.module import Source
from coursehub.settings import Settings
from coursehub.vocabulary.courses import CourseKey


def source_for(session: Session, course: Course, url: str) -> Source:
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
