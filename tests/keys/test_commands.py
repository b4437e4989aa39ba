"""`coursehub keys`, beside a service that runs and is never started anew."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from coursehub.adapters.keys import ToolKeys
from coursehub.cli import app
from tests.keys.holders import MONDAY, Reader, Watch, files, signer

DEADLINE_S = 60.0


@dataclass(frozen=True)
class Administrator:
    """Someone at the service's terminal, who can also see what LMSs see."""

    data: Path
    url: str = ""

    def types(self, *words: str, code: int = 0, **settings: str) -> str:
        """What `coursehub keys ...` answers, on both channels."""
        line = ["keys", *words, "--data-dir", str(self.data)]
        done = CliRunner().invoke(app, line, env={"COLUMNS": "200", **settings})
        assert done.exit_code == code, done.output
        return done.output

    def rotates_in_a_process_of_its_own(self) -> str:
        """The same, as a shell runs it."""
        return subprocess.run(
            [sys.executable, "-m", "coursehub", "keys", "rotate"],
            env=environment(self.data),
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=True,
        ).stdout

    def published(self) -> list[str]:
        """The kids that the running service publishes."""
        reply = httpx.get(f"{self.url}/services/coursehub/lti/jwks.json", timeout=20)
        return [key["kid"] for key in reply.raise_for_status().json()["keys"]]

    def keys(self) -> ToolKeys:
        """The service's keys, as another process of it would hold them."""
        return ToolKeys(self.data / "keys")


def environment(data: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return kept | {"COURSEHUB_DATA_DIR": str(data), "COLUMNS": "200"}


def answering(url: str, service: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + DEADLINE_S
    while time.monotonic() < give_up and service.poll() is None:
        try:
            httpx.get(f"{url}/services/coursehub/health/live", timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the service never answered")


@pytest.fixture(scope="module")
def administrator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Administrator]:
    """A service as `coursehub serve` runs it."""
    data = tmp_path_factory.mktemp("service") / "data"
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    service = subprocess.Popen(
        [sys.executable, "-m", "coursehub", "serve"],
        env=environment(data)
        | {
            "JUPYTERHUB_SERVICE_URL": url,
            "JUPYTERHUB_API_TOKEN": "the-service-s-own",
            "JUPYTERHUB_API_URL": "http://127.0.0.1:9/hub/api",
        },
        stdout=subprocess.DEVNULL,
    )
    try:
        answering(url, service)
        yield Administrator(data, url)
    finally:
        service.terminate()
        try:
            service.wait(20)
        except subprocess.TimeoutExpired:
            service.kill()
            service.wait()


def test_a_running_service_follows_every_rotation(administrator: Administrator) -> None:
    (old,) = administrator.published()
    token = administrator.keys().sign(Watch(moment=MONDAY).claims())
    assert signer(token) == old

    said = administrator.rotates_in_a_process_of_its_own()
    old_and_new = administrator.published()
    assert old_and_new[0] == old
    (new,) = set(old_and_new) - {old}
    assert f"The new key is {new}" in said
    assert "published now and signs from" in said
    assert signer(administrator.keys().sign(Watch().claims())) == old
    assert "key-waiting" in administrator.types("rotate", "--after", "48", code=1)

    said = administrator.types("rotate", "--now")
    assert f"The key that waited is {new}" in said
    assert signer(administrator.keys().sign(Watch().claims())) == new
    assert administrator.published() == [old, new]
    platform = Reader(Watch())
    platform.fetch(administrator.keys())
    assert platform.believes(token)

    said = administrator.types("rotate", "--now", "--revoke")
    (last,) = administrator.published()
    assert last not in {old, new}
    assert "Withdrawn and deleted: 2" in said
    platform.fetch(administrator.keys())
    assert not platform.believes(token)


def test_the_list_tells_each_keys_life(administrator: Administrator) -> None:
    first = administrator.published()[-1]
    assert "until the next rotation" in administrator.types("list")
    administrator.types("rotate", "--now")
    administrator.types("rotate", "--after", "2.5")
    kids = administrator.published()
    lines = administrator.types("list").splitlines()
    assert [line.split() for line in lines[::2]] == [
        ["retired", first], ["active", kids[1]], ["next", kids[2]],
    ]  # fmt: skip
    assert "then deleted" in lines[1]
    assert "then published for 25 hours more" in lines[3]
    assert "signs from" in lines[5]


def test_a_broken_key_is_told_to_the_administrator(tmp_path: Path) -> None:
    keys = ToolKeys(tmp_path / "keys")
    kid = keys.signing().kid
    (name,) = files(tmp_path / "keys")
    (tmp_path / "keys" / name).write_text("-----BEGIN PRIVATE KEY-----\n")
    said = Administrator(tmp_path).types("list", code=1)
    assert f"active   {kid}" in said
    assert "[key-broken]" in said
    assert "Restore it from a backup" in said


def test_the_commands_refuse_what_makes_no_sense(tmp_path: Path) -> None:
    nobody = Administrator(tmp_path)
    assert "--data-dir" in nobody.types("rotate", code=1)
    assert not (tmp_path / "keys" / "tool.pem").exists()
    for words in (["--now", "--after", "3"], ["--revoke"], ["--after", "-1"], ["--after", "nan"]):
        nobody.types("rotate", *words, code=2)


def test_the_passphrase_of_the_settings_locks_new_keys(tmp_path: Path) -> None:
    ToolKeys(tmp_path / "keys").signing()
    secret = "correct horse battery staple"
    here = Administrator(tmp_path)
    said = here.types("rotate", "--now", "--revoke", COURSEHUB_KEY_PASSPHRASE=secret)
    (name,) = files(tmp_path / "keys")
    assert "ENCRYPTED" in (tmp_path / "keys" / name).read_text()
    assert "until the next rotation" in here.types("list", COURSEHUB_KEY_PASSPHRASE=secret)
    assert "[key-passphrase]" in here.types("rotate", code=1)
    assert secret not in said


def test_both_commands_explain_themselves(tmp_path: Path) -> None:
    said = Administrator(tmp_path).types("rotate", "--help")
    for example in ("coursehub keys rotate --after 48", "coursehub keys rotate --now --revoke"):
        assert example in said
    assert "coursehub keys list" in Administrator(tmp_path).types("list", "--help")
