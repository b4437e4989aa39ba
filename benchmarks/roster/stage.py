"""The LMS and the Hubs of the benchmark; whatever happens, all of them end with the stage."""

import ctypes
import os
import secrets
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from benchmarks.launch.stage import (
    PR_SET_CHILD_SUBREAPER,
    ROOT,
    START_S,
    end,
    end_all,
    free_ports,
    started,
)

CONFIG: Final = Path(__file__).with_name("jupyterhub_config.py")
CLIENT_ID: Final = "coursehub-demo"
PER_PAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """A running Hub, with a token that may make users and groups."""

    url: str
    folder: Path
    token: str


@dataclass(slots=True)
class Stage:
    """The demo LMS with so many made-up people in its first course, and two Hubs, in a folder."""

    folder: Path
    people: int
    lms_url: str = ""
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

    def hub(self, side: str) -> Hub:
        """A Hub of that side from an empty database; ours trusts the LMS, which is there then."""
        folder = self.folder / side
        folder.mkdir()
        hub_port, api, proxy, service, lms = free_ports(5)
        hub = Hub(
            url=f"http://127.0.0.1:{hub_port}", folder=folder, token=secrets.token_urlsafe(24)
        )
        environment = {
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
            self._open_lms(lms, hub)
            ready.append(f"{hub.url}/services/coursehub/health/ready")
        self._start(side, ["jupyterhub", "-f", str(CONFIG)], environment, ready=ready)
        return hub

    def _open_lms(self, port: int, hub: Hub) -> None:
        self.lms_url = f"http://127.0.0.1:{port}"
        words = ["coursehub_demo_lms", "serve", "--port", str(port), "--tool-url", hub.url]
        self._start("lms", words, {}, ready=[f"{self.lms_url}/"])
        crowd = {"extra_members": self.people, "members_page_size": PER_PAGE}
        httpx.put(f"{self.lms_url}/switches", json=crowd, timeout=30).raise_for_status()
        subprocess.run(  # noqa: S603 - our own words
            [
                sys.executable, "-m", "coursehub", "platform", "add", self.lms_url,
                "--client-id", CLIENT_ID, "--deployment", "1",
                "--institution", "Bench College", "--data-dir", str(hub.folder / "coursehub"),
            ],
            cwd=ROOT, check=True, timeout=START_S, stdout=subprocess.DEVNULL,
            env={**os.environ, "COURSEHUB_ALLOW_PRIVATE_PLATFORMS": "true"},
        )  # fmt: skip

    def _start(
        self, name: str, words: list[str], environment: dict[str, str], *, ready: list[str]
    ) -> None:
        log = self.folder / f"{name}.log"
        self._ended.callback(end, started(log, words, environment, ready=ready))
