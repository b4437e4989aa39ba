"""What a sync costs: seconds, calls of the Hub, the Hub's longest pause, a process's memory."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.stage import Hub

TICK_S: Final = 0.01


@dataclass(slots=True, kw_only=True)
class Cost:
    """Seconds, calls of the Hub's API, its slowest answer to a ping, and bytes that were added."""

    seconds: float = 0.0
    calls: int = 0
    pause: float = 0.0
    grew: int = 0

    def row(self) -> str:
        """The columns of HEADER after the name."""
        return f"{self.seconds:10.2f}{self.calls:8}{1000 * self.pause:12.0f}{self.grew / 1e6:12.1f}"


HEADER: Final = f"{'':34}{'seconds':>10}{'calls':>8}{'pause ms':>12}{'memory MB':>12}"


class Watch:
    """`async with Watch(hub, process) as cost:` the block's cost, once it has ended."""

    def __init__(self, hub: Hub, process: psutil.Process | None) -> None:
        self._hub = hub
        self._process = process
        self.cost = Cost()

    async def __aenter__(self) -> Cost:
        self._calls, self._memory = calls(self._hub), self._rss()
        self._ticking = asyncio.create_task(self._tick())
        self._began = time.perf_counter()
        return self.cost

    async def __aexit__(self, *_: object) -> None:
        self.cost.seconds = time.perf_counter() - self._began
        self._ticking.cancel()
        with suppress(asyncio.CancelledError):
            await self._ticking
        self.cost.calls = calls(self._hub) - self._calls

    async def _tick(self) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
            while True:
                asked = time.perf_counter()
                await http.get(f"{self._hub.url}/hub/health")
                self.cost.pause = max(self.cost.pause, time.perf_counter() - asked)
                self.cost.grew = max(self.cost.grew, self._rss() - self._memory)
                await asyncio.sleep(TICK_S)

    def _rss(self) -> int:
        return int(self._process.memory_info().rss) if self._process else 0


def calls(hub: Hub) -> int:
    """How many requests the Hub's API has answered since its start."""
    reply = httpx.get(f"{hub.url}/hub/metrics", trust_env=False, timeout=60).raise_for_status()
    return round(
        sum(
            sample.value
            for family in text_string_to_metric_families(reply.text)
            for sample in family.samples
            if sample.name == "jupyterhub_request_duration_seconds_count"
            and ".apihandlers." in sample.labels["handler"]
        )
    )
