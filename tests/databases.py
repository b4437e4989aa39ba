"""An empty database for each test: SQLite in a folder, and a private PostgreSQL."""

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest

_BINARIES = tuple(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
_END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
_numbers = count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """SQLAlchemy's URL of a database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'coursehub.sqlite'}"
        return
    folder, name = _cluster(), f"test_{next(_numbers)}"
    # A schema of its own is as empty as a database, and much quicker to make.
    _order(folder, f"CREATE SCHEMA {name}")
    yield (
        f"postgresql+psycopg:///postgres?host={folder}&user=postgres&options=-csearch_path%3D{name}"
    )
    _order(folder, _END_SESSIONS)
    _order(folder, f"DROP SCHEMA {name} CASCADE")


@cache
def _cluster() -> Path:
    """The folder of the socket of a PostgreSQL that ends with this process, however it ends."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="coursehub-postgresql-"))
    data = folder / "data"
    as_user = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    become = ["setpriv", *as_user, "--pdeathsig", "INT"]
    subprocess.run(
        [*become, binaries / "initdb", "--no-sync", "-A", "trust", "-U", "postgres", "-D", data],
        check=True, capture_output=True, cwd=folder, timeout=120,
    )  # fmt: skip
    options = {
        "listen_addresses": "", "unix_socket_directories": str(folder), "max_connections": "200",
        "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
        "shared_buffers": "32MB",
    }  # fmt: skip
    given = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*become, binaries / "postgres", "-D", data, *given],
            stdout=log, stderr=log, cwd=folder, start_new_session=True,
        )  # fmt: skip
    atexit.register(_end, server, folder)
    _wait(folder, server)
    return folder


def _binaries() -> Path:
    on_path = shutil.which("initdb")
    for folder in (*_BINARIES, *([Path(on_path).parent] if on_path else [])):
        if (folder / "initdb").exists():
            return folder
    pytest.fail("PostgreSQL is missing: apt-get install postgresql", pytrace=False)


def _wait(folder: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            _order(folder, "SELECT 1")
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}", pytrace=False)


def _order(folder: Path, statement: str) -> None:
    with psycopg.connect(host=str(folder), user="postgres", autocommit=True) as connection:
        connection.execute(statement)


def _end(server: subprocess.Popen[bytes], folder: Path) -> None:
    server.send_signal(signal.SIGINT)  # "fast shutdown"
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    shutil.rmtree(folder, ignore_errors=True)
