from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.modules.actors import Student, Upstream, standing_upstream
from tests.modules.hub import Service, standing_service


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Upstream:
    return Upstream.prepare(tmp_path_factory.mktemp("prepared") / "upstream")


@pytest.fixture
def upstream(tmp_path: Path, prepared: Upstream) -> Iterator[Upstream]:
    with standing_upstream(prepared, tmp_path / "upstream") as host:
        yield host


@pytest.fixture
def service(tmp_path: Path, upstream: Upstream) -> Iterator[Service]:
    with standing_service(tmp_path / "data", upstream) as standing:
        yield standing


@pytest.fixture
def sam(tmp_path: Path, service: Service) -> Student:
    home = tmp_path / "home"
    home.mkdir()
    return Student(name="sam", home=home, service_url=service.url)
