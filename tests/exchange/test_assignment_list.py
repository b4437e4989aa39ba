"""Nbgrader's assignment list in a student's own Jupyter server, driven as its page drives it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.exchange.actors import Seat, tar_of
from tests.exchange.conftest import Seats, Service
from tools import ports


@dataclass
class AssignmentList:
    """The JSON that the page lives on."""

    url: str

    def load(self, course: str = "ds1") -> dict[str, Any]:
        return self._json(httpx.get(f"{self.url}/assignments?course_id={course}", timeout=60))

    def courses(self) -> dict[str, Any]:
        return self._json(httpx.get(f"{self.url}/courses", timeout=60))

    def click(self, action: str, assignment: str = "ps1") -> dict[str, Any]:
        body = {"course_id": "ds1", "assignment_id": assignment}
        return self._json(httpx.post(f"{self.url}/assignments/{action}", json=body, timeout=60))

    def _json(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
def ada(service: Service, seats: Seats) -> Seat:
    service.start()
    files = {"ps1.ipynb": b'{"cells": []}', "data.csv": b"1,2\n"}
    assert service.caller("grace").release("ps1", files).status_code == 200
    return seats.of("ada")


@pytest.fixture
def page(ada: Seat) -> Iterator[AssignmentList]:
    (port,) = ports.free(1)
    arguments = [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--no-browser"]
    arguments += ["--allow-root", "--IdentityProvider.token="]
    arguments += ["--ServerApp.disable_check_xsrf=True"]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", "--ServerApp.ip=127.0.0.1", *arguments],
        cwd=ada.home,
        env=ada.environment,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and server.poll() is None:
            try:
                httpx.get(f"{url}/api/status", timeout=5).raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.2)
        else:
            pytest.fail("the student's server did not start")
        yield AssignmentList(url)
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def test_a_student_lists_fetches_submits_and_gets_feedback(
    page: AssignmentList, ada: Seat, service: Service
) -> None:
    assert page.courses() == {"success": True, "value": ["ds1"]}
    (released,) = page.load()["value"]
    assert (released["assignment_id"], released["status"]) == ("ps1", "released")
    assert [each["notebook_id"] for each in released["notebooks"]] == ["ps1"]

    (fetched,) = page.click("fetch")["value"]
    assert (fetched["status"], fetched["path"]) == ("fetched", "ds1/ps1")
    assert fetched["notebooks"] == [{"notebook_id": "ps1", "path": "ds1/ps1/ps1.ipynb"}]
    assert (ada.home / "ds1" / "ps1" / "data.csv").is_file()

    _, submitted = page.click("submit")["value"]
    (version,) = submitted["submissions"]
    assert (submitted["status"], submitted["student_id"]) == ("submitted", "ada")
    assert not version["has_exchange_feedback"]

    put = "courses/ds1/assignments/ps1/feedback/ada"
    feedback = tar_of({"ps1.html": b"<p>well done"})
    assert service.caller("grace").ask("PUT", put, content=feedback).status_code == 200
    assert page.load()["value"][1]["submissions"][0]["has_exchange_feedback"]
    (version,) = page.click("fetch_feedback")["value"][1]["submissions"]
    assert version["has_local_feedback"]
    assert not version["feedback_updated"]
    html = ada.home / version["local_feedback_path"] / "ps1.html"
    assert html.read_text() == "<p>well done"

    feedback = tar_of({"ps1.html": b"<p>very well done"})
    service.caller("grace").ask("PUT", put, content=feedback)
    assert page.load()["value"][1]["submissions"][0]["feedback_updated"]


def test_what_fails_is_said_in_a_sentence(page: AssignmentList, service: Service) -> None:
    failed = page.click("submit")
    assert failed["success"] is False
    assert failed["value"].startswith("There is no folder 'ps1' here.")
    failed = page.click("fetch", "ps2")
    assert failed == {
        "success": False,
        "value": "ps2 is not released in ds1. Released are: ps1.",
    }
    assert page.load()["success"]

    service.kill()
    for answer in (page.load(), page.click("fetch"), page.load()):
        assert answer["success"] is False
        assert "cannot be reached" in answer["value"]
        assert "Traceback" not in json.dumps(answer)
    service.start()
    assert page.load()["success"]
