"""A course file that lives in the course's own git repository, applied when it changes there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select
from starlette.concurrency import run_in_threadpool

from coursehub.courses.actions import applying
from coursehub.courses.actions.applying import Wish
from coursehub.courses.actions.finding import course_of
from coursehub.courses.rules.text import LARGEST_BYTES
from coursehub.errors import CoursehubError, Invalid, Missing
from coursehub.model.course import Course
from coursehub.model.course_file import CourseFileSource
from coursehub.ports import Clock, Repos
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.repositories import fault_of_url, is_safe_path, mirror_key

UNEXPECTED: Final = (
    "Looking at the file ended unexpectedly. It is tried again by itself; the service's log "
    "says why."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Where a course's file is, the commit that was looked at last, and what is wrong with it."""

    course: CourseKey
    url: str
    path: str
    commit: str = ""
    tried_at: datetime | None = None
    error: str = ""


def follow(store: Store, key: CourseKey, *, url: str, path: str, protocols: frozenset[str]) -> None:
    """Nothing; the course's file is that one from now on. Invalid for no address or path."""
    if fault := fault_of_url(url, protocols=protocols):
        raise Invalid("repository-url", fault)
    if not is_safe_path(path):
        raise Invalid("course-file-path", f"{path!r} is no path inside a repository.")
    with store.writing(EVERYONE) as session:
        course = course_of(session, key)
        row = _row(session, course) or CourseFileSource(
            institution_id=course.institution_id, course_id=course.id or 0, url=url, path=path
        )
        row.url, row.path, row.commit, row.error = url, path, "", ""
        session.add(row)


def leave(store: Store, key: CourseKey) -> None:
    """Nothing; the course follows no repository any more, and stays as it is."""
    with store.writing(EVERYONE) as session:
        row = _row(session, course_of(session, key))
        if row is None:
            raise Missing("not-followed", f"{key} follows no repository.")
        session.delete(row)


def followed(store: Store) -> list[Followed]:
    """Every course file that is followed, but for those of archived courses."""
    with store.reading(EVERYONE) as session:
        rows = session.exec(
            select(CourseFileSource, Course.key)
            .join(Course, col(Course.id) == CourseFileSource.course_id)
            .where(col(Course.archived_at).is_(None))
        )
        return [
            Followed(
                course=CourseKey(key),
                url=row.url,
                path=row.path,
                commit=row.commit,
                tried_at=row.tried_at,
                error=row.error,
            )
            for row, key in rows
        ]


async def look(store: Store, repos: Repos, clock: Clock, one: Followed, wish: Wish) -> int:
    """
    How many settings changed because the file did; 0 where the repository is as it was.

    What is wrong (a faulty file, a clash with the page, a git server that does
    not answer) is kept for the staff to read, and raised; the course stays as
    it is, and the next look tries again.
    """
    commit = one.commit
    try:
        head = await repos.refresh(mirror_key(one.url), one.url)
        if head.commit == one.commit and not one.error:
            await run_in_threadpool(_note, store, one.course, commit, "", clock.now())
            return 0
        text = await repos.text(mirror_key(one.url), head.commit, one.path, max_bytes=LARGEST_BYTES)
        commit = head.commit
        done = await run_in_threadpool(applying.apply, store, one.course, text, wish)
    except CoursehubError as wrong:
        await run_in_threadpool(_note, store, one.course, commit, wrong.message, clock.now())
        raise
    except Exception:
        await run_in_threadpool(_note, store, one.course, one.commit, UNEXPECTED, clock.now())
        raise
    # Noted only now: what ends otherwise, by a kill too, is looked at again.
    await run_in_threadpool(_note, store, one.course, commit, "", clock.now())
    return len(done.changes)


def _note(store: Store, key: CourseKey, commit: str, error: str, at: datetime) -> None:
    with store.writing(EVERYONE) as session:
        row = _row(session, course_of(session, key))
        if row is None:
            return
        row.commit, row.tried_at, row.error = commit, at, error
        session.add(row)


def _row(session: Session, course: Course) -> CourseFileSource | None:
    wanted = select(CourseFileSource).where(CourseFileSource.course_id == course.id)
    return session.exec(wanted).first()
