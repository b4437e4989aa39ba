"""
`make bench-launch`: prints its figures, and last `ratio: X`.

BENCH_LAUNCHES is how many launches each side gets in each setting (120 where
it is unset); TMPDIR is where the databases lie meanwhile. The exit status is 0
if everyone was let in and is where they belong.
"""

import asyncio
import os
import platform
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NoReturn

from benchmarks.launch.comparison import AT_ONCE, Comparison, bare_login
from benchmarks.launch.figures import HEADER, percentile

LATENCIES_S: Final = (0.0, 0.2)
LONGEST_S: Final = 1800
FSYNCS: Final = 200


def main() -> int:
    """The whole benchmark, in a folder that is gone afterwards."""
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, _leave)
    signal.alarm(LONGEST_S)
    launches = int(os.environ.get("BENCH_LAUNCHES", "120"))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-launch-") as folder:
        say(f"# {machine(Path(folder))}; {launches} launches in each setting on each side")
        done = asyncio.run(play(Path(folder), launches))
    busy = time.process_time() / (time.monotonic() - began)
    say(f"# {time.monotonic() - began:.0f} s; the load generator used {100 * busy:.0f} % of a core")
    for one in done:
        say(f"ratio at {1000 * one.latency_s:.0f} ms: " + ", ".join(ratios(one)))
    say(f"ratio: {ratio(done[-1], AT_ONCE[-1]):.2f}")
    return 0 if all(one.well for one in done) else 1


async def play(folder: Path, launches: int) -> list[Comparison]:
    """Every latency compared, and the loop of a bare Hub beside."""
    say(HEADER)
    done = []
    for latency_s in LATENCIES_S:
        part = folder / f"keys-{latency_s}"
        part.mkdir()
        one = Comparison(folder=part, latency_s=latency_s, launches=launches, say=say)
        await one.run()
        done.append(one)
    bare = await bare_login(folder, launches)
    say(f"      -  {1:7}  {'bare':7} {bare.row()}")
    ours, theirs = (
        max(one.cells[1, side].worst.hold for one in done) for side in ("ours", "theirs")
    )
    say(
        f"loop_block_ms: {1000 * ours:.1f} (one launch at a time; a bare login "
        f"{1000 * bare.worst.hold:.1f}, theirs {1000 * theirs:.1f})"
    )
    return done


def machine(folder: Path) -> str:
    """What this runs on, and how long its disk takes to keep a page of a database."""
    times = []
    with (folder / "page").open("wb", buffering=0) as page:
        for _ in range(FSYNCS):
            page.write(bytes(4096))
            began = time.perf_counter()
            os.fsync(page)
            times.append(1000 * (time.perf_counter() - began))
    return (
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before; "
        f"Python {platform.python_version()}; an fsync takes {percentile(times, 0.5):.2f} ms, "
        f"p99 {percentile(times, 0.99):.2f}"
    )


def ratios(one: Comparison) -> list[str]:
    """Ours by theirs at each concurrency."""
    return [f"{ratio(one, at_once):.2f} with {at_once} at once" for at_once in AT_ONCE]


def ratio(one: Comparison, at_once: int) -> float:
    """How many launches ours completes while theirs completes one."""
    return one.cells[at_once, "ours"].per_second / one.cells[at_once, "theirs"].per_second


def say(line: str) -> None:
    """A line of the report, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _leave(number: int, _frame: object) -> NoReturn:
    """An end in good order: all that was started ends with the stage."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
