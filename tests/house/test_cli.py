"""What an administrator does by hand, with a data folder of its own."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner, Result

from coursehub.cli import app
from coursehub.settings import Settings
from coursehub.store import Store
from tests.house.school import School

ISSUER = "https://moodle.example"
ENDPOINTS = (
    "--auth-login-url", f"{ISSUER}/auth", "--token-url", f"{ISSUER}/token",
    "--key-set-url", f"{ISSUER}/jwks",
)  # fmt: skip
IDENTITY = ("--client-id", "c1", "--institution", "North College", "--deployment", "1")


class Discovery(BaseHTTPRequestHandler):
    """LMSs that publish their OpenID configuration well, badly or not at all, by path."""

    def do_GET(self) -> None:
        base = f"http://{self.headers['Host']}"
        good = {
            "authorization_endpoint": f"{base}/auth",
            "token_endpoint": f"{base}/token",
            "jwks_uri": f"{base}/jwks",
        }
        kind = self.path.split("/")[1]
        bodies = {
            "good": json.dumps(good).encode(),
            "page": b"<html>Log in</html>",
            "half": b'{"token_endpoint": "x"}',
            "huge": b" " * 1_000_000,
            "elsewhere": json.dumps({**good, "token_endpoint": "http://evil.example/"}).encode(),
        }
        self.send_response(200 if kind in bodies else 404)
        self.end_headers()
        try:
            self.wfile.write(bodies.get(kind, b"not here"))
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
        """Nothing: a test's terminal is not an access log."""


@pytest.fixture(scope="module")
def lms() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Discovery) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def run(*words: str | Path, data: Path | None = None, timeout_s: int = 60) -> Result:
    given = ("--data-dir", data) if data else ()
    line = [str(word) for word in (*words, *given)]
    environment = {"COLUMNS": "200", "COURSEHUB_REQUEST_TIMEOUT_S": str(timeout_s)}
    return CliRunner().invoke(app, line, env=environment)


def said(result: Result, *parts: str, code: int = 0) -> None:
    assert result.exit_code == code, result.output
    plain = " ".join(result.output.split())
    assert not [part for part in parts if part not in plain], result.output
    assert "Traceback" not in result.output


def test_an_lms_is_registered_listed_and_registered_again(data: Path) -> None:
    said(run("platform", "list", data=data), "No LMS is registered yet")
    said(run("platform", "add", ISSUER, *IDENTITY, *ENDPOINTS, data=data), "is registered")
    said(run("platform", "add", ISSUER, *IDENTITY, *ENDPOINTS, data=data), "Nothing to change")
    more = ("--deployment", "2")
    said(run("platform", "add", ISSUER, *IDENTITY, *ENDPOINTS, *more, data=data), "is registered")
    said(run("platform", "list", data=data), ISSUER, "North College", "c1", "1, 2")
    assert data.stat().st_mode & 0o077 == 0


def test_an_lms_never_changes_its_school(data: Path) -> None:
    run("platform", "add", ISSUER, *IDENTITY, *ENDPOINTS, data=data)
    other = ("--client-id", "c1", "--institution", "South College", "--deployment", "1")
    result = run("platform", "add", ISSUER, *other, *ENDPOINTS, data=data)
    said(result, "registered for another institution", code=1)
    assert "South" not in run("platform", "list", data=data).output


def test_addresses_left_out_are_asked_of_the_lms(data: Path, lms: str) -> None:
    said(run("platform", "add", f"{lms}/good", *IDENTITY, data=data), "is registered")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("missing", "publishes no OpenID configuration; give --auth-login-url"),
        ("page", "publishes no OpenID configuration"),
        ("half", "publishes no OpenID configuration"),
        ("huge", "too large"),
        ("elsewhere", "'http://evil.example/' must be an https address"),
    ],
)
def test_an_lms_that_does_not_say_where_it_is(data: Path, lms: str, kind: str, told: str) -> None:
    said(run("platform", "add", f"{lms}/{kind}", *IDENTITY, data=data), told, code=1)
    said(run("platform", "list", data=data), "No LMS is registered yet")


def test_an_lms_that_is_silent_is_not_waited_for(data: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        issuer = f"http://127.0.0.1:{silent.getsockname()[1]}"
        result = run("platform", "add", issuer, *IDENTITY, data=data, timeout_s=1)
        said(result, "did not answer", code=1)


@pytest.mark.parametrize(
    "issuer",
    ["http://lms.example", "lms.example", "ftp://localhost/x", "https://[broken", "https://a b"],
)
def test_an_address_that_is_not_https_is_refused_before_it_is_asked(
    data: Path, issuer: str
) -> None:
    said(run("platform", "add", issuer, *IDENTITY, data=data), "must be an https", code=1)
    result = run("platform", "add", issuer, *IDENTITY, *ENDPOINTS, data=data)
    said(result, "must be an https", code=1)


def test_a_course_is_made_checked_and_applied(data: Path, tmp_path: Path) -> None:
    made = tmp_path / "course"
    said(run("course", "new", made, "--answers", '{"course_title": "Rides"}'), "The course is in")
    file = made / "course.yml"
    said(run("course", "check", file), "Rides: 3 modules, 2 assignments.")
    address = ("--materials", "https://git.example/data8.git")
    said(run("course", "apply", "data-8", file, *address, data=data), "Open it once", code=1)

    settings = Settings(data_dir=data)
    store = Store(settings.database)
    school = School(store=store, settings=settings)
    school.trust()
    school.come("t1")
    store.close()
    first = run("course", "apply", "data-8", file, *address, data=data)
    said(first, "8 changed, sources placed: ps1, ps2.")
    said(run("course", "apply", "data-8", file, *address, data=data), "nothing to change.")
    said(run("course", "apply", "data-8", file, data=data), "where their repository is", code=1)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    said(run("course", "new", tmp_path), "not empty", code=2)
    said(run("course", "new", tmp_path / "x", "--template", "../../etc"), "no template", code=2)
    said(run("course", "new", tmp_path / "x", "--answers", "{"), "Expecting", code=2)


def test_a_faulty_course_file_is_told_without_a_traceback(tmp_path: Path) -> None:
    file = tmp_path / "course.yml"
    file.write_text("title: X\nslug: x\nterm: {starts: 2027-02-30}")
    said(run("course", "check", file), "line 3, column 16", code=1)
    file.write_bytes(b"\xff\xfe\x00")
    said(run("course", "check", file), "cannot be read as text", code=2)
    said(run("course", "check", tmp_path), "cannot be read as text", code=2)
    said(run("course", "check", "/dev/zero"), "1 MB", code=1)


def test_the_database_is_brought_up_to_date_as_often_as_one_likes(data: Path) -> None:
    for _ in range(2):
        said(run("db", "upgrade", data=data), "up to date")


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ((), ("serve", "db", "platform", "course")),
        (("platform", "add"), ("--client-id", "--deployment", "OpenID configuration")),
        (("course", "apply"), ("--materials", "--data-dir")),
        (("serve",), ("--only", "launch, roster")),
    ],
)
def test_help_says_what_there_is(words: tuple[str, ...], parts: tuple[str, ...]) -> None:
    said(run(*words, "--help"), *parts)


def test_a_service_that_there_is_not_cannot_be_served(data: Path) -> None:
    said(run("serve", "--only", "astrology", data=data), "no such service", code=2)


def test_the_module_is_the_same_command(data: Path) -> None:
    """As JupyterHub calls it; our own errors end it with a sentence and 1."""
    line = [sys.executable, "-m", "coursehub", "platform", "add", "http://lms.example", *IDENTITY]
    done = subprocess.run(
        [*line, "--data-dir", str(data)],
        capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ),
    )  # fmt: skip
    assert done.returncode == 1
    assert "must be an https address" in done.stderr
    assert "Traceback" not in done.stderr
