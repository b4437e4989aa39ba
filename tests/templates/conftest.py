"""The courses that the templates make, for tests that read them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import copier
import pytest

import coursehub_templates

from . import kernels


class Render(Protocol):
    def __call__(self, template: str, into: Path, /, **answers: Any) -> Path: ...


@pytest.fixture(scope="session")
def render() -> Render:
    """The course as an instructor gets it who gives only these answers."""

    def run(template: str, into: Path, /, **answers: Any) -> Path:
        source = str(coursehub_templates.folder(template))
        copier.run_copy(source, into, data=answers, defaults=True, unsafe=False, quiet=True)
        return into

    return run


@pytest.fixture(scope="session", params=coursehub_templates.names())
def template(request: pytest.FixtureRequest) -> str:
    """Each template in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def course(render: Render, template: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course that nobody was asked a question about; tests only read it."""
    return render(template, tmp_path_factory.mktemp(template))


@pytest.fixture(scope="session")
def kernel(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of the course's kernel, which can be started; a skip where R is missing."""
    name = kernels.of(course)
    with pytest.MonkeyPatch.context() as patch:
        if name == "ir":
            kernels.need_r()
            shown = tmp_path_factory.mktemp("jupyter")
            kernels.show_r(shown)
            patch.setenv("JUPYTER_PATH", str(shown))
        yield name
