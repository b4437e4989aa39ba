"""
The stage: a git server, the demo LMS and a real Hub, started together.

Whatever happens, all of them end when the stage is left, or killed: each is
asked to stop, and what it leaves behind is made to (demo/part.py).
"""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from demo import part
from demo.stopping import undisturbed
from tools import ports as free_ports

ROOT: Final = Path(__file__).resolve().parent.parent
START_TIMEOUT_S: Final = 120.0
STOP_TIMEOUT_S: Final = part.STOP_TIMEOUT_S + 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the stage listens, all on 127.0.0.1."""

    hub: int
    lms: int
    git: int
    api: int
    proxy: int
    service: int

    @classmethod
    def free(cls) -> Self:
        """Six ports that nobody listens on."""
        hub, lms, git, api, proxy, service = free_ports.free(6)
        return cls(hub=hub, lms=lms, git=git, api=api, proxy=proxy, service=service)


@dataclass(slots=True)
class Stage:
    """
    The running parts.

    `folder` keeps everything they write, so a second start finds the class
    as it was left. `tell` hears of each part as it comes up. The Hub ends
    after `failed_starts` servers in a row that failed to start, so by default
    nothing that a class meets may count as such a failure; 0 is never.
    """

    folder: Path
    ports: Ports
    tell: Callable[[str], None] = lambda _: None
    failed_starts: int = 1
    _started: ExitStack = field(default_factory=ExitStack)
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def hub_url(self) -> str:
        """The Hub's address for browsers."""
        return f"http://127.0.0.1:{self.ports.hub}"

    @property
    def lms_url(self) -> str:
        """The demo LMS's address, which is its issuer too."""
        return f"http://127.0.0.1:{self.ports.lms}"

    @property
    def git_url(self) -> str:
        """The git server's address."""
        return f"http://127.0.0.1:{self.ports.git}"

    def __enter__(self) -> Self:
        self._prepare()
        try:
            self.start_git()
            self.start_lms()
            self.register_lms()
            self.start_hub()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def _close(self) -> None:
        with undisturbed():
            self._started.close()

    def start_git(self) -> None:
        """Upstream's git server: git http-backend, with pushes, on loopback."""
        self.start(
            "git server",
            [sys.executable, "-m", "demo.upstream", str(self.folder / "git"), str(self.ports.git)],
            ready=f"{self.git_url}/",
        )

    def start_lms(self) -> None:
        """The demo LMS."""
        self.start(
            "demo LMS",
            [
                str(Path(sys.executable).parent / "coursehub-demo-lms"), "serve",
                "--port", str(self.ports.lms),
                "--tool-url", self.hub_url, "--state", str(self.folder / "lms"),
            ],
            ready=f"{self.lms_url}/.well-known/openid-configuration",
        )  # fmt: skip

    def start_hub(self) -> None:
        """JupyterHub, which starts its proxy and coursehub's service."""
        self.start(
            "JupyterHub",
            [sys.executable, "-m", "jupyterhub", "-f", str(ROOT / "demo" / "jupyterhub_config.py")],
            ready=f"{self.hub_url}/services/coursehub/health/ready",
        )

    def register_lms(self) -> None:
        """What an administrator types once: trust this LMS."""
        self.coursehub(
            "platform", "add", self.lms_url, "--client-id", "coursehub-demo",
            "--deployment", "1", "--institution", "Demo College",
        )  # fmt: skip

    def coursehub(self, *arguments: str) -> str:
        """What the `coursehub` command printed; RuntimeError with its error when it fails."""
        done = subprocess.run(  # our own words
            [sys.executable, "-m", "coursehub", *arguments],
            cwd=ROOT, env=self.environment(), capture_output=True, text=True,
            stdin=subprocess.DEVNULL,  # at a terminal, the command would ask questions
            check=False, timeout=START_TIMEOUT_S,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"coursehub {arguments[0]}: {done.stdout}{done.stderr}"[-3000:])
        return done.stdout.strip()

    def environment(self) -> Mapping[str, str]:
        """What the parts find in their environment."""
        bin_folder = Path(sys.executable).parent
        return {
            **os.environ,
            "PATH": f"{bin_folder}{os.pathsep}{os.environ.get('PATH', '')}",
            "DEMO_FOLDER": str(self.folder),
            "DEMO_HUB_PORT": str(self.ports.hub),
            "DEMO_API_PORT": str(self.ports.api),
            "DEMO_PROXY_PORT": str(self.ports.proxy),
            "DEMO_SERVICE_PORT": str(self.ports.service),
            "DEMO_FAILED_STARTS": str(self.failed_starts),
            "COURSEHUB_DATA_DIR": str(self.folder / "coursehub"),
            "COURSEHUB_ALLOW_PRIVATE_PLATFORMS": "true",  # the demo LMS is on loopback
            "PYTHONUNBUFFERED": "1",
        }

    def start(self, name: str, command: list[str], *, ready: str) -> None:
        """Start one part and wait until its address answers."""
        self.tell(f"starting the {name}")
        with self.log_of(name).open("ab") as log, undisturbed():
            process = subprocess.Popen(
                part.command(*command), cwd=ROOT, env=self.environment(), stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            self._processes[name] = process
            self._started.callback(self.stop, name)
        self._await(name, process, ready)

    def fallen(self) -> str:
        """The name of a part that has ended by itself; empty while all run."""
        return next((name for name, one in self._processes.items() if one.poll() is not None), "")

    def log_of(self, name: str) -> Path:
        """The file that a part's output goes to."""
        return self.folder / f"{name.replace(' ', '-').lower()}.log"

    def _await(self, name: str, process: subprocess.Popen[bytes], url: str) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            try:
                if httpx.get(url, timeout=5).status_code < httpx.codes.BAD_REQUEST:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
        tail = self.log_of(name).read_text(errors="replace")[-3000:]
        raise RuntimeError(f"The {name} did not start. The end of {self.log_of(name)}:\n{tail}")

    def stop(self, name: str) -> None:
        """End one part and all that it started; nothing to do when it has ended."""
        process = self._processes.pop(name, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _prepare(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        password = self.folder / "admin-password"
        if not password.exists():
            # Made aside: an empty password must not be found at the next start.
            fresh = self.folder / "admin-password.new"
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(24))
            fresh.rename(password)
