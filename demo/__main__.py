"""
`make demo`: a Hub with coursehub, and an LMS beside it, to be looked at in a browser.

The first start sets a class up, as an instructor would; a second one finds it
as it was left, and goes on where the first was interrupted. Ctrl-C stops
everything, and so does closing the terminal.
"""

import argparse
import json
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from demo import stopping
from demo.classroom import COURSE, Classroom
from demo.stage import ROOT, Ports, Stage
from demo.steps import grading, opening
from demo.steps.expecting import Unexpected, keep_story

FOLDER: Final = ROOT / ".demo"
PORTS: Final = Ports(hub=8000, lms=9000, git=9001, api=9081, proxy=9002, service=9003)
LISTENERS: Final = {
    "hub": "the Hub, for browsers",
    "lms": "the demo LMS",
    "git": "the git server that materials come from",
    "api": "the Hub's own API",
    "proxy": "the API of the Hub's proxy",
    "service": "coursehub's service",
}
_PORTS_FILE: Final = "ports.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 after a clean stop; 1 when something could not be started, with what to do."""
    folder, ports = _asked(arguments)
    stopping.listen()
    try:
        return _show(folder, ports)
    except KeyboardInterrupt:
        print("\nStopped. `make demo` goes on where you left.", flush=True)
    except Exception as error:  # noqa: BLE001 - a person reads a sentence, the log has the rest
        keep_story(folder)
        print(f"\nThe demo could not go on: {_sentence(error)}", file=sys.stderr)
        print(f"The logs are in {folder}. The next start goes on from there.", file=sys.stderr)
        return 1
    return 0


def _sentence(error: Exception) -> str:
    """The words of an error that was foreseen, the name as well of any other."""
    foreseen = isinstance(error, (RuntimeError, Unexpected))
    return str(error) if foreseen else f"{type(error).__name__}: {error}"


def _show(folder: Path, ports: Ports) -> int:
    """1 where it cannot begin; otherwise it ends by Ctrl-C, or with RuntimeError."""
    start = time.monotonic()
    if taken := _taken(ports):
        name, port = taken
        print(
            f"Port {port} is in use. Stop what listens there, or choose another: "
            f".venv/bin/python -m demo --{name}-port NUMBER --folder FOLDER"
        )
        return 1
    if not _keeps_to(folder, ports):
        print(f"The class in {folder} lives on other ports, which {_PORTS_FILE} there names.")
        print("Start it on those, or give a new class a folder of its own: --folder FOLDER")
        return 1
    with Stage(folder, ports, tell=_tell, failed_starts=0) as stage:
        set_up(Classroom(stage))
        print(_invitation(stage, seconds=time.monotonic() - start), flush=True)
        _wait(stage)
    return 0


def set_up(room: Classroom) -> None:
    """
    The class of the demo: made by its instructor at the first start, found at later ones.

    Each step can be taken again, so one that was interrupted simply is.
    """
    done = room.stage.folder / "class-is-set-up"
    if done.exists():
        return
    for text, step in (
        ("an instructor opens the course from the LMS", opening.first_launch),
        ("reading the roster", opening.sync_first),
        ("setting the course up from its file", opening.set_up),
        ("releasing the first assignment", grading.release),
    ):
        _tell(text)
        step(room)
    room.close()
    done.touch()


def _tell(text: str) -> None:
    print(f"  {text} ...", flush=True)


def _asked(arguments: Sequence[str] | None) -> tuple[Path, Ports]:
    """The folder and the ports, as the command line names them."""
    parser = argparse.ArgumentParser(
        prog="python -m demo",
        description="A Hub with coursehub and a small LMS, with a class set up.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help="where the class and the logs are kept"
    )
    for name, port in asdict(PORTS).items():
        parser.add_argument(f"--{name}-port", type=_port, default=port, help=LISTENERS[name])
    asked = vars(parser.parse_args(arguments))
    folder: Path = asked.pop("folder")
    return folder.resolve(), Ports(**{name.removesuffix("_port"): asked[name] for name in asked})


def _port(text: str) -> int:
    """A port that a program may be told; argparse says so of anything else."""
    if text.isascii() and text.isdigit() and 0 < int(text) < 2**16:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port: a number from 1 to 65535")


def _keeps_to(folder: Path, ports: Ports) -> bool:
    """
    Whether the class in the folder was set up on these ports; a new one is from now on.

    An LMS is known by its address, so on other ports it would be another LMS.
    """
    file = folder / _PORTS_FILE
    if file.exists():
        return bool(json.loads(file.read_text()) == asdict(ports))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = file.with_suffix(".new")
    aside.write_text(json.dumps(asdict(ports)))
    aside.rename(file)
    return True


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


def _taken(ports: Ports) -> tuple[str, int] | None:
    """The first of the ports that somebody listens on, and what it is wanted for."""
    for name, port in asdict(ports).items():
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return name, port
    return None


if __name__ == "__main__":
    raise SystemExit(main())
