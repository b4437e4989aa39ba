"""An administrator at a terminal, who has told the command where the data folder is and no more."""

import asyncio
import json
import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from typer.testing import CliRunner, Result

from coursehub import app as composition
from coursehub import migrations
from coursehub.cli import app
from coursehub.launch.actions.registration import whereabouts
from coursehub.settings import Settings
from coursehub.store import Store
from tests.auth.live import LiveHub, live_hub
from tests.launch.registry import BROWSER
from tools import ports

PUBLIC = "https://hub.college.example"
LINK = ("link", "--institution", "North College")
SPEAKING = (LINK, ("urls",), ("add-lti11", "Old Moodle", "--institution", "North College"))
BELOW = {
    "JUPYTERHUB_BASE_URL": "/jh/",
    "JUPYTERHUB_SERVICE_PREFIX": "/jh/services/coursehub/",
}
QUIET = dict.fromkeys(
    (*BELOW, "COURSEHUB_PUBLIC_URL", "COURSEHUB_DATA_DIR", "JUPYTERHUB_PUBLIC_HUB_URL")
)
Serve = Callable[..., Path]
CONFIG = """
import coursehub
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
coursehub.setup(c, data_dir="data", port={port})
c.JupyterHub.public_url = "{public}/jh/"  # as a file that TLJH loads after its plugins
"""


def run(data: Path, *words: str, **told: str) -> Result:
    line = ["platform", *words, "--data-dir", str(data)]
    return CliRunner().invoke(app, line, env={**QUIET, "COLUMNS": "200", **told})


async def _begun(service: FastAPI) -> None:
    async with service.router.lifespan_context(service):
        assert service.routes


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """A service that starts with this in its environment, and stops."""

    def started(**environment: str) -> Path:
        with monkeypatch.context() as once:
            for name, value in {"JUPYTERHUB_API_TOKEN": "whisper", **environment}.items():
                once.setenv(name, value)
            settings = Settings(data_dir=tmp_path)
        store = Store(settings.database)
        migrations.upgrade(store.engine)
        asyncio.run(_begun(composition.build(settings, store, services=("launch",))))
        store.close()
        return tmp_path

    return started


@pytest.mark.parametrize("words", SPEAKING)
def test_no_address_is_made_up_where_nobody_knows_it(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    data = tmp_path / "data"
    result = run(data, *words)
    assert result.exit_code == 1, result.output
    assert "127.0.0.1" not in result.output
    for named in ("--data-dir", "coursehub.setup(c, public_url=", "COURSEHUB_PUBLIC_URL"):
        assert named in result.output
    assert not data.exists()


def test_commands_name_the_addresses_that_the_service_was_told(serve: Serve) -> None:
    data = serve(COURSEHUB_PUBLIC_URL=PUBLIC, **BELOW)
    link, urls, old = (run(data, *words).output for words in SPEAKING)
    assert f"{PUBLIC}/jh/services/coursehub/lti/register?link=" in link
    assert f"{PUBLIC}/jh/hub/lti13/oauth_login" in urls
    assert f"{PUBLIC}/jh/services/coursehub/lti/jwks.json" in urls
    assert f"{PUBLIC}/jh/hub/lti/launch" in old
    assert "127.0.0.1" not in link + urls + old


def test_what_the_service_leaves_is_whole_and_its_owner_s_and_no_secret(serve: Serve) -> None:
    data = serve(COURSEHUB_PUBLIC_URL=PUBLIC, COURSEHUB_HUB_TOKEN="whisper", **BELOW)
    file = data / whereabouts.FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text()) == {
        "public_url": PUBLIC,
        "hub_base_url": "/jh/",
        "prefix": "/jh/services/coursehub/",
    }
    serve(COURSEHUB_PUBLIC_URL="https://moved.example")
    assert "https://moved.example/hub/lti13" in run(data, "urls").output
    assert not list(data.glob(".addresses*"))


def test_the_command_s_own_public_address_wins(serve: Serve) -> None:
    data = serve(COURSEHUB_PUBLIC_URL=PUBLIC, **BELOW)
    said = run(data, "urls", COURSEHUB_PUBLIC_URL="https://other.example").output
    assert "https://other.example/jh/hub/lti13/oauth_login" in said
    assert PUBLIC not in said


def test_a_terminal_on_the_hub_does_not_lead_links_to_a_person_s_server(
    serve: Serve, tmp_path: Path
) -> None:
    terminal = {"JUPYTERHUB_BASE_URL": "/jh/", "JUPYTERHUB_SERVICE_PREFIX": "/jh/user/ada/"}
    for data in (serve(COURSEHUB_PUBLIC_URL=PUBLIC, **BELOW), tmp_path / "new"):
        said = run(data, *LINK, COURSEHUB_PUBLIC_URL=PUBLIC, **terminal).output
        assert f"{PUBLIC}/jh/services/coursehub/lti/register?link=" in said


@pytest.mark.parametrize("told", [{"COURSEHUB_PUBLIC_URL": "http://127.0.0.1:8123"}, {}])
def test_a_loopback_address_is_named_to_those_alone_who_ask_for_it(
    serve: Serve, told: dict[str, str]
) -> None:
    data = serve(**told)
    for words in SPEAKING:
        result = run(data, *words)
        assert result.exit_code == 1, result.output
        assert "COURSEHUB_PUBLIC_URL" in result.output
        assert "lti" not in result.output.replace("lti11", "")
    asked = run(data, "urls", COURSEHUB_PUBLIC_URL="http://127.0.0.1:8123").output
    assert "http://127.0.0.1:8123/hub/lti13/oauth_login" in asked


@pytest.mark.parametrize("text", ["", "{", "[]", '{"public_url": 5}', "[" * 9000, "\ud800"])
def test_a_file_that_is_damaged_is_as_if_it_were_not_there(tmp_path: Path, text: str) -> None:
    (tmp_path / whereabouts.FILE).write_text(text, errors="surrogatepass")
    result = run(tmp_path, "urls")
    assert result.exit_code == 1
    assert "is not known here" in result.output


@dataclass(frozen=True)
class Administrator:
    """Someone at a shell on the Hub's machine, who was told where the data folder is."""

    data: Path

    def types(self, *words: str) -> str:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return subprocess.run(
            [sys.executable, "-m", "coursehub", "platform", *words],
            env={**kept, "COURSEHUB_DATA_DIR": str(self.data)},
            cwd=self.data,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHub]:
    """A Hub below a base path, whose public address is set after coursehub.setup()."""
    folder: Path = tmp_path_factory.mktemp("public")
    config = CONFIG.format(port=ports.free(1)[0], public=PUBLIC)
    with live_hub(folder, config, base_url="/jh/") as found:
        _wait_for(f"{found.origin}/jh/services/coursehub/health/ready")
        yield found


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if httpx.get(url, trust_env=False, timeout=20).status_code == 200:
            return
        time.sleep(0.2)
    raise AssertionError(f"{url} did not become ready.")


@pytest.mark.hub
def test_a_link_made_at_a_terminal_leads_to_the_live_hub(hub: LiveHub) -> None:
    made = Administrator(hub.folder / "data").types(*LINK).strip()
    assert re.fullmatch(rf"{PUBLIC}/jh/services/coursehub/lti/register\?link=[\w-]{{43}}", made)
    page = httpx.get(made.replace(PUBLIC, hub.origin), headers=BROWSER, trust_env=False)
    assert "This link is for your LMS" in page.text


@pytest.mark.hub
def test_every_address_told_at_a_terminal_is_there_on_the_live_hub(hub: LiveHub) -> None:
    told = [line.strip() for line in Administrator(hub.folder / "data").types("urls").split("\n")]
    addresses = [line for line in told if line.startswith("http")]
    assert len(addresses) == 6
    for address in addresses:
        assert address.startswith(f"{PUBLIC}/jh/")
        reply = httpx.get(address.replace(PUBLIC, hub.origin), trust_env=False, timeout=30)
        assert reply.status_code != 404, address
