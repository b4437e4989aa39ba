"""How far a sync is: kept with it, at most once a second, and told to whoever watches."""

from collections.abc import Callable
from time import monotonic
from typing import Final

from sqlmodel import col, update
from starlette.concurrency import run_in_threadpool

from coursehub.model.institution import InstitutionId
from coursehub.model.roster import RosterSync
from coursehub.store import Store
from coursehub.vocabulary.roster import Stage

LEAST_S: Final = 1.0
"""Seconds between two notes of one stage."""

Watcher = Callable[[Stage, int, int], None]
"""Is told the stage, how far it is and how far it goes; 0 where that is not known."""


def nobody(_stage: Stage, _done: int, _goal: int) -> None:
    """Nothing; nobody watches."""


class Progress:
    """The progress of one sync."""

    def __init__(
        self, store: Store, sync: RosterSync | None = None, watcher: Watcher = nobody
    ) -> None:
        self._store = store
        self._tenant: InstitutionId | None = sync.institution_id if sync else None
        self._sync = sync.id if sync else None
        self._watcher = watcher
        self._stage: Stage | None = None
        self._noted_s = 0.0

    async def at(self, stage: Stage, done: int = 0, *, goal: int = 0) -> None:
        """Nothing; the sync is so far. A new stage is noted at once."""
        self._watcher(stage, done, goal)
        now_s = monotonic()
        if stage is self._stage and now_s - self._noted_s < LEAST_S:
            return
        self._stage, self._noted_s = stage, now_s
        if self._tenant is not None:
            await run_in_threadpool(self._note, self._tenant, stage, done, goal)

    def _note(self, tenant: InstitutionId, stage: Stage, done: int, goal: int) -> None:
        with self._store.writing(tenant) as session:
            session.exec(
                update(RosterSync)
                .where(col(RosterSync.id) == self._sync, col(RosterSync.finished_at).is_(None))
                .values(stage=stage, progress=done, goal=goal)
            )
