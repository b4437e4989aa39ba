"""What an administrator types about LMSs, with a data folder of its own."""

import re
import socket
from collections.abc import Iterator
from contextlib import closing
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner, Result

from coursehub.adapters.clock import SystemClock
from coursehub.cli import app
from coursehub.launch.actions import deployments
from coursehub.model.institution import PlatformState
from coursehub.settings import Settings
from coursehub.store import Store
from tests.launch.discovery import Discovery

ISSUER = "https://moodle.example"
ENDPOINTS = (
    "--auth-login-url", f"{ISSUER}/auth", "--token-url", f"{ISSUER}/token",
    "--key-set-url", f"{ISSUER}/jwks",
)  # fmt: skip
IDENTITY = ("--client-id", "c1", "--institution", "North College", "--deployment", "1")
FILE = """
platforms:
  - family: moodle
    at: https://moodle.north.example/
    institution: North College
    client_id: abc
    deployments: ["1"]
  - family: canvas
    institution: South College
    client_id: "10000000000001"
    deployments: ["7:aa", "8:bb"]
"""
TOML = """
[[platforms]]
family = "d2l"
at = "https://east.brightspace.com"
institution = "East College"
client_id = "xyz"
"""


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


def run(*words: str | Path, data: Path, timeout_s: int = 60, private: bool = True) -> Result:
    environment = {
        "COLUMNS": "200",
        "COURSEHUB_REQUEST_TIMEOUT_S": str(timeout_s),
        "COURSEHUB_ALLOW_PRIVATE_PLATFORMS": str(private),
        "COURSEHUB_PUBLIC_URL": "https://hub.example",
    }
    line = [str(word) for word in ("platform", *words, "--data-dir", data)]
    return CliRunner().invoke(app, line, env=environment)


def said(result: Result, *parts: str, code: int = 0) -> None:
    assert result.exit_code == code, result.output
    plain = " ".join(result.output.split())
    assert not [part for part in parts if part not in plain], result.output
    assert "Traceback" not in result.output


def test_an_lms_is_registered_listed_and_registered_again(data: Path) -> None:
    said(run("list", data=data), "No LMS is registered yet")
    said(run("add", ISSUER, *IDENTITY, *ENDPOINTS, data=data), "is registered")
    said(run("add", ISSUER, *IDENTITY, *ENDPOINTS, data=data), "Nothing to change")
    more = ("--deployment", "2")
    said(run("add", ISSUER, *IDENTITY, *ENDPOINTS, *more, data=data), "is registered")
    said(run("list", data=data), ISSUER, "North College", "c1", "1, 2", "active")
    assert data.stat().st_mode & 0o077 == 0


def test_a_deployment_never_changes_its_school(data: Path) -> None:
    run("add", ISSUER, *IDENTITY, *ENDPOINTS, data=data)
    other = ("--client-id", "c1", "--institution", "South College", "--deployment", "1")
    result = run("add", ISSUER, *other, *ENDPOINTS, data=data)
    said(result, "registered for another institution", code=1)
    assert "South" not in run("list", data=data).output


def test_addresses_left_out_are_asked_of_the_lms(data: Path, lms: str) -> None:
    said(run("add", f"{lms}/good", *IDENTITY, data=data), "is registered")
    said(run("show", "1", data=data), f"{lms}/token", f"{lms}/jwks", f"{lms}/auth")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("missing", "publishes no OpenID configuration; give the addresses"),
        ("page", "is not the JSON that was expected"),
        ("half", "publishes no OpenID configuration"),
        ("huge", "too large"),
        ("elsewhere", "'http://evil.example/' must be an https address"),
        ("another", "calls itself https://evil.example"),
    ],
)
def test_an_lms_that_does_not_say_where_it_is(data: Path, lms: str, kind: str, told: str) -> None:
    said(run("add", f"{lms}/{kind}", *IDENTITY, data=data), told, code=1)
    said(run("list", data=data), "No LMS is registered yet")


def test_an_lms_inside_the_network_is_not_asked_unless_a_setting_says_so(
    data: Path, lms: str
) -> None:
    said(run("add", f"{lms}/good", *IDENTITY, data=data, private=False), "public https", code=1)
    inside = run("add", "https://10.0.0.1", *IDENTITY, data=data, private=False)
    said(inside, "COURSEHUB_ALLOW_PRIVATE_PLATFORMS", code=1)


def test_an_lms_that_is_silent_is_not_waited_for(data: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        issuer = f"http://127.0.0.1:{silent.getsockname()[1]}"
        result = run("add", issuer, *IDENTITY, data=data, timeout_s=1)
        said(result, "did not answer", code=1)


@pytest.mark.parametrize(
    "issuer",
    ["http://lms.example", "lms.example", "ftp://localhost/x", "https://[broken", "https://a b"],
)
def test_an_address_that_is_not_https_is_refused_before_it_is_asked(
    data: Path, issuer: str
) -> None:
    said(run("add", issuer, *IDENTITY, data=data), "must be an https", code=1)
    result = run("add", issuer, *IDENTITY, *ENDPOINTS, data=data)
    said(result, "must be an https", code=1)


@pytest.mark.parametrize(
    ("words", "addresses"),
    [
        (("moodle", "--at", "https://m.example/"), ("https://m.example/mod/lti/token.php",)),
        (
            ("canvas",),
            ("https://canvas.instructure.com", "https://sso.canvaslms.com/login/oauth2/token"),
        ),
        (
            ("canvas", "--at", "https://school.beta.instructure.com"),
            ("https://canvas.beta.instructure.com", "https://sso.beta.canvaslms.com/api/lti"),
        ),
        (
            ("blackboard",),
            ("https://blackboard.com", "/management/applications/c1/jwks.json", "oidcauth"),
        ),
        (
            ("d2l", "--at", "https://east.brightspace.com"),
            ("/d2l/lti/authenticate", "https://auth.brightspace.com/core/connect/token"),
        ),
        (
            ("sakai", "--at", "https://s.example", "--token-url", "https://s.example/token/3"),
            ("https://s.example/imsoidc/lti13/oidc_auth", "https://s.example/imsblis/lti13/keyset"),
        ),
    ],
)
def test_a_known_kind_of_lms_needs_few_words(
    data: Path, words: tuple[str, ...], addresses: tuple[str, ...]
) -> None:
    said(run("add", "--family", *words, *IDENTITY, data=data), "is registered")
    said(run("show", "1", data=data), *addresses)


def test_a_family_that_is_unknown_or_misplaced_is_said_to_be(data: Path) -> None:
    said(run("add", "--family", "webct", *IDENTITY, data=data), "there are canvas, moodle", code=1)
    at = ("--at", "http://moodle.example")
    said(run("add", "--family", "moodle", *at, *IDENTITY, data=data), "must be an https", code=1)


@pytest.mark.parametrize("text", [FILE, TOML])
def test_several_are_read_from_a_file_as_often_as_one_likes(
    data: Path, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "platforms"
    file.write_text(text)
    said(run("add", "--file", file, "--dry-run", data=data), "would be registered")
    said(run("list", data=data), "No LMS is registered yet")
    said(run("add", "--file", file, data=data), "is registered for")
    again = run("add", "--file", file, data=data)
    said(again, "Nothing to change")
    assert "is registered" not in again.output


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("platforms: [", "neither YAML nor TOML"),
        ("[[platforms]]\nx", "neither YAML nor TOML"),
        ("platforms: []", "platforms: List should have at least 1 item"),
        ("- 1", "the file: Input should be a valid dictionary"),
        ("platforms: [{institution: N, client_id: 1}]", "platforms.0.client_id: Input should be"),
        ("platforms: [{institution: N, client_id: a, evil: 1}]", "platforms.0.evil: Extra"),
        ("platforms: !!python/object:os.system {}", "neither YAML nor TOML"),
        ("#" * 300_000, "200 kB"),
    ],
)
def test_a_faulty_file_is_told_without_a_traceback(
    data: Path, tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "platforms.yml"
    file.write_text(text)
    said(run("add", "--file", file, data=data), told, code=1)


def test_one_faulty_lms_in_a_file_keeps_the_others_out(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "platforms.yml"
    file.write_text(FILE.replace('"10000000000001"', '"\\u2603"'))
    said(run("add", "--file", file, data=data), "client id", code=1)
    said(run("list", data=data), "No LMS is registered yet")
    said(run("add", "--file", tmp_path / "nowhere.yml", data=data), "cannot be read", code=2)
    said(run("add", ISSUER, "--file", file, data=data), "leave the rest out", code=2)


def test_a_link_is_made_and_withdrawn(data: Path) -> None:
    made = run("link", "--institution", "North College", data=data)
    said(made, "works once", "Link 1")
    address = r"https://hub\.example/services/coursehub/lti/register\?link=[\w-]{43}\n"
    assert re.search(address, made.output)
    said(run("revoke", "1", data=data), "withdrawn")
    said(run("revoke", "1", data=data), "Nothing to change")
    said(run("link", "--institution", "-", data=data), "Name the institution", code=1)
    said(run("link", "--institution", "N", "--hours", "0", data=data), "lives for", code=1)


def test_an_lms_is_switched_off_on_and_removed(data: Path) -> None:
    run("add", ISSUER, *IDENTITY, *ENDPOINTS, data=data)
    said(run("off", "1", data=data), "Its launches are refused.")
    said(run("off", "1", data=data), "Nothing to change.")
    said(run("show", "1", data=data), f"State: {PlatformState.OFF.value}", "Last launch: never")
    said(run("on", "1", data=data), "Its launches are let in.")
    said(run("refuse", "1", data=data), "approved already", code=1)
    said(run("approve", "1", data=data), "Nothing to change.")
    said(run("remove", "1", data=data), "The LMS is removed.")
    said(run("remove", "1", data=data), "Nothing to change.")
    said(run("show", "1", data=data), "no LMS of that number", code=1)


def test_a_deployment_that_waits_is_let_in(data: Path) -> None:
    run("add", ISSUER, *IDENTITY, *ENDPOINTS, data=data)
    store = Store(Settings(data_dir=data).database)
    deployments.see(store, SystemClock(), issuer=ISSUER, client_id="c1", deployment_id="d2")
    store.close()
    said(run("list", data=data), "1 (+1 to approve)")
    said(run("deployment", "add", "1", "d2", data=data), "Its launches are let in.")
    said(run("list", data=data), "1, d2")
    said(run("deployment", "remove", "1", "d2", data=data), "Its launches are refused.")
    said(run("deployment", "remove", "1", "d2", data=data), "Nothing to change.")


def test_the_addresses_that_an_lms_asks_for_are_shown(data: Path) -> None:
    said(
        run("urls", data=data),
        "https://hub.example/hub/lti13/oauth_login",
        "https://hub.example/hub/lti13/oauth_callback",
        "https://hub.example/services/coursehub/lti/jwks.json",
        "https://hub.example/hub/lti13/config",
    )
