"""From one term to the next: the file moved, and the new course begun with it."""

import shutil
from datetime import date

from sqlmodel import select

from coursehub.courses.actions import applying
from coursehub.courses.rules.difference import Difference
from coursehub.courses.rules.rollover import NextTerm, rolled_over
from coursehub.errors import Conflict, Missing
from coursehub.model.course import Course
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.terms import Holiday


def next_term(
    store: Store,
    key: CourseKey,
    *,
    starts: date,
    ends: date | None = None,
    holidays: tuple[Holiday, ...] = (),
) -> NextTerm:
    """The file of the course's next term; nothing is changed."""
    return rolled_over(applying.export(store, key), starts=starts, ends=ends, holidays=holidays)


def begin(
    store: Store,
    settings: Settings,
    *,
    old: CourseKey,
    new: CourseKey,
    text: str,
    wish: applying.Wish,
) -> Difference:
    """
    What changed so that the new course is the next term of the old one.

    The assignments' sources come along; people, submissions and scores stay
    where they are. An LMS that copies its course keeps the links, which name
    modules and assignments as before, and each assignment gets a column of its
    own there. Missing for a course that nobody has opened from the LMS yet.
    """
    if old == new:
        raise Conflict("same-course", "The next term is another course of the LMS: open that once.")
    with store.writing(EVERYONE) as session:
        rows = {
            row.key: row
            for row in session.exec(select(Course).where(Course.key.in_([old, new])))  # type: ignore[attr-defined]
        }
        for key in (old, new):
            if key not in rows:
                raise Missing(
                    "no-such-course", f"There is no course {key!r}. Open it once from the LMS."
                )
        if rows[old].institution_id != rows[new].institution_id:
            raise Conflict("other-institution", f"{new} is a course of another institution.")
    done = applying.apply(store, new, text, wish)
    with store.writing(EVERYONE) as session:
        before = session.exec(select(Course).where(Course.key == old)).one()
        before.successor_id = session.exec(select(Course.id).where(Course.key == new)).one()
        session.add(before)
    bring_sources(settings, old, new)
    return done


def bring_sources(settings: Settings, old: CourseKey, new: CourseKey) -> list[str]:
    """The assignments whose source was copied; one that is there already is left alone."""
    origin = settings.course_root(old) / "course" / "source"
    target = settings.course_root(new) / "course" / "source"
    brought = []
    for folder in sorted(origin.iterdir()) if origin.is_dir() else ():
        if folder.name.startswith(".") or not folder.is_dir() or (target / folder.name).exists():
            continue
        target.mkdir(parents=True, exist_ok=True)
        partial = target / f".{folder.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(folder, partial, symlinks=True)
        partial.rename(target / folder.name)
        brought.append(folder.name)
    return brought
