"""
The way into a worker process.

The service passes through here, so that nbgrader is loaded by its workers
alone: it takes seconds and tens of megabytes.
"""

import ctypes
import signal
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import structlog

from coursehub import logs

_BENCH = "coursehub.adapters.autograde.bench"
_PR_SET_PDEATHSIG = 1


def open_shop(log_level: str) -> None:
    """A worker that ends with the service, however that ends (prctl(2)), and has nbgrader."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    logs.configure(log_level)
    import_module(_BENCH).conversion.prepare_process()
    logs.settle()


def work(asked_by: Mapping[str, Any], task: str, *given: Any) -> Any:
    """
    What the bench's function of that name returns.

    `asked_by` is what the service's own log lines carry: the request's or the job's id.
    """
    with structlog.contextvars.bound_contextvars(**asked_by):
        return getattr(import_module(_BENCH), task)(*given)
