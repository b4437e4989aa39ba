"""The statistics lab's assignments, graded as coursehub grades: behind the sandbox's walls."""

import asyncio
import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from coursehub.adapters.autograde import NbgraderAutograder
from coursehub.ports import Grade, GradeRequest
from coursehub.settings import Settings
from tests.grading.campus import MORNING, MemoryBlobs

from . import kernels

if TYPE_CHECKING:
    from .conftest import Render


@dataclass
class Lab:
    """The course's folder on the service's machine, and who grades there."""

    autograder: NbgraderAutograder
    blobs: MemoryBlobs
    root: Path

    def grade(self, student: str, step: str) -> Grade:
        """What somebody gets who hands in that version of lab 1."""
        files = {
            path.name: self.blobs.put(io.BytesIO(path.read_bytes()), max_bytes=10**7).sha256
            for path in (self.root / step / "lab1").iterdir()
        }
        request = GradeRequest(
            course="statlab", assignment="lab1", student=student, received_at=MORNING, files=files
        )
        return asyncio.run(self.autograder.grade(request))


@pytest.fixture(scope="module")
def lab(render: "Render", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    kernels.need_r()
    course: Path = render("statistics-lab-r", tmp_path_factory.mktemp("course"))
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), dask_workers=1)
    root = settings.course_root("statlab") / "course"
    shutil.copytree(course / "assignments" / "source", root / "source")
    blobs = MemoryBlobs()
    autograder = NbgraderAutograder(settings, blobs)
    try:
        asyncio.run(autograder.prepare("statlab", "lab1"))
        yield Lab(autograder, blobs, root)
    finally:
        asyncio.run(autograder.close())


def test_a_solution_in_r_earns_every_automatic_point_in_the_sandbox(lab: Lab) -> None:
    assert lab.grade("teacher", "source") == Grade(points=7, max_points=10, needs_manual=True)


def test_an_untouched_assignment_in_r_earns_nothing_in_the_sandbox(lab: Lab) -> None:
    assert lab.grade("idle", "release").points == 0
