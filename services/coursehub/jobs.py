"""The schedule: calls the same actions as the routes do."""

import logging
from collections.abc import Awaitable, Callable

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlmodel import col, select
from starlette.concurrency import run_in_threadpool

from coursehub.courses.actions import following
from coursehub.courses.actions.applying import Wish
from coursehub.errors import CoursehubError
from coursehub.grading.actions import autograde, scores
from coursehub.launch.actions import launches
from coursehub.model.course import Course, CourseContext
from coursehub.model.institution import Platform, PlatformState
from coursehub.model.roster import RosterSync
from coursehub.model.roster_source import RosterSource
from coursehub.modules import actions as modules
from coursehub.quotas.actions import departures, reservations
from coursehub.roster.actions import gradebook, missing, placing, settling, sync
from coursehub.roster.actions.hearing import Lists
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey
from coursehub.web.house import House

log = structlog.get_logger(__name__)

Job = Callable[[], Awaitable[object]]


def schedule(house: House, services: tuple[str, ...]) -> AsyncIOScheduler:
    """The jobs of the chosen services, not started yet; none runs beside itself."""
    # It tells of each run, and of each that was left out because the last still went on.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = AsyncIOScheduler(
        timezone="UTC",
        job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": 60},
    )
    for service, name, job, seconds in _jobs(house):
        if service in services:
            scheduler.add_job(
                _reported,
                "interval",
                args=[name, job],
                id=name,
                seconds=seconds,
                jitter=seconds * 0.1,
            )
    return scheduler


def _jobs(house: House) -> list[tuple[str, str, Job, float]]:
    """Service, name, call, and seconds between two calls."""
    settings = house.settings
    return [
        (
            "launch",
            "launch.nonces",
            lambda: run_in_threadpool(launches.forget_nonces, house.store, house.clock),
            settings.reconcile_interval_s,
        ),
        ("roster", "roster.sync", lambda: _sync_all(house), settings.roster_interval_s),
        ("roster", "roster.missing", lambda: _sync_missing(house), settings.reconcile_interval_s),
        ("roster", "roster.groups", lambda: _align_all(house), settings.reconcile_interval_s),
        ("roster", "roster.gradebooks", lambda: _enrol_all(house), settings.reconcile_interval_s),
        (
            "quotas",
            "quotas.reconcile",
            lambda: reservations.reconcile(house.store, house.hub, house.clock),
            settings.reconcile_interval_s,
        ),
        (
            "quotas",
            "quotas.departures",
            lambda: departures.stop_servers(house.store, house.hub),
            settings.departures_interval_s,
        ),
        (
            "modules",
            "modules.refresh",
            lambda: modules.refresh_all(
                house.store, house.repos, older_than_s=settings.module_refresh_s
            ),
            settings.modules_interval_s,
        ),
        ("courses", "courses.follow", lambda: _follow_all(house), settings.modules_interval_s),
        (
            "grading",
            "grading.autograde",
            lambda: autograde.work_once(house.store, house.autograder, house.clock),
            settings.scores_interval_s,
        ),
        (
            "grading",
            "grading.deliver",
            lambda: scores.deliver_once(house.store, house.lms, house.clock),
            settings.scores_interval_s,
        ),
    ]


async def _reported(name: str, job: Job) -> None:
    """
    One run of a job; what goes wrong is logged, and the next run tries again.

    What is unexpected, a full disk for one, ends this run alone: the courses
    after it are looked at all the same.
    """
    try:
        await job()
    except CoursehubError as error:
        log.warning("job-failed", job=name, code=error.code)
    except Exception:
        log.exception("job-ended-unexpectedly", job=name)


async def _sync_all(house: House) -> None:
    await _sync(house, await run_in_threadpool(_with_roster, house.store))


async def _sync_missing(house: House) -> None:
    await _sync(house, await run_in_threadpool(missing.due, house.store, house.clock.now()))


async def _sync(house: House, courses: list[CourseKey]) -> None:
    wish = settling.Wish(
        largest_share=house.settings.roster_leave_share, names_ahead=house.settings.names_ahead
    )
    lists = Lists(house.rosters, house.roster_files, house.blobs)
    for course in courses:
        await _reported(
            "roster.sync",
            lambda course=course: sync.sync(  # type: ignore[misc]  # binds the loop's course
                house.store,
                house.lms,
                house.hub,
                house.clock,
                course=course,
                wish=wish,
                others=lists,
            ),
        )


async def _align_all(house: House) -> None:
    for course in await run_in_threadpool(_all, house.store, but_synced=True):
        await _reported(
            "roster.groups",
            lambda course=course: placing.place(  # type: ignore[misc]  # binds the loop's course
                house.store, house.hub, house.clock,
                course=course, names_ahead=house.settings.names_ahead,
            ),
        )  # fmt: skip


async def _enrol_all(house: House) -> None:
    for course in await run_in_threadpool(_all, house.store):
        await _reported(
            "roster.gradebooks",
            lambda course=course: gradebook.enrol(  # type: ignore[misc]  # binds the loop's course
                house.store, house.gradebooks, course=course
            ),
        )


async def _follow_all(house: House) -> None:
    wish = Wish(origin="repository", protocols=house.settings.protocols, is_administrator=False)
    for one in await run_in_threadpool(following.followed, house.store):
        await _reported(
            "courses.follow",
            lambda one=one: following.look(  # type: ignore[misc]  # binds the loop's course
                house.store, house.repos, house.clock, one, wish
            ),
        )


def _with_roster(store: Store) -> list[CourseKey]:
    with store.reading(EVERYONE) as session:
        found = session.exec(
            select(Course.key)
            .join(CourseContext, col(CourseContext.course_id) == Course.id)
            .join(Platform, col(Platform.id) == CourseContext.platform_id)
            .where(CourseContext.nrps_url != "", Platform.state == PlatformState.ACTIVE)
            .where(col(Course.archived_at).is_(None))
        )
        others = session.exec(
            select(Course.key)
            .join(RosterSource, col(RosterSource.course_id) == Course.id)
            .where(col(Course.archived_at).is_(None))
        )
        return [CourseKey(key) for key in dict.fromkeys((*found, *others))]


def _all(store: Store, *, but_synced: bool = False) -> list[CourseKey]:
    """Every course that is not archived, but for those that are being synced, if so wished."""
    wanted = select(Course.key).where(col(Course.archived_at).is_(None))
    if but_synced:
        goes_on = select(RosterSync.course_id).where(col(RosterSync.finished_at).is_(None))
        wanted = wanted.where(col(Course.id).not_in(goes_on))
    with store.reading(EVERYONE) as session:
        return [CourseKey(key) for key in session.exec(wanted)]
