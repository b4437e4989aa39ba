"""
Dask, where sandboxes run: started at the first grading, or somebody else's.

A LocalCluster listens on the loopback, which every user of the machine can
reach, and a Dask scheduler runs whatever it is sent. So ours speaks TLS with
keys that are made at each start and never written down.

distributed is loaded when it is used: the service may never grade.
"""

import threading
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from coursehub import logs
from coursehub.adapters.autograde import worker_logs

_WAIT_S = 60


@dataclass(frozen=True, slots=True)
class Scheduler:
    """Where to send work, and the keys that open the door."""

    address: str
    security: Any


class Cluster:
    """A scheduler's address; the local cluster behind it is made on the first call."""

    def __init__(self, *, address: str, workers: int, log_level: str) -> None:
        self._address = address
        self._workers = workers
        self._log_level = log_level
        self._lock = threading.Lock()
        self._local: Any = None

    def scheduler(self) -> Scheduler:
        """The scheduler to use; the first call may take seconds, on a thread of its own."""
        if self._address:
            return Scheduler(self._address, None)
        with self._lock:
            if self._local is None:
                self._local = _local_cluster(self._workers, self._log_level)
            return Scheduler(self._local.scheduler_address, self._local.security)

    def close(self) -> None:
        """No process of the local cluster is left."""
        with self._lock:
            if self._local is not None:
                self._local.close(timeout=_WAIT_S)
                self._local = None


def _local_cluster(workers: int, log_level: str) -> Any:
    distributed = _distributed()
    return distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        memory_limit=0,
        preload=[worker_logs.__name__],
        env={worker_logs.LEVEL: log_level},
        security=distributed.security.Security.temporary(),
    )


def connected(scheduler: Scheduler) -> Any:
    """A client of that scheduler, for one process."""
    return _distributed().Client(
        scheduler.address, security=scheduler.security, timeout=_WAIT_S, set_as_default=False
    )


def _distributed() -> Any:
    distributed = import_module("distributed")
    logs.settle()
    return distributed
