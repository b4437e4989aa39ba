"""
The walls round a run: found by trying, the best first.

1. bubblewrap made by an ordinary account, in a user namespace of its own;
2. bubblewrap made by root, which drops to the account `nobody` inside
   (for a Python that only root can reach, or where user namespaces are off);
3. no namespaces: another account where root can give one, limits, an empty
   environment, a temporary folder. Files and network stay in reach, so
   whoever uses it is told loudly.

Student code never runs as root: where that cannot be had, nothing runs.
"""

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from coursehub.errors import Unreachable

LOW_WALLS = (
    "It can reach the network and every file that its account may read: install bubblewrap and "
    "allow user namespaces."
)
NOBODY = 65534
PROBE_S = 20
WORK = "/submission"
_PROBE = (
    "import json, os, socket;"
    "print(json.dumps([os.getuid(), [name for _, name in socket.if_nameindex()]]))"
)
log = logging.getLogger(__name__)
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
_SETTINGS = (
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/R",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """How to start a program behind walls; `folder` is empty where a run needs its own."""

    name: str
    argv: tuple[str, ...] = ()
    user: int | None = None
    folder: str = ""
    isolated: bool = True


def environment(folder: str) -> dict[str, str]:
    """Everything that the program's environment holds."""
    return {
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
        "HOME": folder,
        "USER": "student",
        "LOGNAME": "student",
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",  # noqa: S108  # a tmpfs of the sandbox's own
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "JUPYTER_PLATFORM_DIRS": "1",
        "NBGRADER_EXECUTION": "autograde",
        # Threads and arenas would eat address space that the limit counts.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }


@cache
def confinement(*, files_bytes: int) -> Confinement:
    """The best walls that this machine can build; Unreachable if there are none for root."""
    for candidate in _candidates(files_bytes):
        if _holds(candidate):
            if not candidate.isolated:
                log.warning("Student code is graded behind %s. %s", candidate.name, LOW_WALLS)
            return candidate
    raise Unreachable(
        "no-sandbox",
        "This machine can run no student's code safely: install bubblewrap, or run the "
        "service under an account that is not root.",
    )


def _candidates(files_bytes: int) -> Iterator[Confinement]:
    root = os.geteuid() == 0
    other = NOBODY if root else None
    if bwrap := shutil.which("bwrap"):
        yield Confinement(
            name="bubblewrap",
            argv=(bwrap, "--unshare-all", *_walls(files_bytes)),
            user=other,
            folder=WORK,
        )
        if root and (setpriv := shutil.which("setpriv")):
            yield Confinement(
                name="bubblewrap (set up by root)",
                argv=(*_as_root(bwrap), *_walls(files_bytes), setpriv, *_DROP),
                folder=WORK,
            )
    yield Confinement(name="limits alone", user=other, isolated=False)


_DROP = (
    f"--reuid={NOBODY}",
    f"--regid={NOBODY}",
    "--clear-groups",
    "--inh-caps=-all",
    "--bounding-set=-all",
    "--no-new-privs",
)


def _as_root(bwrap: str) -> tuple[str, ...]:
    parts = (f"--unshare-{part}" for part in ("ipc", "pid", "net", "uts", "cgroup-try"))
    caps = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
    added = (word for cap in caps for word in ("--cap-add", cap))
    return (bwrap, *parts, "--cap-drop", "ALL", *added)


def _walls(files_bytes: int) -> tuple[str, ...]:
    """The sandbox's file system and environment: system and Python, readable, and two tmpfs."""
    binds: tuple[str, ...] = ("--die-with-parent", "--new-session", "--clearenv")
    for name, value in environment(WORK).items():
        binds += ("--setenv", name, value)
    binds += ("--proc", "/proc", "--dev", "/dev")
    for folder in ("/tmp", WORK):  # noqa: S108  # inside the sandbox
        binds += ("--perms", "1777", "--size", str(files_bytes), "--tmpfs", folder)
    for path in _seen_inside():  # last: a virtual environment may lie under /tmp
        for parent in reversed(Path(path).parents[:-1]):  # bwrap would make them 0700
            binds += ("--perms", "0755", "--dir", str(parent))
        binds += ("--ro-bind-try", path, path)
    return (*binds, "--chdir", WORK)


def _seen_inside() -> tuple[str, ...]:
    """Folders of the system and of this Python; a folder within another is left out."""
    wanted = (*_SYSTEM, *_SETTINGS, sys.base_prefix, sys.prefix)
    real = {str(Path(sys.executable).resolve().parent.parent)}
    kept: list[str] = []
    for path in (*wanted, *sorted(real)):
        if path != "/" and not any(path == k or path.startswith(f"{k}/") for k in kept):
            kept.append(path)
    return tuple(kept)


def _holds(candidate: Confinement) -> bool:
    """Whether a program starts there, is not root, and sees no network if it should not."""
    try:
        tried = subprocess.run(  # noqa: S603  # our own argument list
            [*candidate.argv, sys.executable, "-I", "-c", _PROBE],
            capture_output=True,
            check=True,
            cwd="/",
            env=environment("/"),
            stdin=subprocess.DEVNULL,
            timeout=PROBE_S,
            **account(candidate),
        )
        uid, interfaces = json.loads(tried.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return False
    return uid != 0 and (not candidate.isolated or set(interfaces) <= {"lo"})


def account(candidate: Confinement) -> dict[str, Any]:
    """Popen's arguments for the account of that confinement."""
    if candidate.user is None:
        return {}
    return {"user": candidate.user, "group": candidate.user, "extra_groups": []}
