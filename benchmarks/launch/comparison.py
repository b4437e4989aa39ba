"""Both Hubs from nothing, then turn about; and the Hub's own login beside them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from benchmarks.launch import proof
from benchmarks.launch.figures import Cell
from benchmarks.launch.heartbeat import Beat
from benchmarks.launch.lms import Lms
from benchmarks.launch.load import Launch, Turn, launching, turn, typing
from benchmarks.launch.stage import Stage
from benchmarks.stage import Hub

SIDES: Final = ("ours", "theirs")
AT_ONCE: Final = (1, 10, 50)
TURNS: Final = 2
RETURNING: Final = 20
"""People who launch before anything is measured, and come back in every second launch."""


def crowd(first: int, count: int) -> Iterator[int]:
    """People of one turn: someone new, someone who was here before, and so on."""
    for number in range(count):
        yield number // 2 % RETURNING if number % 2 else first + number // 2


def beat(hub: Hub) -> Beat:
    """The beat of the Hub's loop since the last question."""
    reply = httpx.get(f"{hub.url}/hub/bench/heartbeat", trust_env=False, timeout=60)
    return Beat(**reply.raise_for_status().json())


async def measure(hub: Hub, launch: Launch, people: Iterator[int], *, at_once: int) -> Cell:
    """One turn, with the beat of the Hub's loop meanwhile."""
    beat(hub)
    done = await turn(launch, people, at_once=at_once)
    return Cell(turns=[done], beats=[beat(hub)])


@dataclass(slots=True)
class Comparison:
    """
    One latency of the platform's keys, `launches` on each side in each setting.

    `cells` are by concurrency and side. `well` is false once somebody was not
    let in or is not where they belong.
    """

    folder: Path
    latency_s: float
    launches: int
    say: Callable[[str], None]
    cells: dict[tuple[int, str], Cell] = field(default_factory=dict)
    well: bool = True
    _launched: int = 0

    async def run(self) -> None:
        """Every setting, printed as it is done."""
        with Stage(folder=self.folder, latency_s=self.latency_s) as stage:
            lms = stage.lms()
            hubs = [stage.hub(side, lms) for side in SIDES]
            for hub in hubs:
                await self._warm(hub, lms)
            self._launched = RETURNING
            for at_once in AT_ONCE:
                for _ in range(TURNS):
                    await self._turn_about(hubs, lms, at_once)
                for hub in hubs:
                    row = self.cells[at_once, hub.side].row()
                    self.say(f"{1000 * self.latency_s:7.0f}  {at_once:7}  {hub.side:7} {row}")
            for hub in hubs:
                self._prove(hub)

    async def _warm(self, hub: Hub, lms: Lms) -> None:
        launch = launching(hub.url, lms)
        first = await turn(launch, [0], at_once=1)
        rest = await turn(launch, range(1, RETURNING), at_once=1)
        self._check(first, rest)
        self.say(
            f"# {hub.side}: the first launch after the start took {1000 * first.whole:.0f} ms, "
            f"the next ones {1000 * rest.whole / (RETURNING - 1):.0f}"
        )

    async def _turn_about(self, hubs: list[Hub], lms: Lms, at_once: int) -> None:
        count = self.launches // TURNS
        for hub in hubs:
            people = crowd(self._launched, count)
            done = await measure(hub, launching(hub.url, lms), people, at_once=at_once)
            self._check(*done.turns)
            self.cells.setdefault((at_once, hub.side), Cell()).add(done)
        self._launched += (count + 1) // 2

    def _check(self, *turns: Turn) -> None:
        for failure in (failure for one in turns for failure in one.failures[:1]):
            self.well = False
            self.say(f"# NOT LET IN: {failure}")

    def _prove(self, hub: Hub) -> None:
        left, all_of_them = proof.left(hub), self._launched
        self.say(
            f"# {hub.side}: {all_of_them} people launched; the Hub knows {left.known}, has "
            f"{left.grouped} in a course's group; the service has {left.enrolled} enrolments"
        )
        enough = {left.known, left.grouped, left.enrolled} if hub.side == "ours" else {left.known}
        self.well = self.well and enough == {all_of_them}


async def bare_login(folder: Path, launches: int) -> Cell:
    """The Hub's own form with its dummy login, one at a time: what any login costs here."""
    with Stage(folder=folder, latency_s=0) as stage:
        hub = stage.hub("bare", stage.lms())
        await turn(typing(hub.url), range(RETURNING), at_once=1)
        return await measure(hub, typing(hub.url), crowd(RETURNING, launches), at_once=1)
