import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.browser import browser
from tests.databases import database_url
from tests.web.actors import logged, running, service

__all__ = ["browser", "database_url"]


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("web")
    # Without it an unexpected error is drawn with all its variables, for seconds.
    with logged(folder, io.StringIO()), running(service(folder)) as address:
        yield address


@pytest.fixture
def http(base: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base, timeout=60) as client:
        yield client
