"""An upstream that an author pushes to, the service, and a student with a home."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import Response

from coursehub.web.git_backend import backend

COURSE = "data8"


def free_socket() -> socket.socket:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


def address(bound: socket.socket) -> str:
    return f"http://127.0.0.1:{bound.getsockname()[1]}"


@contextmanager
def served(app: FastAPI, bound: socket.socket) -> Iterator[None]:
    """The app answering on a socket until the end, whatever happens."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
        bound.close()


def git(*arguments: str, cwd: Path) -> str:
    """What git said; author and configuration are the test's own."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(cwd),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
    }
    done = subprocess.run(
        ["git", *arguments], cwd=cwd, env=env, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def notebook(*cells: str) -> str:
    """A notebook of code cells as Jupyter writes it."""
    document = {
        "cells": [
            {
                "cell_type": "code",
                "execution_count": None,
                "id": f"cell-{n}",
                "metadata": {},
                "outputs": [],
                "source": source.splitlines(keepends=True),
            }
            for n, source in enumerate(cells)
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1) + "\n"


def cells_of(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"]]


@dataclass
class Upstream:
    """A git host that the author pushes to over HTTP; it can be down, or never answer."""

    folder: Path
    url: str = ""
    down: bool = False
    silent: threading.Event = field(default_factory=threading.Event)
    requests: list[str] = field(default_factory=list)

    @property
    def repository(self) -> Path:
        return self.folder / "intro.git"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.api_route("/intro.git/{path:path}", methods=["GET", "POST"])
        async def answer(request: Request, path: str) -> Response:
            self.requests.append(f"{request.method} {path}")
            if self.down:
                return Response(status_code=503)
            if self.silent.is_set():
                while self.silent.is_set():  # noqa: ASYNC110  the test's thread sets it
                    await asyncio.sleep(0.02)
                return Response(status_code=503)
            return await backend(
                request, self.repository, path, receive_pack=True, body_max_bytes=100_000_000
            )

        return app

    @classmethod
    def prepare(cls, folder: Path) -> "Upstream":
        """A repository and the author's clone of it, to be copied for each test."""
        folder.mkdir(parents=True)
        prepared = cls(folder=folder)
        git("init", "--bare", "-q", "-b", "main", "intro.git", cwd=folder)
        git("clone", "-q", "intro.git", "work", cwd=folder)
        git("remote", "set-url", "origin", "../intro.git", cwd=prepared.work)
        prepared.publish(
            {
                "one/one.ipynb": notebook("import math", "radius = 1", "area = 3 * radius"),
                "two/table.csv": "a,b\n1,2\n",
                "README.md": "An introduction.\n",
            }
        )
        return prepared

    def rename_branch(self, name: str) -> None:
        git("branch", "-m", "main", name, cwd=self.repository)

    def publish(self, files: dict[str, str], *, branch: str = "main") -> str:
        """The commit that the author pushed."""
        self._write(files)
        git("commit", "-qm", "An edit", cwd=self.work)
        git("push", "-q", "origin", f"HEAD:{branch}", cwd=self.work)
        return git("rev-parse", "HEAD", cwd=self.work)

    def amend(self, files: dict[str, str]) -> None:
        """The last commit, written anew and forced on everyone."""
        self._write(files)
        git("commit", "-q", "--amend", "-m", "History, changed", cwd=self.work)
        git("push", "-qf", "origin", "HEAD:main", cwd=self.work)

    def _write(self, files: dict[str, str]) -> None:
        for name, content in files.items():
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        git("add", "-A", cwd=self.work)


@dataclass
class Student:
    """Someone with a home, whose server delivers."""

    name: str
    home: Path
    service_url: str

    @property
    def token(self) -> str:
        return f"{self.name}-test-token"

    @property
    def environment(self) -> dict[str, str]:
        given = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "JUPYTERHUB_"))}
        return given | {
            "HOME": str(self.home),
            "COURSEHUB_URL": self.service_url,
            "COURSEHUB_COURSE": COURSE,
            "COURSEHUB_ROLE": "student",
            "JUPYTERHUB_API_TOKEN": self.token,
        }

    def start(self) -> "subprocess.Popen[str]":
        """A delivery that is under way."""
        what = ("--course", COURSE, "--home", str(self.home))
        return subprocess.Popen(
            [sys.executable, "-m", "coursehub_lab.delivery", *what],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def deliver(self) -> list[dict[str, Any]]:
        """The events of a whole delivery."""
        return events(self.start())

    def path(self, name: str) -> Path:
        return self.home / "intro" / name


def events(process: "subprocess.Popen[str]") -> list[dict[str, Any]]:
    out, err = process.communicate(timeout=120)
    assert not err, err
    return [json.loads(line) for line in out.splitlines()]


def problem(response: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    return response.status_code, response.json()["code"]


@contextmanager
def standing_upstream(prepared: Upstream, folder: Path) -> Iterator[Upstream]:
    """A git host with the course's first materials."""
    shutil.copytree(prepared.folder, folder)
    bound = free_socket()
    host = Upstream(folder=folder, url=f"{address(bound)}/intro.git")
    with served(host.app(), bound):
        yield host
        host.silent.clear()
