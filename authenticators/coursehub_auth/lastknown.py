"""The last known copy of something kept elsewhere, refreshed before it is too old."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from coursehub_auth.errors import Unreachable

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """
    How old a copy may be, in seconds.

    Up to `quiet_s` it is served as it is; up to `fresh_s` it is served while a
    newer one is fetched behind it; later it is fetched first, and up to
    `longest_s` still served where that fails, or takes longer than `patience_s`.
    Two fetches that were not needed for want of a copy are `pause_s` apart.
    """

    quiet_s: float
    fresh_s: float
    longest_s: float
    pause_s: float
    patience_s: float = 2.0


class LastKnown(Generic[T]):
    """One copy, one fetch at a time, however many wait for it."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[T]],
        *,
        ages: Ages,
        clock: Callable[[], float] = time.monotonic,
        copy: tuple[T, float] | None = None,
    ) -> None:
        """With `copy`, the value and its age in seconds, as if it had been fetched then."""
        self._fetch = fetch
        self._ages = ages
        self._clock = clock
        self._copy: tuple[T, float] | None = (copy[0], clock() - copy[1]) if copy else None
        self._task: asyncio.Task[T] | None = None
        self._asked_at = float("-inf")

    async def value(self) -> T:
        """The copy, by the rules of its age; Unreachable if there is none to serve."""
        if self._copy is None:
            return await self._ask()
        value, fetched_at = self._copy
        age = self._clock() - fetched_at
        if age < self._ages.quiet_s:
            return value
        if age < self._ages.fresh_s:
            if self._may_ask():
                self._asking()
            return value
        return await self._newer_than(value, age)

    async def newer(self) -> T:
        """For what the copy lacks: a newer one, unless it was asked for a moment ago."""
        if self._copy is None or self._is_asking() or self._may_ask():
            return await self._ask()
        return self._copy[0]

    async def newest(self) -> T:
        """
        One that is asked for from this moment on, by `pause_s` after the last at the latest.

        For all who wait it is asked once.
        """
        came = self._clock()
        while self._task is None or self._asked_at < came:
            if self._is_asking():  # it may answer with what was there before
                await asyncio.wait([self._asking()])
            await asyncio.sleep(max(0.0, self._asked_at + self._ages.pause_s - self._clock()))
            if self._asked_at < came:
                self._asking()
        return await asyncio.shield(self._task)

    async def _newer_than(self, value: T, age: float) -> T:
        still_good = age < self._ages.longest_s
        if still_good and not self._is_asking() and not self._may_ask():
            return value
        try:
            return await (self._soon() if still_good else self._ask())
        except (Unreachable, TimeoutError):
            if still_good:
                return value
            raise

    async def _soon(self) -> T:
        """
        A newer one that comes within the patience; its fetch goes on behind whoever gave up.

        Whoever comes while it is under way waits for the rest of that time alone.
        """
        task = self._asking()
        waited = self._clock() - self._asked_at
        async with asyncio.timeout(max(0.0, self._ages.patience_s - waited)):
            return await asyncio.shield(task)

    def _may_ask(self) -> bool:
        return self._clock() - self._asked_at >= self._ages.pause_s

    def _is_asking(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _ask(self) -> T:
        # One waiter that goes away must not end the fetch of the others.
        return await asyncio.shield(self._asking())

    def _asking(self) -> asyncio.Task[T]:
        if self._task is None or self._task.done():
            self._asked_at = self._clock()
            self._task = asyncio.create_task(self._fetch_and_keep())
            self._task.add_done_callback(_seen)
        return self._task

    async def _fetch_and_keep(self) -> T:
        value = await self._fetch()
        self._copy = (value, self._clock())
        return value


def _seen(task: asyncio.Task[T]) -> None:
    """Nothing; a failed fetch in the background has its error read, so asyncio is content."""
    if not task.cancelled():
        task.exception()
