"""What a worker process of the autograder does: nbgrader here, the notebook's run on Dask."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker

from coursehub.adapters.autograde import conversion, gradebook, sandbox
from coursehub.adapters.autograde.cluster import Scheduler, connected
from coursehub.adapters.autograde.parcel import Bounds, Desk, Kind, Parcel, Problem, Run
from coursehub.errors import CoursehubError, Unreachable
from coursehub.ports import Grade

_QUEUE_S = 1800.0


def grade(
    desk: Desk, files: Mapping[str, bytes], scheduler: Scheduler, bounds: Bounds
) -> Grade | Problem:
    """The grade; every notebook ran in a sandbox on Dask."""

    def run(parcel: Parcel) -> Run | Problem:
        return _on_dask(scheduler, parcel, bounds)

    return conversion.grade(desk, files, run)


def read(desk: Desk) -> Grade | None:
    return gradebook.read(desk)


def feedback(desk: Desk) -> dict[str, bytes] | Problem:
    return conversion.feedback(desk)


def prepare(root: Path, course: str, assignment: str) -> Problem | None:
    return conversion.prepare(Desk(course=course, root=root, assignment=assignment, student="*"))


def run_safely(parcel: Parcel, bounds: Bounds) -> Run | Problem:
    """The run on a Dask worker; errors of ours travel as data."""
    try:
        return sandbox.run(parcel, bounds)
    except CoursehubError as error:
        kind: Kind = "unreachable" if isinstance(error, Unreachable) else "invalid"
        return Problem(kind=kind, code=error.code, sentence=error.message)


def _on_dask(scheduler: Scheduler, parcel: Parcel, bounds: Bounds) -> Run | Problem:
    try:
        client = _client(scheduler.address, _Keys(scheduler.security))
        future = client.submit(run_safely, parcel, bounds, pure=False)
        ran: Run | Problem = future.result(timeout=_QUEUE_S)
    except (OSError, TimeoutError, KilledWorker, FutureCancelledError) as cause:
        _client.cache_clear()
        return Problem(
            kind="unreachable",
            code="dask-unreachable",
            sentence=f"The grading cluster did not finish this run ({type(cause).__name__}).",
        )
    return ran


class _Keys:
    """Keys of a scheduler; all are the same to the cache, which goes by address."""

    def __init__(self, security: Any) -> None:
        self.security = security

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keys)

    def __hash__(self) -> int:
        return 0


@cache
def _client(address: str, keys: _Keys) -> Any:
    return connected(Scheduler(address, keys.security))
