"""
A person's server, started with the configuration of their role.

`coursehub-start jupyterhub-singleuser --port=...` puts coursehub_lab's own
configuration folder in front of the others and becomes the command itself, so
that signals and the exit status are the server's. Without `COURSEHUB_COURSE`
the server has nothing to do with a course, and nothing is changed.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn

_USAGE: Final = 64
_NOT_FOUND: Final = 127
_NOT_EXECUTABLE: Final = 126


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment that the server gets: the inherited one, with its role's configuration."""
    given = dict(inherited)
    if not given.get("COURSEHUB_COURSE"):
        return given
    role = "grader" if given.get("COURSEHUB_ROLE") == "grader" else "student"
    own = str(Path(__file__).resolve().parent / "etc" / role)
    others = [p for p in given.get("JUPYTER_CONFIG_PATH", "").split(os.pathsep) if p and p != own]
    given["JUPYTER_CONFIG_PATH"] = os.pathsep.join([own, *others])
    return given


def main() -> NoReturn:
    """Become the command in the arguments."""
    command = sys.argv[1:]
    if not command:
        _leave("coursehub-start: give the command that starts the server.", status=_USAGE)
    try:
        os.execvpe(command[0], command, environment(os.environ))  # noqa: S606  the Hub's own command
    except FileNotFoundError:
        _leave(f"coursehub-start: there is no command {command[0]!r}.", status=_NOT_FOUND)
    except OSError as cause:
        why = cause.strerror or "it cannot be run"
        _leave(f"coursehub-start: {command[0]!r} was not started: {why}.", status=_NOT_EXECUTABLE)


def _leave(sentence: str, *, status: int) -> NoReturn:
    sys.stderr.write(sentence + "\n")
    raise SystemExit(status)
