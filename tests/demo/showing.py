"""A person who starts a program of the demo, reads what it says, and ends it in some way."""

import os
import pty
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil
import pytest

from demo.stage import ROOT, Ports

PATIENCE_S = 180.0
"""How long a busy machine may take for a start."""
END_S = 40.0


@dataclass(frozen=True, slots=True)
class Place:
    """A folder and ports of a test's own."""

    folder: Path
    ports: Ports = field(default_factory=Ports.free)

    def options(self) -> list[str]:
        numbers = asdict(self.ports).items()
        return [f"--folder={self.folder}", *(f"--{name}-port={port}" for name, port in numbers)]

    def listeners(self) -> list[int]:
        """The ports on which somebody answers."""
        return [port for port in asdict(self.ports).values() if answers(port)]


@dataclass(slots=True)
class Showing:
    """One running program and its output so far."""

    process: "subprocess.Popen[bytes]"
    log: Path
    terminal: int

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def until(self, words: str) -> None:
        """Nothing, once the program has said that."""
        deadline = time.monotonic() + PATIENCE_S
        while words not in self.said:
            assert self.process.poll() is None, f"it ended before {words!r}:\n{self.said}"
            assert time.monotonic() < deadline, f"it never said {words!r}:\n{self.said}"
            time.sleep(0.1)

    def end(self, how: signal.Signals) -> int:
        """The exit status after that signal."""
        self.process.send_signal(how)
        return self.process.wait(END_S)

    def close_terminal(self) -> None:
        """The window is gone, with the terminal in it."""
        os.close(self.terminal)
        self.terminal = -1
        self.process.wait(END_S)


@contextmanager
def showing(
    module: str, *options: str, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Showing]:
    """
    The module as a person starts it, with a terminal of its own to read from.

    What it says goes to the log, so that nobody has to read along.
    """
    yield from _showing([sys.executable, "-m", module, *options], log, environment or {})


@contextmanager
def playing(code: str, *, log: Path, environment: Mapping[str, str]) -> Iterator[Showing]:
    """The same of a few lines of Python."""
    yield from _showing([sys.executable, "-c", code], log, environment)


def _showing(
    command: Sequence[str], log: Path, environment: Mapping[str, str]
) -> Iterator[Showing]:
    screen, keyboard = pty.openpty()
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["setsid", "--ctty", *command],
            cwd=ROOT, env={**os.environ, **environment},
            stdin=keyboard, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    os.close(keyboard)
    shown = Showing(process, log, screen)
    try:
        yield shown
    finally:
        if shown.terminal >= 0:
            os.close(shown.terminal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_S)
        process.kill()
        process.wait()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def left(folder: Path, *, within_s: float = 0) -> list[str]:
    """The living processes that know the folder, by their commands; waited for so long."""
    deadline = time.monotonic() + within_s
    while found := [
        command for process in psutil.process_iter() if (command := _of(process, folder))
    ]:
        if time.monotonic() >= deadline:
            return found
        time.sleep(0.2)
    return []


def _of(process: psutil.Process, folder: Path) -> str:
    """The command of a living process with the folder among its words or its environment."""
    try:
        command = " ".join(process.cmdline())
        known = [command, *process.environ().values()]
        alive = process.status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ""
    return command if alive and any(str(folder) in word for word in known) else ""


@pytest.fixture
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the program's words go: outside the folder by which processes are known."""
    return tmp_path_factory.mktemp("log") / "said"
