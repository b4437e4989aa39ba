"""
A real JupyterHub for tests, with its proxy, in a folder of its own.

`with live_hub(folder, config) as hub:` gives a healthy Hub; `config` is more
of jupyterhub_config.py. It ends with all it started, whatever happens.
"""

import contextlib
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from tools import ports, proxy

START_S = 120
STOP_S = 20

CONFIG = """\
c.JupyterHub.bind_url = "{origin}{base_url}"
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.db_url = "sqlite:///hub.sqlite"
c.JupyterHub.cleanup_servers = True
c.LtiDoor.allow_private_platforms = True
c.JupyterHub.spawner_class = "simple"
c.Spawner.args = ["--allow-root"]
c.ConfigurableHTTPProxy.command = {proxy!r}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.pid_file = "proxy.pid"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveHub:
    """A running Hub: its public address, its own folder and its log."""

    origin: str
    folder: Path
    pid: int
    base_url: str = "/"

    @property
    def hub_url(self) -> str:
        return f"{self.origin}{self.base_url}hub/"

    @property
    def log(self) -> str:
        return (self.folder / "hub.log").read_text(errors="replace")


@contextlib.contextmanager
def live_hub(
    folder: Path,
    config: str,
    *,
    base_url: str = "/",
    environment: Mapping[str, str] | None = None,
    certificate: Path | None = None,
) -> Iterator[LiveHub]:
    """
    A Hub that answers /hub/health; its processes end with the block.

    With a certificate (and its key in the same file) it is a Hub on https.
    """
    port, hub_port, api_port = ports.free(3)
    origin = f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
    written = CONFIG.format(
        origin=origin,
        base_url=base_url,
        hub_port=hub_port,
        api_port=api_port,
        proxy=proxy.command(),
    )
    if certificate:
        written += f'c.JupyterHub.ssl_cert = c.JupyterHub.ssl_key = "{certificate}"\n'
    (folder / "jupyterhub_config.py").write_text(f"c = get_config()\n{written}{config}")
    with (folder / "hub.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"],
            cwd=folder,
            env={**os.environ, "COURSEHUB_ALLOW_PRIVATE_PLATFORMS": "1", **(environment or {})},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    hub = LiveHub(origin=origin, folder=folder, pid=process.pid, base_url=base_url)
    try:
        _wait(process, hub, ssl.create_default_context(cafile=certificate))
        yield hub
    finally:
        _end(process)
        _end_proxy(folder)


def _wait(process: subprocess.Popen[bytes], hub: LiveHub, trust: ssl.SSLContext) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            url = f"{hub.hub_url}health"
            if httpx.get(url, trust_env=False, verify=trust).status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"The Hub did not start:\n{hub.log[-4000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """The Hub asked to stop, then its whole session ended."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(STOP_S)


def _end_proxy(folder: Path) -> None:
    """The proxy of a Hub that was killed: it has a session of its own, and outlives it."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int((folder / "proxy.pid").read_text()), signal.SIGKILL)
