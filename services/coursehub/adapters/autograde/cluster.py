"""
Dask, where sandboxes run: started at the first grading, or somebody else's.

A LocalCluster listens on the loopback, which every user of the machine can
reach, and a Dask scheduler runs whatever it is sent. So ours speaks TLS with
keys that are made at each start and never written down.
"""

import threading
from dataclasses import dataclass
from typing import Any

from distributed import Client, LocalCluster
from distributed.security import Security

_WAIT_S = 60


@dataclass(frozen=True, slots=True)
class Scheduler:
    """Where to send work, and the keys that open the door."""

    address: str
    security: Any


class Cluster:
    """A scheduler's address; the local cluster behind it is made on the first call."""

    def __init__(self, *, address: str, workers: int) -> None:
        self._address = address
        self._workers = workers
        self._lock = threading.Lock()
        self._local: Any = None

    def scheduler(self) -> Scheduler:
        """The scheduler to use; the first call may take seconds, on a thread of its own."""
        if self._address:
            return Scheduler(self._address, None)
        with self._lock:
            if self._local is None:
                self._local = LocalCluster(  # type: ignore[no-untyped-call]  # distributed is half typed
                    n_workers=self._workers,
                    threads_per_worker=1,
                    processes=True,
                    host="127.0.0.1",
                    dashboard_address=None,
                    memory_limit=0,
                    security=Security.temporary(),  # type: ignore[no-untyped-call]  # distributed is half typed
                )
            return Scheduler(self._local.scheduler_address, self._local.security)

    def close(self) -> None:
        """No process of the local cluster is left."""
        with self._lock:
            if self._local is not None:
                self._local.close(timeout=_WAIT_S)
                self._local = None


def connected(scheduler: Scheduler) -> Any:
    """A client of that scheduler, for one process."""
    return Client(  # type: ignore[no-untyped-call]  # distributed is half typed
        scheduler.address, security=scheduler.security, timeout=_WAIT_S, set_as_default=False
    )
