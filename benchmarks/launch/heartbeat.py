"""
How long a Hub's event loop is held, measured inside the Hub itself.

A stopwatch stands around every callback of the loop. What one callback of a
request holds is what a launch (or what it makes the service ask of the Hub)
keeps from everyone else: its computing, and its waits for the disk or for a
key set. Not counted as its hold is what befalls any callback: the time it
waited for a core of this machine, as Linux tells it, and Python's full garbage
collection. `wall` is with both; `elsewhere` is the longest of the Hub's own
housekeeping. And a ticker of 5 ms tells how much later than asked it ran: all
that stood before it in one round of the loop, however many launches that was.
"""

import asyncio
import gc
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from tornado.web import RequestHandler

TICK_S = 0.005
LIMIT_S = 0.02
FULL = 2


@dataclass(slots=True, kw_only=True)
class Beat:
    """What was seen since the last question, in seconds; `over` counts holds past LIMIT_S."""

    hold: float = 0.0
    wall: float = 0.0
    by: str = ""
    over: int = 0
    elsewhere: float = 0.0
    late: float = 0.0


class Heartbeat:
    """The ticker and the stopwatch, from the first question on."""

    def __init__(self) -> None:
        self._beat = Beat()
        self._ticker: asyncio.Task[None] | None = None
        self._collecting = 0.0
        self._scheduling = -1

    def taken(self) -> Beat:
        """The beat since the last call."""
        if self._ticker is None:
            self._ticker = asyncio.get_running_loop().create_task(self._tick())
            # Kept open as long as the Hub runs: reading it again takes a microsecond.
            self._scheduling = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
            gc.callbacks.append(self._on_collection)
            self._watch()
        beat, self._beat = self._beat, Beat()
        return beat

    async def _tick(self) -> None:
        while True:
            due = time.perf_counter() + TICK_S
            await asyncio.sleep(TICK_S)
            self._beat.late = max(self._beat.late, time.perf_counter() - due)

    def _watch(self) -> None:
        handle: Any = asyncio.Handle
        run: Callable[[Any], None] = handle._run  # noqa: SLF001 - asyncio has no hook for this

        def timed(this: Any) -> None:
            handler = _handler_of(this._callback)  # noqa: SLF001 - nor a name for whose turn it is
            excused, began = self._excused(), time.perf_counter()
            run(this)
            self._note(handler, time.perf_counter() - began, self._excused() - excused)

        handle._run = timed  # noqa: SLF001

    def _on_collection(self, phase: str, info: dict[str, int]) -> None:
        if info["generation"] == FULL:
            self._collecting += time.perf_counter() * (1 if phase == "stop" else -1)

    def _excused(self) -> float:
        """Seconds so far of full collections, and of waits for a core (the file's second word)."""
        waited_ns = int(os.pread(self._scheduling, 64, 0).split()[1])
        return self._collecting + waited_ns / 1e9

    def _note(self, handler: RequestHandler | None, wall: float, excused: float) -> None:
        beat, hold = self._beat, wall - excused
        if handler is None:
            beat.elsewhere = max(beat.elsewhere, hold)
            return
        beat.over += hold > LIMIT_S
        beat.wall = max(beat.wall, wall)
        if hold > beat.hold:
            beat.hold, beat.by = hold, type(handler).__name__


def _handler_of(callback: Any) -> RequestHandler | None:
    """The request whose turn it is; None for all that is no request's."""
    task = getattr(callback, "__self__", None)
    if not isinstance(task, asyncio.Task):
        return None
    frame = getattr(task.get_coro(), "cr_frame", None)
    handler = frame.f_locals.get("self") if frame else None
    return handler if isinstance(handler, RequestHandler) else None


HEARTBEAT = Heartbeat()


class HeartbeatHandler(RequestHandler):
    """GET: the beat since the last GET, as JSON."""

    def get(self) -> None:
        self.write(asdict(HEARTBEAT.taken()))
