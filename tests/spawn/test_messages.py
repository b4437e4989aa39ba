"""What the Hub tells the service about servers, and when the service does not listen."""

import asyncio
from pathlib import Path
from threading import Event

from tests.spawn.far_side import FarSide
from tests.spawn.hub import TinyHub, settled, started
from tests.spawn.scenes import play

GB = 10**9


def test_messages_outlive_a_service_that_fails_and_keep_their_order(
    tmp_path: Path, service: FarSide
) -> None:
    async def scene() -> None:
        user = TinyHub(tmp_path, service.url).user("ada")
        spawner = await started(user)
        await settled(spawner)
        service.asked.clear()
        service.failures = 2
        await user.stop()
        await settled(spawner)

    play(scene)
    assert len(service.told("/close")) == 3


def test_a_silent_service_holds_no_server_back_when_it_stops(
    tmp_path: Path, service: FarSide
) -> None:
    async def scene() -> None:
        user = TinyHub(tmp_path, service.url).user("ada")
        spawner = await started(user)
        await settled(spawner)
        service.silent = Event()
        async with asyncio.timeout(10):  # the service is waited for twice as long
            await spawner.run_post_stop_hook()
        service.silent.set()
        await user.stop()
        await settled(spawner)

    play(scene)
