"""What the autograder's processes write: the service's log, one JSON line an event."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SERVICE = """
import asyncio, io, logging, sys, warnings
from datetime import UTC, datetime
from pathlib import Path

import structlog

from coursehub import logs
from coursehub.adapters.autograde import NbgraderAutograder
from coursehub.adapters.autograde.cluster import connected
from coursehub.errors import Invalid
from coursehub.ports import GradeRequest
from coursehub.settings import Settings
from tests.grading.campus import MemoryBlobs
from tests.grading.notebooks import from_a_newer_nbgrader, source


def complain():
    warnings.warn("about ada-l", stacklevel=1)
    logging.getLogger("distributed.nanny").warning("a worker of the cluster speaks")
    raise ValueError("ada-l wrote this")


def on_the_cluster(scheduler):
    with connected(scheduler) as client:
        try:
            client.submit(complain, pure=False).result()
        except ValueError:
            return
    raise SystemExit("nothing was raised")


async def main(data):
    settings = Settings(data_dir=data, dask_workers=1)
    logs.configure(settings.log_level)
    blobs = MemoryBlobs()
    autograder = NbgraderAutograder(settings, blobs)
    root = settings.course_root("data8") / "course"
    (root / "source/ps1").mkdir(parents=True)
    (root / "source/ps1/ps1.ipynb").write_bytes(source())
    await autograder.prepare("data8", "ps1")
    newer = from_a_newer_nbgrader((root / "release/ps1/ps1.ipynb").read_bytes())
    request = GradeRequest(
        course="data8", assignment="ps1", student="ada-l", received_at=datetime.now(UTC),
        files={"ps1.ipynb": blobs.put(io.BytesIO(newer), max_bytes=10**9).sha256},
    )
    structlog.contextvars.bind_contextvars(grading_job=41)
    try:
        await autograder.grade(request)
    except Invalid as refused:
        print(refused.code)
    await asyncio.to_thread(on_the_cluster, autograder._cluster.scheduler())
    await autograder.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a service wrote to its error output, in which one submission could not be graded."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "service.py").write_text(SERVICE)
    done = subprocess.run(
        [sys.executable, str(folder / "service.py"), str(folder / "data")],
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert done.stdout.split() == ["not-gradable"]
    return done.stderr.splitlines()


def events(lines: list[str], name: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in lines]
    return [one for one in found if one["event"] == name]


def test_the_autograders_processes_write_one_json_line_an_event(lines: list[str]) -> None:
    assert [line for line in lines if not line.startswith('{"')] == []
    assert all(json.loads(line)["level"] for line in lines)
    assert events(lines, "a worker of the cluster speaks")


def test_what_stopped_nbgrader_is_logged_with_the_jobs_id(lines: list[str]) -> None:
    (stopped,) = events(lines, "nbgrader-stopped")
    assert (stopped["grading_job"], stopped["error"]) == (41, "SchemaTooNewError")
    assert "nbgrader/preprocessors/checkcellmetadata.py" in " ".join(stopped["passed"])


def test_a_python_warning_is_one_line_with_its_place(lines: list[str]) -> None:
    warned = events(lines, "python-warning")
    assert "UserWarning" in {one["kind"] for one in warned}
    assert all(Path(one["place"].rpartition(":")[0]).suffix == ".py" for one in warned)


def test_the_autograders_lines_name_neither_students_nor_courses(lines: list[str]) -> None:
    assert [line for line in lines if "ada-l" in line or "data8" in line] == []
