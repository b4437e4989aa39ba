"""Playing a scene to its end, the messages to the service included."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from coursehub_spawn.messages import _UNDER_WAY

Scene = Callable[[], Coroutine[Any, Any, None]]


def play(scene: Scene) -> None:
    async def to_the_end() -> None:
        await scene()
        while _UNDER_WAY:
            await asyncio.wait(_UNDER_WAY)

    asyncio.run(asyncio.wait_for(to_the_end(), timeout=120))
