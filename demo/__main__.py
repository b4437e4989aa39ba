"""
`make demo`: a Hub with coursehub, and an LMS beside it, to be looked at in a browser.

The first start sets a class up, as an instructor would; a second one finds it
as it was left. Ctrl-C stops everything.
"""

import signal
import socket
import sys
import time
from types import FrameType
from typing import Final

from demo.classroom import COURSE, Classroom
from demo.stage import ROOT, Ports, Stage
from demo.steps import grading, opening
from demo.steps.expecting import Unexpected

FOLDER: Final = ROOT / ".demo"
PORTS: Final = Ports(hub=8000, lms=9000, git=9001, api=9081, proxy=9002, service=9003)


def main() -> int:
    """0 after a clean stop; 1 when something could not be started, with what to do."""
    signal.signal(signal.SIGTERM, _interrupt)
    start = time.monotonic()
    if taken := _taken(PORTS):
        print(f"Port {taken} is in use. Stop what listens there, then run `make demo` again.")
        return 1
    try:
        with Stage(FOLDER, PORTS, tell=lambda text: print(f"  {text} ...", flush=True)) as stage:
            set_up(Classroom(stage))
            print(_invitation(stage, seconds=time.monotonic() - start), flush=True)
            _wait(stage)
    except KeyboardInterrupt:
        print("\nStopped. `make demo` goes on where you left.", flush=True)
    except (RuntimeError, Unexpected) as error:
        print(f"\nThe demo could not start: {error}", file=sys.stderr)
        return 1
    return 0


def set_up(room: Classroom) -> None:
    """The class of the demo: made by its instructor at the first start, found at later ones."""
    done = room.stage.folder / "class-is-set-up"
    if done.exists():
        return
    for text, step in (
        ("an instructor opens the course from the LMS", opening.first_launch),
        ("reading the roster", opening.sync_first),
        ("setting the course up from its file", opening.set_up),
        ("releasing the first assignment", grading.release),
    ):
        print(f"  {text} ...", flush=True)
        step(room)
    room.close()
    done.touch()


def _invitation(stage: Stage, *, seconds: float) -> str:
    password = (stage.folder / "admin-password").read_text()
    return f"""
Ready after {seconds:.0f} s. Open {stage.lms_url} in a browser: it is a small LMS.

  As a student:     choose Amina Abebe, then "Week 1: Tables" or "A week of rides".
  As an instructor: choose Ada Lovelace, then "Course home"; "Open the grader" is formgrader.
  From the outside: see the LMS's gradebook fill, and make it slow or wrong under "Switches".

The Hub is at {stage.hub_url} (user admin, password {password}),
the course at {stage.hub_url}/services/coursehub/courses/{COURSE}.

All servers run under your own account here: fine to look at, not for a real class.
Everything is kept in {stage.folder}; logs are there too. Ctrl-C stops it all.
"""


def _wait(stage: Stage) -> None:
    """Until Ctrl-C; RuntimeError when a part ends by itself."""
    while True:
        time.sleep(1)
        if name := stage.fallen():
            raise RuntimeError(f"the {name} ended; its log is {stage.log_of(name)}")


def _taken(ports: Ports) -> int | None:
    """The first of the ports that somebody listens on."""
    for port in (ports.hub, ports.lms, ports.git, ports.api, ports.proxy, ports.service):
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return port
    return None


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """A polite stop by another program is a Ctrl-C."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main())
