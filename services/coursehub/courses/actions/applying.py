"""Making a course as its file says: what would change, then the change, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import ValidationError
from sqlmodel import Session, col, select

from coursehub.courses.actions.carrying_out import carry_out
from coursehub.courses.actions.running import running
from coursehub.courses.rules import telling
from coursehub.courses.rules.difference import Difference, Side, difference
from coursehub.courses.rules.file import CourseFile, check_materials, parse
from coursehub.courses.rules.settings import Place, file_of, settings_of
from coursehub.courses.rules.writing import says_the_same, text_of
from coursehub.errors import Conflict, Invalid, Missing, Refused
from coursehub.model.course import Course
from coursehub.model.course_file import CourseFileVersion
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey

SOURCES: Final[Place] = ("roster", "sources")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """
    Whose file it is, and how it is applied.

    `origin` is where the file is from, `by` a Hub name. Where the file and the
    page have both changed something, `choices` and `otherwise` say which holds.
    An administrator alone may change where people are listed: the tokens for
    those lists open more than this course.
    """

    origin: str = "command"
    by: str = ""
    materials: str = ""
    protocols: frozenset[str] = frozenset({"http", "https"})
    choices: Mapping[Place, Side] = field(default_factory=dict)
    otherwise: Side | None = None
    is_administrator: bool = True


def plan(store: Store, key: CourseKey, text: str, wish: Wish) -> Difference:
    """
    What the file would change; nothing is changed.

    Invalid for a faulty file, Missing for a course that nobody has opened from
    the LMS yet.
    """
    file = understood(text, wish)
    with store.reading(EVERYONE) as session:
        return _difference(session, _found(session, key), file, wish)


def apply(store: Store, key: CourseKey, text: str, wish: Wish) -> Difference:
    """
    What changed so that the course is as its file says, in one transaction.

    A module or assignment that the file no longer names stays: people may have
    work in it. Conflict where the file and the page have both changed
    something and nobody said which holds: then nothing is changed.
    """
    file = understood(text, wish)
    with store.writing(EVERYONE) as session:
        course = _found(session, key, lock=True)
        found = _difference(session, course, file, wish)
        if not wish.is_administrator and any(c.place == SOURCES for c in found.changes):
            raise Refused(
                "course-file-sources",
                "The file changes where the course's people are listed (roster.sources): ask the "
                "Hub's administrator to apply it, by coursehub course apply.",
            )
        if found.clashes:
            raise Conflict("course-file-clash", telling.clashes(found.clashes))
        if found.changes:
            carry_out(session, course, _whole(found, course))
        latest = _latest(session, course)
        if latest is None or (latest.text, latest.materials) != (text, wish.materials):
            session.add(
                CourseFileVersion(
                    institution_id=course.institution_id,
                    course_id=course.id or 0,
                    text=text,
                    materials=wish.materials,
                    origin=wish.origin,
                    by=wish.by,
                    changes=len(found.changes),
                )
            )
        return found


def understood(text: str, wish: Wish) -> CourseFile:
    """The file, whose modules can be fetched; Invalid otherwise."""
    file = _read(text, wish.materials)
    for url in {item.source or file.materials for item in file.modules}:
        check_materials(url, protocols=wish.protocols)
    return file


def _read(text: str, materials: str) -> CourseFile:
    file = parse(text)
    return file if file.materials else file.model_copy(update={"materials": materials})


def export(store: Store, key: CourseKey) -> str:
    """What runs now, as a file; the last file itself, where nothing was changed since."""
    with store.reading(EVERYONE) as session:
        course = _found(session, key)
        page, latest = running(session, course), _latest(session, course)
        last = _last(session, course, page)
    if latest and latest.text and says_the_same(last, page):
        return _with_materials(latest) or text_of(page, like=last)
    return text_of(page, like=last)


def _with_materials(version: CourseFileVersion) -> str:
    """The file's text, which says itself where its modules are; empty where it cannot be told."""
    own = parse(version.text)
    if own.materials or not version.materials:
        return version.text
    told = f"{version.text.rstrip()}\nmaterials: {version.materials}\n"
    try:
        return told if parse(told).materials == version.materials else ""
    except Invalid:  # written as one line in braces
        return ""


def _difference(session: Session, course: Course, file: CourseFile, wish: Wish) -> Difference:
    page = running(session, course)
    return difference(
        settings_of(_last(session, course, page)),
        settings_of(page),
        settings_of(file),
        choices=wish.choices,
        otherwise=wish.otherwise,
    )


def _last(session: Session, course: Course, page: CourseFile) -> CourseFile:
    """
    What the last file said; before the first, a course of which nothing is said.

    A file that a newer coursehub does not understand any more counts for none.
    """
    nothing = CourseFile(title=page.title, slug=page.slug, term=page.term)
    latest = _latest(session, course)
    if latest is None:
        return nothing
    try:
        return _read(latest.text, latest.materials)
    except Invalid:
        return nothing


def _latest(session: Session, course: Course) -> CourseFileVersion | None:
    return session.exec(
        select(CourseFileVersion)
        .where(CourseFileVersion.course_id == course.id)
        .order_by(col(CourseFileVersion.id).desc())
    ).first()


def _whole(found: Difference, course: Course) -> CourseFile:
    """The course after the change; Invalid where the two sides' settings do not fit together."""
    try:
        return file_of(found.settings, slug=course.key)
    except ValidationError as cause:
        raise Invalid(
            "course-file-apart",
            "What the page changed does not fit to this file: export the course, and begin "
            "with that.",
        ) from cause


def _found(session: Session, key: CourseKey, *, lock: bool = False) -> Course:
    wanted = select(Course).where(Course.key == key)
    course = session.exec(wanted.with_for_update() if lock else wanted).first()
    if course is None:
        raise Missing(
            "no-such-course",
            f"There is no course {key!r}. Open it once from the LMS, then apply its file.",
        )
    return course
