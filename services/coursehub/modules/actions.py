"""Keeping the mirrors of courses' modules fresh, and saying what there is."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from starlette.concurrency import run_in_threadpool

from coursehub.errors import CoursehubError, Missing, Unreachable
from coursehub.model.columns import now
from coursehub.model.module import Module, Source
from coursehub.modules.rules import is_due
from coursehub.ports import Head, Repos
from coursehub.store import EVERYONE, Store, Tenant
from coursehub.vocabulary.repositories import mirror_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A module with the state of the source it comes from."""

    name: str
    title: str
    path: str
    source_id: int
    folder: str
    branch: str
    commit: str
    fetched_at: datetime | None
    error: str


def modules_of(store: Store, tenant: Tenant, course_id: int) -> tuple[Offered, ...]:
    """The course's modules in their order."""
    wanted = (
        select(Module, Source)
        .join(Source, col(Source.id) == Module.source_id)
        .where(Module.course_id == course_id)
        .order_by(col(Module.position), col(Module.id))
    )
    with store.reading(tenant) as session:
        return tuple(_offered(module, source) for module, source in session.exec(wanted))


def _offered(module: Module, source: Source) -> Offered:
    return Offered(
        name=module.name,
        title=module.title,
        path=module.path,
        source_id=source.id or 0,
        folder=source.folder,
        branch=source.head_branch,
        commit=source.head,
        fetched_at=source.fetched_at,
        error=source.error,
    )


def sources_of(store: Store, tenant: Tenant, course_id: int) -> tuple[Source, ...]:
    """The sources that the course's modules come from."""
    used = select(Module.source_id).where(Module.course_id == course_id)
    with store.reading(tenant) as session:
        return tuple(session.exec(select(Source).where(col(Source.id).in_(used))))


def mirror_of(store: Store, tenant: Tenant, course_id: int, source_id: int) -> str:
    """The key of the mirror behind a source of the course; Missing for any other source."""
    for source in sources_of(store, tenant, course_id):
        if source.id == source_id:
            return mirror_key(source.url)
    raise Missing("no-such-source", "This course has no such repository.")


async def refresh(store: Store, repos: Repos, source: Source) -> None:
    """
    The source's head as upstream has it now, or why it could not be had.

    A failure is written down and not raised: the last mirror stays in use.
    """
    began = now()
    try:
        outcome: Head | CoursehubError = await repos.refresh(
            mirror_key(source.url), source.url, branch=source.branch
        )
    except CoursehubError as failure:
        outcome = failure
    await run_in_threadpool(_note, store, source.id or 0, began, outcome)


def _note(store: Store, source_id: int, began: datetime, outcome: Head | CoursehubError) -> None:
    """Write the outcome down once, however many have waited for the same fetch."""
    with store.reading(EVERYONE) as session:
        if _is_told(session.get(Source, source_id), began):
            return
    with store.writing(EVERYONE) as session:
        row = session.get(Source, source_id)
        if row is None or _is_told(row, began):
            return
        row.tried_at = now()
        if isinstance(outcome, CoursehubError):
            row.error = (
                f"{outcome.message} The last copy stays in use." if row.head else outcome.message
            )
        else:
            row.fetched_at, row.error = row.tried_at, ""
            row.head_branch, row.head = outcome.branch, outcome.commit
        session.add(row)


def _is_told(row: Source | None, began: datetime) -> bool:
    """Whether an attempt that ended after this one began is written down."""
    return row is not None and row.tried_at is not None and row.tried_at >= began


async def refresh_course(
    store: Store,
    repos: Repos,
    *,
    tenant: Tenant,
    course_id: int,
    older_than_s: float,
    wait_s: float,
) -> None:
    """
    The course's mirrors brought up to date, as far as that is done within `wait_s`.

    A fetch that takes longer goes on by itself; that it does is written down, so
    that the next to come do not wait for it as well.
    """
    sources = await run_in_threadpool(sources_of, store, tenant, course_id)
    at = now()
    due = [s for s in sources if is_due(s.tried_at, now=at, after_s=older_than_s)]
    try:
        async with asyncio.timeout(wait_s), asyncio.TaskGroup() as group:
            for source in due:
                group.create_task(refresh(store, repos, source))
    except TimeoutError:
        slow = Unreachable(
            "repository-slow",
            "The repository's server has not answered yet.",
        )
        for source in due:
            await run_in_threadpool(_note, store, source.id or 0, at, slow)


async def refresh_all(store: Store, repos: Repos, *, older_than_s: float) -> int:
    """
    The number of sources whose upstream was asked, one after the other: for the schedule.

    A source that no course uses any more is left alone; its mirror stays, for
    it is what older checkouts stand on.
    """
    sources = await run_in_threadpool(_sources_in_use, store)
    at = now()
    due = [s for s in sources if is_due(s.tried_at, now=at, after_s=older_than_s)]
    for source in due:
        await refresh(store, repos, source)
    return len(due)


def _sources_in_use(store: Store) -> tuple[Source, ...]:
    used = select(Module.source_id)
    with store.reading(EVERYONE) as session:
        return tuple(session.exec(select(Source).where(col(Source.id).in_(used))))
