"""Messages to the service, delivered in the background and in order."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from logging import Logger, LoggerAdapter
from typing import Any, Final

from coursehub_spawn.service import ServiceDown, SpawnRefused

Delivery = Callable[[], Awaitable[None]]

_UNDER_WAY: Final[set[asyncio.Task[None]]] = set()
"""Keeps tasks alive: the event loop holds them weakly, and their spawners go first."""


class Messages:
    """
    The messages of one spawner.

    Each waits for the one before it and is tried again after each of
    `pauses_s`. What is not delivered then is logged and left: the service
    compares its seats with the Hub's servers.
    """

    def __init__(self, log: "Logger | LoggerAdapter[Any]", *, pauses_s: Sequence[float]) -> None:
        self._log = log
        self._pauses_s = tuple(pauses_s)
        self._last: asyncio.Task[None] | None = None

    def send(self, about: str, deliver: Delivery) -> None:
        """Nothing to wait for; `about` names the message in the log."""
        task = asyncio.get_running_loop().create_task(self._in_turn(self._last, about, deliver))
        self._last = task
        _UNDER_WAY.add(task)
        task.add_done_callback(_UNDER_WAY.discard)

    async def delivered(self) -> None:
        """Waits until nothing is under way."""
        if self._last:
            await asyncio.wait({self._last})

    async def _in_turn(
        self, before: asyncio.Task[None] | None, about: str, deliver: Delivery
    ) -> None:
        if before:
            await asyncio.wait({before})
        for pause_s in (*self._pauses_s, None):
            try:
                return await deliver()
            except SpawnRefused as refusal:
                self._log.warning("coursehub did not accept %s: %s", about, refusal)
                return None
            except ServiceDown as cause:
                if pause_s is None:
                    self._log.warning("coursehub was not told of %s: %s", about, cause)
                    return None
            await asyncio.sleep(pause_s)
        return None
