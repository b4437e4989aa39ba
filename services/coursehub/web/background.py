"""Work that goes on after a page was answered, until it is done or the service ends."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from coursehub.errors import CoursehubError

PATIENCE_S: Final = 2.0
"""So long a page waits for work that may be short."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Background:
    """The work that is under way."""

    tasks: set["asyncio.Task[Any]"] = field(default_factory=set)

    async def begin(self, work: Coroutine[Any, Any, Any], *, patience_s: float = PATIENCE_S) -> Any:
        """
        What the work gives or raises, if it is done soon; else None, and it goes on.

        What our own errors say of work that took longer is kept by the work itself.
        """
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._forget)
        done, _ = await asyncio.wait({task}, timeout=patience_s)
        return task.result() if done else None

    async def close(self) -> None:
        """Nothing goes on any more."""
        for task in tuple(self.tasks):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task

    def _forget(self, task: "asyncio.Task[Any]") -> None:
        self.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error and not isinstance(error, CoursehubError):
            log.error("background-failed", error=type(error).__name__)
