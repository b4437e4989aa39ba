"""Formgrader's Autograde button in a real Jupyter Server, before the real service."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from coursehub.errors import Invalid
from coursehub_lab import grader
from tests.grading.campus import Campus
from tests.grading.desk_clerks import open_campus, schedule
from tools import ports

ETC = Path(grader.__file__).resolve().parent / "etc/grader"
TOKEN = "a-token-of-this-test"


@dataclass
class GraderServer:
    """The course's grader server, and someone of the staff in formgrader."""

    http: httpx.Client

    def autograde(self, student: str, *, assignment: str = "ps1") -> dict[str, Any]:
        path = f"formgrader/api/submission/{assignment}/{student}/autograde"
        answer = self.http.post(path, timeout=120)
        assert answer.status_code == 200, answer.text
        outcome: dict[str, Any] = answer.json()
        return outcome


def environment(base: str, home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "COURSEHUB"))}
    return {
        **kept,
        "HOME": str(home),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "JUPYTER_CONFIG_PATH": str(ETC),
        "COURSEHUB_URL": base,
        "COURSEHUB_COURSE": "data8",
        "JUPYTERHUB_API_TOKEN": "grader-data8",
    }


@contextmanager
def running(base: str, home: Path) -> Iterator[GraderServer]:
    """The server, started with the configuration that graders get."""
    (home / "course" / "source").mkdir(parents=True)
    (port,) = ports.free(1)
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"]
    options = [f"--ServerApp.port={port}", f"--IdentityProvider.token={TOKEN}"]
    options.append("--ServerApp.port_retries=0")
    process = subprocess.Popen([*command, *options], cwd=home, env=environment(base, home))
    try:
        url = f"http://127.0.0.1:{port}/"
        headers = {"Authorization": f"token {TOKEN}"}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as http:
            _until_up(process, http)
            yield GraderServer(http)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)


def _until_up(process: subprocess.Popen[bytes], http: httpx.Client) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended at its start"
        try:
            if http.get("api/status", timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the server did not start in time")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[Campus, str]]:
    (tmp_path / "service").mkdir()
    with open_campus(tmp_path / "service", "ada", "bob") as found:
        yield found


def test_the_button_runs_the_service_s_engine_and_waits_for_it(
    service: tuple[Campus, str], tmp_path: Path
) -> None:
    campus, base = service
    campus.submit("ada")
    campus.submit("bob")
    campus.grader.failures = {"bob": [Invalid("notebook-missing", "ps1.ipynb is missing.")]}
    with running(base, tmp_path / "home") as server:
        assert server.http.get("formgrader/manage_assignments").is_success
        assert server.http.get("formgrader/api/assignments").json() == []
        with schedule(campus):
            good = server.autograde("ada")
            bad = server.autograde("bob")
            nothing = server.autograde("eve")
            unknown = server.autograde("ada", assignment="ps9")
    assert (good["success"], campus.job("ada").state) == (True, "done")
    assert [one.student for one in campus.grader.requests] == ["ada", "bob"]
    assert bad == {"success": False, "log": "ps1.ipynb is missing."}
    assert nothing["success"] is False
    assert "eve has not handed in ps1" in nothing["log"]
    assert "'ps9'" in unknown["log"]


def test_the_server_answers_others_while_the_button_waits(
    service: tuple[Campus, str], tmp_path: Path
) -> None:
    campus, base = service
    campus.submit("ada")
    outcome: dict[str, Any] = {}
    with running(base, tmp_path / "home") as server:
        waiting = threading.Thread(target=lambda: outcome.update(server.autograde("ada")))
        waiting.start()
        until = time.monotonic() + 60
        while not campus.jobs():  # what the button asked for has reached the service
            assert time.monotonic() < until, "the button asked for nothing"
            time.sleep(0.1)
        headers = server.http.headers
        with httpx.Client(base_url=server.http.base_url, headers=headers, timeout=30) as other:
            assert other.get("api/status").is_success
        assert outcome == {}
        with schedule(campus):
            waiting.join(timeout=120)
    assert outcome["success"] is True


def test_nobody_without_a_login_may_press_it(service: tuple[Campus, str], tmp_path: Path) -> None:
    campus, base = service
    campus.submit("ada")
    with running(base, tmp_path / "home") as server:
        address = f"{server.http.base_url}formgrader/api/submission/ps1/ada/autograde"
        assert httpx.post(address, timeout=60).status_code == 403
    assert campus.jobs() == {}


def test_the_waiting_ends_though_the_grading_does_not(
    service: tuple[Campus, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campus, base = service
    campus.submit("ada")
    for name, value in environment(base, tmp_path).items():
        monkeypatch.setenv(name, value)
    outcome = asyncio.run(grader.autograde("ps1", "ada", longest_s=0.3, pause_s=0.1))
    assert outcome["success"] is False
    assert "goes on in the course service" in outcome["log"]
    assert campus.job("ada").state == "waiting"


def test_a_service_that_is_down_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment("http://127.0.0.1:9/", tmp_path).items():
        monkeypatch.setenv(name, value)
    outcome = asyncio.run(grader.autograde("ps1", "ada"))
    assert outcome["success"] is False
    assert "cannot be reached" in outcome["log"]


def configured(question: str, home: Path) -> str:
    """What a server that has read the graders' configuration prints."""
    program = (
        "from jupyter_server.serverapp import ServerApp\n"
        "from jupyterhub.services.auth import HubOAuth\n"
        "app = ServerApp()\n"
        "app.load_config_file()\n"
        f"print({question})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment("http://127.0.0.1:9/", home),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def test_whoever_leaves_the_staff_is_out_within_seconds(tmp_path: Path) -> None:
    """That long the server believes what the Hub said of someone."""
    assert int(configured("HubOAuth(parent=app).cache_max_age", tmp_path)) <= 10


def test_the_grader_s_own_lab_may_show_formgrader_in_a_frame(tmp_path: Path) -> None:
    """JupyterHub forbids frames unless the settings say otherwise."""
    headers = configured("app.tornado_settings['headers']", tmp_path)
    assert "frame-ancestors 'self'" in headers
