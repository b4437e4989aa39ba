from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.modules.actors import Service, Student, Upstream, standing_service, standing_upstream


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[Upstream]:
    with standing_upstream(tmp_path / "upstream") as host:
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
