"""Word to the service of accounts that launches made, many at a time and behind nobody's back."""

import asyncio
from collections.abc import Awaitable, Callable
from logging import Logger
from typing import Final

from coursehub_auth.errors import LaunchRefused

PAUSE_S: Final = 0.25
"""How long news may gather: a class that opens its course at once is one message."""
MOST: Final = 500


class Arrivals:
    """
    Launches that the service wants to hear of, told soon.

    What cannot be told is dropped: the service asks again at the person's next launch.
    """

    def __init__(self, tell: Callable[[list[str]], Awaitable[None]], *, log: Logger) -> None:
        self._tell = tell
        self._log = log
        self._noted: list[str] = []
        self._telling: asyncio.Task[None] | None = None

    def note(self, launch_id: str) -> None:
        """Nothing; the service hears of the launch's person in a moment."""
        self._noted.append(launch_id)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell_all())

    async def _tell_all(self) -> None:
        while self._noted:
            await asyncio.sleep(PAUSE_S)
            told, self._noted = self._noted[:MOST], self._noted[MOST:]
            try:
                await self._tell(told)
            except LaunchRefused as refused:
                self._log.warning("%s arrivals were not told: %s", len(told), refused.code)
