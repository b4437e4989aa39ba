import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from coursehub.settings import Settings
from coursehub.store import Store
from tests.databases import database_url  # noqa: F401  # a fixture
from tests.exchange.actors import REPO, Caller, Seat, base_url
from tests.exchange.campus import build, populate
from tools import ports


@dataclass
class School:
    """A running exchange, its database and its people."""

    base: str
    store: Store
    data_dir: Path
    app: FastAPI

    def caller(self, name: str) -> Caller:
        return Caller(name, self.base)


@pytest.fixture
def school(database_url: str, tmp_path: Path) -> Iterator[School]:  # noqa: F811
    """The exchange over each kind of database, with small bounds."""
    settings = Settings(
        data_dir=tmp_path / "data",
        database_url=database_url,
        submission_max_bytes=2_000_000,
        submission_max_files=50,
    )
    settings.data_dir.mkdir()
    store = Store(database_url)
    populate(store)
    app = build(settings)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server ended at its start"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield School(base_url(port), store, settings.data_dir, app)
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        app.state.house.store.close()
        store.close()


@pytest.fixture
def ps1(school: School) -> School:
    """The school, with an assignment released."""
    answer = school.caller("grace").release("ps1", {"ps1.ipynb": b"{}", "data.csv": b"1,2\n"})
    assert answer.status_code == 200, answer.text
    return school


@dataclass
class Service:
    """The exchange in a process of its own, on SQLite."""

    data_dir: Path
    port: int
    wrapper: list[str] = field(default_factory=list)
    bounds: dict[str, int] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return base_url(self.port)

    @property
    def settings(self) -> Settings:
        return Settings(data_dir=self.data_dir)

    def caller(self, name: str) -> Caller:
        return Caller(name, self.base)

    def start(self) -> None:
        environment = {
            **os.environ,
            "PYTHONPATH": str(REPO),
            "COURSEHUB_DATA_DIR": str(self.data_dir),
            "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{self.port}",
            **{f"COURSEHUB_{name.upper()}": str(value) for name, value in self.bounds.items()},
        }
        self.process = subprocess.Popen(
            [*self.wrapper, sys.executable, "-m", "tests.exchange.campus"],
            cwd=REPO,
            env=environment,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the service did not start"
            try:
                httpx.get(f"{self.base}api/v1/receipt-keys", timeout=5)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        pytest.fail("the service did not start in time")

    def kill(self) -> None:
        """What `kill -9` does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=20)
            self.process = None


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service that a test starts, kills and starts again."""
    (port,) = ports.free(1)
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    found = Service(data_dir, port)
    store = Store(found.settings.database)
    populate(store)
    store.close()
    yield found
    found.kill()


@dataclass
class Seats:
    """Servers of people, each with a home."""

    base: str
    folder: Path

    def of(self, name: str, *, role: str = "student") -> Seat:
        home = self.folder / name
        home.mkdir(parents=True, exist_ok=True)
        return Seat(name, home, self.base, role)


@pytest.fixture
def seats(service: Service, tmp_path: Path) -> Seats:
    return Seats(service.base, tmp_path / "homes")
