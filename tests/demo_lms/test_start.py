"""Starting, stopping and starting again, by the command that people type."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from coursehub_demo_lms.app import build
from coursehub_demo_lms.seen import SeenOnce
from coursehub_demo_lms.snapshot import Unreadable
from tools import ports

COMMAND = [sys.executable, "-c", "from coursehub_demo_lms.cli import app; app()", "serve"]


@contextmanager
def started(*options: str, log: Path) -> Iterator[httpx.Client]:
    """The command, answering; stopped by an interrupt as a person would."""
    (port,) = ports.free(1)
    url = f"http://127.0.0.1:{port}"
    with log.open("w") as output:
        process = subprocess.Popen(
            [*COMMAND, "--port", str(port), *options], stdout=output, stderr=subprocess.STDOUT
        )
    try:
        with httpx.Client(base_url=url, timeout=30, verify=False) as http:
            wait_for(http, process)
            yield http
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
    finally:
        process.kill()
        process.wait(timeout=10)


def wait_for(http: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the demo LMS ended at once"
        try:
            http.get("/health").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the demo LMS did not answer")


def line_items(http: httpx.Client) -> list[tuple[str, str, float]]:
    found = http.get("/api/gradebook/data8-autumn").json()["line_items"]
    return [(item["id"], item["label"], item["maximum"]) for item in found]


def test_a_second_start_knows_keys_people_links_and_tool(tmp_path: Path) -> None:
    state, log = tmp_path / "state", tmp_path / "log"
    people = "/api/courses/data8-autumn/people"
    with started("--state", str(state), "--tool-url", "http://hub.example", log=log) as http:
        keys = http.get("/jwks").json()
        http.post(people, json={"id": "77", "given_name": "New", "role": "TeachingAssistant"})
        link = {"title": "Extra", "custom": {"a": "b"}, "line_item": {"label": "E", "maximum": 5}}
        assert http.post("/api/courses/data8-autumn/links", json=link).status_code == 201
        courses = http.get("/api/courses").json()
        items = line_items(http)
    kept = state / "demo-lms.json"
    assert kept.stat().st_mode & 0o077 == 0
    with started("--state", str(state), log=log) as http:
        assert http.get("/jwks").json() == keys
        assert http.get("/api/courses").json() == courses
        assert line_items(http) == items
        assert "http://hub.example/hub/lti13/oauth_login" in http.get("/registration").text


def test_requests_are_logged_without_what_is_secret_in_them(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with started("--log-requests", log=log) as http:
        http.get("/auth", params={"login_hint": "secret-hint", "nonce": "secret-nonce"})
        http.get("/nrps/data8-autumn/members", headers={"Authorization": "Bearer secret-token"})
    text = log.read_text()
    assert "GET /auth 400" in text
    assert "secret" not in text


def test_a_snapshot_that_cannot_be_read_is_said_and_kept(tmp_path: Path) -> None:
    kept = tmp_path / "demo-lms.json"
    for broken in ("{", "[]", "{}", json.dumps({"format": 99})):
        kept.write_text(broken)
        with pytest.raises(Unreadable, match=re.escape(str(kept))):
            build(issuer="http://lms.example", state_dir=tmp_path)
        assert kept.read_text() == broken


def test_importing_the_package_starts_and_imports_nothing_of_the_hub() -> None:
    code = (
        "import coursehub_demo_lms.cli, sys;"
        "print([m for m in sys.modules if m.split('.')[0] in"
        " ('coursehub', 'coursehub_auth', 'jupyterhub')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_what_may_be_used_once_is_remembered_without_growing_for_ever() -> None:
    now = [0.0]
    seen = SeenOnce(lambda: now[0], size=2)
    assert seen.first_time("a", until=10)
    assert not seen.first_time("a", until=10)
    assert seen.first_time("b", until=20)
    assert not seen.first_time("c", until=20), "full of living values: refuse, forget nothing"
    now[0] = 11
    assert seen.first_time("c", until=20)
    assert not seen.first_time("b", until=20)
