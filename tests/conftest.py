"""How the whole suite is shared out between worker processes, and what they start with."""

import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent


def pytest_configure() -> None:
    """
    SIGINT is heard, also by what tests start.

    A shell starts its background jobs with SIGINT ignored; the servers of a
    test would inherit that, and each of them be waited for in vain.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    A file's tests stay together, and all tests on the one live stage do.

    Their fixtures (a Hub, a database server, a browser) are then started
    once, in the worker that needs them (pytest-xdist, `--dist loadgroup`,
    which reads the groups in a hook of its own, after this one).
    """
    for item in items:
        path = item.path.relative_to(ROOT)
        group = "hub" if path.parts[0] == "hub" else str(path)
        item.add_marker(pytest.mark.xdist_group(group))
