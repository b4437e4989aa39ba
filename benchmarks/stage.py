"""The processes of a benchmark; whatever happens, all of them end with its stage."""

import ctypes
import os
import secrets
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx
import psutil

ROOT: Final = Path(__file__).resolve().parent.parent
START_S: Final = 60.0
STOP_S: Final = 20.0
PR_SET_CHILD_SUBREAPER: Final = 36  # linux/prctl.h


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """A running Hub of one side, with its proxy and whatever it started."""

    side: str
    url: str
    folder: Path
    token: str


@dataclass(slots=True, kw_only=True)
class Processes:
    """What runs in a folder until its block ends."""

    folder: Path
    _ended: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        # A proxy or a service whose Hub died becomes our child, so that it ends with us.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._ended.callback(end_all)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.close()

    def start_hub(self, side: str, config: Path, environment: dict[str, str]) -> Hub:
        """A Hub of that side, from an empty database; `ours` has the service beside it."""
        folder = self.hub_folder(side)
        hub_port, api, proxy, service = free_ports(4)
        hub = Hub(
            side=side,
            url=f"http://127.0.0.1:{hub_port}",
            folder=folder,
            token=secrets.token_urlsafe(24),
        )
        told = {
            "BENCH_SIDE": side,
            "BENCH_FOLDER": str(folder),
            "BENCH_TOKEN": hub.token,
            "BENCH_HUB_PORT": str(hub_port),
            "BENCH_API_PORT": str(api),
            "BENCH_PROXY_PORT": str(proxy),
            "BENCH_SERVICE_PORT": str(service),
        }
        ready = [f"{hub.url}/hub/health"]
        if side == "ours":
            ready.append(f"{hub.url}/services/coursehub/health/ready")
        words = ["jupyterhub", "-f", str(config)]
        self.start(side, words, {**told, **environment}, ready=ready)
        return hub

    def hub_folder(self, side: str) -> Path:
        """That side's own folder, made if it is not there."""
        folder = self.folder / side
        folder.mkdir(exist_ok=True)
        return folder

    def register(self, issuer: str, *, client_id: str, deployment: str) -> None:
        """Nothing; our side's service will trust that LMS."""
        subprocess.run(  # noqa: S603 - our own words
            [
                sys.executable, "-m", "coursehub", "platform", "add", issuer,
                "--client-id", client_id, "--deployment", deployment,
                "--institution", "Bench College",
                "--data-dir", str(self.hub_folder("ours") / "coursehub"),
            ],
            cwd=ROOT, check=True, timeout=START_S, stdout=subprocess.DEVNULL,
            env={**os.environ, "COURSEHUB_ALLOW_PRIVATE_PLATFORMS": "true"},
        )  # fmt: skip

    def start(
        self, name: str, words: list[str], environment: dict[str, str], *, ready: list[str]
    ) -> None:
        """Nothing; the Python program runs, and all its addresses answer."""
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own words
                [sys.executable, "-m", *words], cwd=ROOT, env={**os.environ, **environment},
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        self._ended.callback(end, process)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(httpx.HTTPError):
                while ready and httpx.get(ready[0], timeout=5, trust_env=False).is_success:
                    ready = ready[1:]
            if not ready:
                return
            time.sleep(0.1)
        raise RuntimeError(f"{name} did not start:\n{log.read_text(errors='replace')[-3000:]}")


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on, each another."""
    with ExitStack() as held:
        sockets = [held.enter_context(closing(socket.socket())) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to stop, and wait until it has."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_S)


def end_all() -> None:
    """End whatever is still there of all that was started."""
    left = psutil.Process().children(recursive=True)
    for one in left:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(left, timeout=STOP_S)
