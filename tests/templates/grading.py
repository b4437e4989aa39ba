"""nbgrader as a course uses it: assignments released, handed in and graded."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.apps.api import NbGraderAPI
from traitlets.config import Config

from . import kernels


def release(sources: Path, root: Path) -> NbGraderAPI:
    """nbgrader in `root`, where the students' version of every assignment is made."""
    shutil.copytree(sources, root, dirs_exist_ok=True)
    config = Config()
    config.CourseDirectory.root = str(root)
    config.ExecutePreprocessor.timeout = kernels.TIMEOUT_S
    nbgrader = NbGraderAPI(config=config)
    with _alembic_on_the_path():
        for name in assignments(nbgrader):
            made = nbgrader.generate_assignment(name)
            assert made["success"], made["log"]
    return nbgrader


def assignments(nbgrader: NbGraderAPI) -> list[str]:
    """Every assignment that has a source."""
    return sorted(path.name for path in (Path(nbgrader.coursedir.root) / "source").iterdir())


def notebook(nbgrader: NbGraderAPI, step: str, name: str) -> Any:
    return kernels.read(Path(nbgrader.coursedir.root) / step / name / f"{name}.ipynb")


def hand_in(nbgrader: NbGraderAPI, student: str, name: str, answered: Any) -> None:
    """What the student wrote, graded, beside the files that came with the assignment."""
    root = Path(nbgrader.coursedir.root)
    desk = root / "submitted" / student / name
    shutil.copytree(root / "release" / name, desk)
    path = desk / f"{name}.ipynb"
    nbformat.write(answered, path)  # type: ignore[no-untyped-call]  # nbformat is untyped
    with _alembic_on_the_path():
        graded = nbgrader.autograde(name, student)
    assert graded["success"], graded["log"]


def points(source: Any) -> tuple[list[int], list[int]]:
    """The points of each question that tests mark, and of each that a person marks."""
    graded = [cell for cell in source.cells if cell.metadata.nbgrader.grade]
    by_tests = [cell.metadata.nbgrader.points for cell in graded if cell.cell_type == "code"]
    by_hand = [cell.metadata.nbgrader.points for cell in graded if cell.cell_type != "code"]
    return by_tests, by_hand


@contextmanager
def _alembic_on_the_path() -> Iterator[None]:
    """nbgrader starts `alembic` by name, so that a virtual environment must be on PATH."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        yield
