"""
The tour: a whole class, played without a person against a Hub of its own.

`python -m demo.tour` prints one line per step with its time and what it saw,
and ends `tour: N steps, N ok`.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from demo import stopping
from demo.classroom import Classroom
from demo.stage import Ports, Stage
from demo.steps import STEPS, Steps
from demo.steps.expecting import keep_story


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


def play(room: Classroom, steps: Steps = STEPS) -> Iterator[Outcome]:
    """Each step's outcome, as it comes; the class ends with the first step that fails."""
    for title, step in steps:
        outcome = _outcome(title, partial(step, room), room.stage.folder)
        yield outcome
        if not outcome.ok:
            return


def _outcome(title: str, work: Callable[[], str], folder: Path) -> Outcome:
    """How the work went, whatever it was that went wrong; the folder keeps the whole story."""
    start = time.monotonic()
    try:
        saw, ok = work(), True
    except Exception as error:  # noqa: BLE001 - any error at all is a step that failed, and says so
        saw, ok = f"{type(error).__name__}: {error}", False
        keep_story(folder)
    return Outcome(title=title, ok=ok, seconds=time.monotonic() - start, saw=saw)


def main(steps: Steps = STEPS) -> int:
    """0 when every step went well; what a tour that failed leaves is kept and named."""
    stopping.listen()
    start = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="coursehub-tour-"))
    print(f"tour: a class in {folder}", flush=True)
    good = 0
    try:
        for outcome in _play_on_a_stage(folder, steps):
            print(outcome, flush=True)
            good += outcome.ok
    except KeyboardInterrupt:
        print("     stopped before the end", flush=True)
    print(f"     {time.monotonic() - start:.0f} s in all", flush=True)
    if good == len(steps):
        shutil.rmtree(folder)
    else:
        print(f"     logs and all else are kept in {folder}", flush=True)
    print(f"tour: {len(steps)} steps, {good} ok", flush=True)
    return 0 if good == len(steps) else 1


def _play_on_a_stage(folder: Path, steps: Steps) -> Iterator[Outcome]:
    """The steps' outcomes; of a stage that does not start, that alone."""
    stage = Stage(folder, Ports.free(), tell=lambda text: print(f"     {text}", flush=True))
    with ExitStack() as left:
        setting = _outcome(
            "git server, LMS and Hub start", lambda: left.enter_context(stage).hub_url, folder
        )
        if not setting.ok:
            yield setting
            return
        room = Classroom(stage)
        left.callback(room.close)
        yield from play(room, steps)


if __name__ == "__main__":
    raise SystemExit(main())
