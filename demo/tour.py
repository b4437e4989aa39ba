"""
The tour: a whole class, played without a person against a Hub of its own.

`python -m demo.tour` prints one line per step with its time and what it saw,
and ends `tour: N steps, N ok`.
"""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from demo.classroom import Classroom
from demo.stage import Ports, Stage
from demo.steps import STEPS
from demo.steps.expecting import Unexpected


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a step went, and what it saw."""

    title: str
    ok: bool
    seconds: float
    saw: str

    def __str__(self) -> str:
        mark = "ok  " if self.ok else "FAIL"
        return f"{mark} {self.seconds:6.1f} s  {self.title}: {' '.join(self.saw.split())}"


def play(room: Classroom) -> Iterator[Outcome]:
    """Each step's outcome, as it comes; the class ends with the first step that fails."""
    for title, step in STEPS:
        start = time.monotonic()
        try:
            saw, ok = step(room), True
        except (Unexpected, RuntimeError, httpx.HTTPError, LookupError) as error:
            saw, ok = f"{type(error).__name__}: {error}", False
        yield Outcome(title=title, ok=ok, seconds=time.monotonic() - start, saw=saw)
        if not ok:
            return


def main() -> int:
    """0 when every step went well; the logs of a tour that failed are kept and named."""
    start = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="coursehub-tour-"))
    print(f"tour: a class in {folder}", flush=True)
    outcomes: list[Outcome] = []
    with Stage(folder, Ports.free(), tell=lambda text: print(f"     {text}", flush=True)) as stage:
        room = Classroom(stage)
        for outcome in play(room):
            outcomes.append(outcome)
            print(outcome, flush=True)
        room.close()
    good = sum(outcome.ok for outcome in outcomes)
    print(f"     {time.monotonic() - start:.0f} s in all", flush=True)
    print(f"tour: {len(STEPS)} steps, {good} ok", flush=True)
    return 0 if good == len(STEPS) else 1


if __name__ == "__main__":
    raise SystemExit(main())
