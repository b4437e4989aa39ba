"""
A part of the stage, that never outlives the program that started it.

`python -m demo.part PID COMMAND ...` runs the command. When it is asked to stop,
so is the command; when its parent PID ends in whatever way, `kill -9` included,
the kernel asks it. In the end it leaves nothing behind that the command started.
"""

import ctypes
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from types import FrameType
from typing import Final

import psutil

STOP_TIMEOUT_S: Final = 20
END_TIMEOUT_S: Final = 2
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
"""From linux/prctl.h. Set from here, so that no code of ours runs between a fork and an exec."""


def command(*words: str) -> list[str]:
    """The command that runs these words as a part of this process."""
    return [sys.executable, "-m", "demo.part", str(os.getpid()), *words]


@dataclass(slots=True)
class Keeper:
    """Who waits for the command, and passes on what is asked of it."""

    child: "subprocess.Popen[bytes] | None" = None
    asked: bool = False

    def run(self, words: list[str]) -> int:
        """The command's exit status, once it has ended."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGALRM, self._kill)
        self.child = subprocess.Popen(words)
        if self.asked:
            self.child.terminate()
        while True:
            # Whoever has lost a parent is ours (prctl(2)), and waited for too.
            pid, status = os.wait()
            if pid == self.child.pid:
                signal.alarm(0)
                return os.waitstatus_to_exitcode(status)

    def _stop(self, _request: int, _frame: FrameType | None) -> None:
        self.asked = True
        signal.alarm(STOP_TIMEOUT_S)
        if self.child:
            self.child.terminate()

    def _kill(self, _request: int, _frame: FrameType | None) -> None:
        if self.child:
            self.child.kill()


def main() -> int:
    """The command's exit status; 1 when the parent has ended before it could be told."""
    parent, words = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        kernel = ctypes.CDLL(None)
        kernel.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        kernel.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        return 1
    try:
        return abs(Keeper().run(words))
    finally:
        _end_the_rest()


def _end_the_rest() -> None:
    """Nothing that the command started goes on, single-user servers and workers among them."""
    patience_s = END_TIMEOUT_S
    while family := psutil.Process().children(recursive=True):
        _, alive = psutil.wait_procs(family, timeout=patience_s)
        for one in alive:
            one.kill()
        psutil.wait_procs(alive, timeout=END_TIMEOUT_S)
        patience_s = 0


if __name__ == "__main__":
    raise SystemExit(main())
