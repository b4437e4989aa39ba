"""How the whole suite is shared out between worker processes."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    A file's tests stay together, and all tests on the one live stage do.

    Their fixtures (a Hub, a database server, a browser) are then started
    once, in the worker that needs them (pytest-xdist, `--dist loadgroup`).
    """
    for item in items:
        path = item.path.relative_to(ROOT)
        group = "hub" if path.parts[0] == "hub" else str(path)
        item.add_marker(pytest.mark.xdist_group(group))
