"""How the whole suite is shared out between worker processes, and what they start with."""

import signal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

# What Hypothesis measures in time is how busy the machine is.
settings.register_profile(
    "patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")


def pytest_configure() -> None:
    """
    SIGINT is heard, also by what tests start.

    A shell starts its background jobs with SIGINT ignored; the servers of a
    test would inherit that, and each of them be waited for in vain.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist ships no types
    """
    A file's tests stay together, and all tests on the one live stage do.

    Their fixtures (a Hub, a database server, a browser) are then started
    once, in the worker that needs them.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "tests/hub" if nodeid.startswith("tests/hub/") else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """The order in which workers get tests (pytest-xdist's own hook)."""
    return ByFile(config, log)
