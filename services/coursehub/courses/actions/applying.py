"""Making a course as its file says: what would change, then the change, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import ValidationError
from sqlmodel import Session, col, select

from coursehub.courses.actions import history
from coursehub.courses.actions.carrying_out import carry_out
from coursehub.courses.actions.finding import course_of
from coursehub.courses.actions.running import running
from coursehub.courses.rules import telling
from coursehub.courses.rules.difference import Change, Difference, Side, difference
from coursehub.courses.rules.file import CourseFile, check_materials, parse
from coursehub.courses.rules.remarks import remarks
from coursehub.courses.rules.settings import Place, file_of, mark, settings_of
from coursehub.courses.rules.writing import says_the_same, text_of
from coursehub.errors import Conflict, Invalid, Refused
from coursehub.model.course import Course
from coursehub.model.course_file import CourseFileVersion
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.roster import SourceKind

SOURCES: Final[Place] = ("roster", "sources")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """
    Whose file it is, and how it is applied.

    `origin` is where the file is from, `by` a Hub name. Where the file and the
    page have both changed something, `choices` and `otherwise` say which holds.
    An administrator alone may change where people are listed: the tokens for
    those lists open more than this course.

    `began` is the text that the file was made from, where that is not the last
    file: what ran when somebody began to edit it. `seen` is the mark of the plan
    that they looked at; where it is given, nothing else is carried out.
    """

    origin: str = "command"
    by: str = ""
    materials: str = ""
    protocols: frozenset[str] = frozenset({"http", "https"})
    choices: Mapping[Place, Side] = field(default_factory=dict)
    otherwise: Side | None = None
    is_administrator: bool = True
    began: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    What a file would change, and what may surprise in it.

    The `mark` is that of the course as it was then, for `Wish.seen`.
    """

    file: CourseFile
    difference: Difference
    remarks: tuple[str, ...]
    mark: str


def plan(store: Store, key: CourseKey, text: str, wish: Wish) -> Plan:
    """
    What the file would change; nothing is changed.

    Invalid for a faulty file, Missing for a course that nobody has opened from
    the LMS yet.
    """
    file = understood(text, wish)
    with store.reading(EVERYONE) as session:
        found, now = _difference(session, course_of(session, key), file, wish)
    return Plan(file=file, difference=found, remarks=tuple(remarks(file)), mark=now)


def apply(store: Store, key: CourseKey, text: str, wish: Wish) -> Difference:
    """
    What changed so that the course is as its file says, in one transaction.

    A module or assignment that the file no longer names stays: people may have
    work in it. Conflict where the file and the page have both changed
    something and nobody said which holds: then nothing is changed.
    """
    file = understood(text, wish)
    with store.writing(EVERYONE) as session:
        course = course_of(session, key, lock=True)
        found, now = _difference(session, course, file, wish)
        if wish.seen not in ("", now):
            raise Conflict(
                "course-file-overtaken",
                "Somebody has changed the course since you looked. Nothing was done: look again.",
            )
        if not wish.is_administrator and any(map(_moves_lists, found.changes)):
            raise Refused(
                "course-file-sources",
                "The file changes where the course's people are listed (roster.sources): ask the "
                "Hub's administrator to apply it, by coursehub course apply.",
            )
        if found.clashes:
            raise Conflict("course-file-clash", telling.clashes(found.clashes))
        if found.changes:
            carry_out(session, course, _whole(found, course))
            history.keep(session, course, found.changes, origin=wish.origin, by=wish.by)
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


def _moves_lists(change: Change) -> bool:
    """Whether a change is about lists of people beside the LMS's own."""
    lists = (*(change.before or ()), *(change.after or ())) if change.place == SOURCES else ()
    return any(each["kind"] != SourceKind.LTI for each in lists)


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
        course = course_of(session, key)
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


def _difference(
    session: Session, course: Course, file: CourseFile, wish: Wish
) -> tuple[Difference, str]:
    """What the file changes, and the mark of the course as it is before."""
    page = running(session, course)
    base = _read(wish.began, wish.materials) if wish.began else _last(session, course, page)
    last, now = settings_of(base), settings_of(page)
    found = difference(last, now, settings_of(file), choices=wish.choices, otherwise=wish.otherwise)
    return found, mark(last, now)


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
