"""
A virtual environment with coursehub and all it needs, made from nothing.

Run by make with the machine's own Python, so the standard library alone. It
says what it does, and a second run has nothing to do.
"""

import importlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
DEBIAN = {
    "demo": {"bwrap": "bubblewrap"},
    "dev": {
        "bwrap": "bubblewrap",
        "chromium": "chromium",
        "usr/lib/postgresql/*/bin/postgres": "postgresql",
        "Rscript": "r-base-core",
        "usr/lib/R/site-library/IRkernel": "r-cran-irkernel",
    },
}
VENV_PACKAGE = "python3-venv"
OLDEST = (3, 11)
APT_TIMEOUT_S = 900


def main(extra: str) -> int:
    """0 when the environment for `extra` (demo or dev) stands."""
    if sys.version_info < OLDEST:
        print(f"coursehub needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
        print("Say which one to use: make PYTHON=python3.12 ...")
        return 1
    if VENV_PACKAGE in debian_packages(extra):
        print(f"Without {VENV_PACKAGE} there is no virtual environment; run make again after that.")
        return 1
    step("virtual environment", make_environment)
    step("Python packages", lambda: install_packages(extra))
    step("the Hub's proxy and the pages' libraries", vendor)
    (VENV / extra).touch()
    if extra == "dev":
        (VENV / "demo").touch()
    return 0


def step(what: str, work: Callable[[], None]) -> None:
    """Run a step and say how long it took."""
    print(f"  installing {what} ...", end="", flush=True)
    start = time.monotonic()
    try:
        work()
    except subprocess.CalledProcessError as failed:
        print(" failed")
        print((failed.stdout or b"").decode(errors="replace")[-4000:])
        raise SystemExit(f"`{' '.join(map(str, failed.cmd[:4]))} ...` failed; see above.") from None
    print(f" {time.monotonic() - start:.0f} s", flush=True)


def debian_packages(extra: str) -> list[str]:
    """What comes from Debian and is not here: installed where we may, else named in one line."""
    missing = _missing(extra)
    if not missing:
        return []
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt = ["apt-get", "-o", "DPkg::Lock::Timeout=120"]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        print(f"  installing {', '.join(missing)} from Debian ...", flush=True)
        for command in (
            [*apt, "update", "-q"],
            [*apt, "install", "-y", "-q", "--no-install-recommends", *missing],
        ):
            subprocess.run(  # noqa: S603 - our own words
                command, env=environment, capture_output=True, check=False, timeout=APT_TIMEOUT_S
            )
        missing = _missing(extra)
    if missing:
        print(f"  missing, please install: sudo apt-get install {' '.join(missing)}", flush=True)
    return missing


def _missing(extra: str) -> list[str]:
    """Debian's packages of which no program is here; programs are names, or patterns below /."""
    missing = [
        package
        for program, package in DEBIAN[extra].items()
        if shutil.which(program) is None and not list(Path("/").glob(program))
    ]
    return missing if _has_pip() or _can_make_pip() else [VENV_PACKAGE, *missing]


def make_environment() -> None:
    """An environment with pip; one that an interrupted start left half made is made anew."""
    if not _has_pip():
        run([sys.executable, "-m", "venv", "--clear", str(VENV)])


def _has_pip() -> bool:
    """Whether the environment stands: pip is the last thing that goes into a new one."""
    try:
        run([VENV / "bin" / "python", "-m", "pip", "--version"])
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _can_make_pip() -> bool:
    """Whether this Python can make an environment; Debian keeps what it needs in a package."""
    importlib.invalidate_caches()
    try:
        importlib.import_module("ensurepip")
    except ImportError:
        return False
    return True


def install_packages(extra: str) -> None:
    """Coursehub, editable, and the pinned packages: by uv, or by pip where uv cannot reach them."""
    wanted = ["-c", "constraints.txt", "-e", f".[{extra}]"]
    python = VENV / "bin" / "python"
    run([python, "-m", "pip", "install", "-q", "-c", "constraints.txt", "uv"])
    try:
        run([VENV / "bin" / "uv", "pip", "install", "-q", "--python", str(python), *wanted])
    except subprocess.CalledProcessError:
        run([python, "-m", "pip", "install", "-q", *wanted])


def vendor() -> None:
    """The proxy in .cache/proxy, and the pages' libraries beside our own static files."""
    run([VENV / "bin" / "python", "tools/proxy.py"])
    run([VENV / "bin" / "python", "tools/vendor.py"])


def run(command: Sequence[object]) -> None:
    """Run a command in the project's folder; its output is kept for when it fails."""
    subprocess.run(  # noqa: S603 - our own words
        [str(part) for part in command],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1] if len(sys.argv) > 1 else "demo"))
