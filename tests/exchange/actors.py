"""The people of these tests, by raw HTTP or by nbgrader's own commands, and their tars."""

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.exchange.campus import PREFIX, TOKEN

REPO = Path(__file__).resolve().parents[2]
ETC = REPO / "extensions" / "coursehub_lab" / "etc"


def tar_of(files: Mapping[str, bytes]) -> bytes:
    """A well-behaved tar."""
    return tar_with(_member(name, content) for name, content in files.items())


def tar_with(members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """A tar of whatever members one likes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _member(name: str, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    return member, content


def files_in(tar: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        return {
            member.name: content.read()
            for member in archive
            if (content := archive.extractfile(member))
        }


@dataclass(frozen=True)
class Caller:
    """Someone with a Hub token and an HTTP client."""

    name: str
    base: str

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"token {TOKEN}{self.name}", **options.pop("headers", {})}
        return httpx.request(
            method, f"{self.base}api/v1/{path}", headers=headers, timeout=60, **options
        )

    def release(
        self, assignment: str, files: Mapping[str, bytes], **options: Any
    ) -> httpx.Response:
        path = f"courses/ds1/assignments/{assignment}/release"
        return self.ask("PUT", path, content=tar_of(files), **options)

    def submit(self, tar: bytes, *, key: str = "", assignment: str = "ps1") -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        path = f"courses/ds1/assignments/{assignment}/submissions"
        return self.ask("POST", path, content=tar, headers=headers)

    def submissions(self, **wanted: str) -> list[dict[str, Any]]:
        answer = self.ask("GET", "courses/ds1/submissions", params=wanted)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


@dataclass(frozen=True)
class Seat:
    """Someone's own server: a home of their own, all under the same Unix account."""

    name: str
    home: Path
    base: str
    role: str = "student"

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "COURSEHUB"))}
        return {
            **kept,
            "HOME": str(self.home),
            "PYTHONPATH": "",
            # Nbgrader looks for its alembic there.
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "JUPYTER_CONFIG_PATH": str(ETC / self.role),
            "JUPYTER_DATA_DIR": str(self.home / ".local" / "share" / "jupyter"),
            "COURSEHUB_URL": self.base,
            "COURSEHUB_COURSE": "ds1",
            "COURSEHUB_ROLE": self.role,
            "JUPYTERHUB_API_TOKEN": TOKEN + self.name,
        }

    def nbgrader(self, *arguments: str, fails: bool = False) -> str:
        """What the command said."""
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=self.home,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        said = done.stdout + done.stderr
        assert (done.returncode != 0) is fails, said
        assert "Traceback" not in said, said
        return said


def problem_set() -> bytes:
    """A source notebook with a solution and an autograded test of two points."""
    answer = "### BEGIN SOLUTION\nx = 42\n### END SOLUTION"
    cells = [
        _cell(answer, _mark("answer", solution=True)),
        _cell("assert x == 42", _mark("test", grade=True, locked=True, points=2)),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel}
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook).encode()


def _cell(source: str, mark: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": mark["grade_id"],
        "source": source,
        "metadata": {"nbgrader": mark},
        "outputs": [],
        "execution_count": None,
    }


def _mark(grade_id: str, **marks: Any) -> dict[str, Any]:
    plain = {"grade": False, "solution": False, "locked": False, "task": False}
    return {"schema_version": 3, "grade_id": grade_id, **plain, **marks}


def base_url(port: int) -> str:
    return f"http://127.0.0.1:{port}{PREFIX}"
