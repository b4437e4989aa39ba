"""Syncing a course with its LMS: read the lists, plan, apply, then the Hub's groups."""

from datetime import datetime
from typing import Final

from sqlmodel import col, select
from starlette.concurrency import run_in_threadpool

from coursehub.errors import Conflict, CoursehubError, Refused, Unreachable
from coursehub.model.course import Course
from coursehub.model.roster import RosterSync
from coursehub.ports import Clock, Hub, Lms
from coursehub.roster.actions import differences, feeds, hearing, placing, reading, settling
from coursehub.roster.actions.feeds import Feeds
from coursehub.roster.actions.progress import Progress
from coursehub.roster.actions.settling import Wish
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.roster import Stage

INTERRUPTED: Final = Unreachable("sync-interrupted", "The sync was interrupted.")


async def sync(
    store: Store,
    lms: Lms,
    hub: Hub,
    clock: Clock,
    *,
    course: CourseKey,
    wish: Wish,
    others: hearing.Lists | None = None,
) -> RosterSync:
    """
    The finished sync of a course, kept in the database whatever its end.

    Missing if the LMS offers no roster for the course; Conflict if a sync of
    it is under way; what the LMS or the rules refuse is raised after it was
    kept, with nothing changed. Refused("roster-shrinks") where the plan waits
    for a person. `others` is what lists beside
    the LMS's own are read with.
    """
    fed = await run_in_threadpool(feeds.of_course, store, course)
    record = await run_in_threadpool(_begin, store, fed, clock.now(), by=wish.by)
    progress = Progress(store, record, wish.watcher)
    try:
        since = None
        if wish.is_the_schedules:  # whoever asks by hand doubts what is here
            since = await run_in_threadpool(differences.take, store, fed, at=clock.now())
        found = await reading.read(lms, fed, progress, since=since)
        heard = await hearing.hear(others, fed.sources.others, progress)
        hearing.require_one([*(each.error for each in found), *(each.error for each in heard)])
        await progress.at(Stage.PLANNING)
        record = await run_in_threadpool(
            settling.settle,
            store, fed, record.id or 0, settling.Answers(lms=found, others=heard),
            at=clock.now(), wish=wish,
        )  # fmt: skip
        if record.joined or record.left or record.changed:
            await placing.place(
                store, hub, clock,
                course=course, names_ahead=wish.names_ahead, progress=progress,
            )  # fmt: skip
    except CoursehubError as error:
        await run_in_threadpool(_end, store, record, clock.now(), error)
        raise
    except BaseException:
        await run_in_threadpool(_end, store, record, clock.now(), INTERRUPTED)
        raise
    record = await run_in_threadpool(_end, store, record, clock.now())
    if record.error and not wish.only_plan:
        raise Refused(record.error_code, record.error)
    return record


def abandon(store: Store, clock: Clock) -> None:
    """End the syncs that a stopped service left under way; called at its start."""
    with store.writing(EVERYONE) as session:
        for record in session.exec(select(RosterSync).where(col(RosterSync.finished_at).is_(None))):
            record.finished_at = clock.now()
            record.error = "The service stopped during this sync."
            record.error_code = INTERRUPTED.code
            session.add(record)


def _begin(store: Store, fed: Feeds, at: datetime, *, by: str) -> RosterSync:
    with store.writing(fed.institution_id) as session:
        # The lock makes two starts at once take turns (PostgreSQL; SQLite's write lock does).
        session.exec(select(Course).where(Course.id == fed.course_id).with_for_update()).one()
        running = session.exec(
            select(RosterSync).where(
                RosterSync.course_id == fed.course_id, col(RosterSync.finished_at).is_(None)
            )
        ).first()
        if running:
            raise Conflict("sync-under-way", "A sync of this course is under way already.")
        record = RosterSync(
            institution_id=fed.institution_id,
            course_id=fed.course_id,
            platform_id=next((feed.platform_id for feed in fed.readable), None),
            by=by,
            started_at=at,
        )
        session.add(record)
        session.flush()
        return record


def _end(
    store: Store, record: RosterSync, at: datetime, error: CoursehubError | None = None
) -> RosterSync:
    with store.writing(record.institution_id) as session:
        row = session.exec(select(RosterSync).where(RosterSync.id == record.id)).one()
        row.finished_at = row.finished_at or at
        if error:
            row.error, row.error_code = error.message, error.code
        session.add(row)
        return row
