"""The course that the template makes, for tests that read it."""

from pathlib import Path
from typing import Any, Protocol

import copier
import pytest

import coursehub_templates


class Render(Protocol):
    def __call__(self, into: Path, /, **answers: Any) -> Path: ...


@pytest.fixture(scope="session")
def render() -> Render:
    """The course as an instructor gets it who gives only these answers."""

    def run(into: Path, /, **answers: Any) -> Path:
        template = coursehub_templates.folder("intro-data-science")
        copier.run_copy(str(template), into, data=answers, defaults=True, unsafe=False, quiet=True)
        return into

    return run


@pytest.fixture(scope="session")
def course(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course that nobody was asked a question about; tests only read it."""
    return render(tmp_path_factory.mktemp("course"))
