"""The kernels that the courses' notebooks ask for; R's may be missing here."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

KERNELS_AT_ONCE = 2
TIMEOUT_S = 120
MISSING = "R is missing: apt-get install r-base-core r-cran-irkernel"


def read(path: Path) -> NotebookNode:
    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # nbformat is untyped
    return notebook


def of(course: Path) -> str:
    """The one kernel that every notebook of a course names."""
    named = {read(path).metadata.kernelspec.name for path in course.rglob("*.ipynb")}
    (name,) = named
    return str(name)


def need_r() -> None:
    """Nothing where IRkernel is; else a skip, or a failure where CI has asked for R."""
    asked = 'cat(nzchar(system.file(package = "IRkernel")))'
    try:
        found = subprocess.run(
            ["Rscript", "-e", asked], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        there = False
    else:
        there = found.stdout == "TRUE"
    if not there and os.environ.get("TESTS_REQUIRE_R"):
        pytest.fail(MISSING, pytrace=False)
    if not there:
        pytest.skip(MISSING)


def show_r(into: Path) -> None:
    """R's kernelspec in a folder for JUPYTER_PATH: nobody's home is written to."""
    kernel = into / "kernels" / "ir"
    kernel.mkdir(parents=True)
    program = shutil.which("R")
    argv = [program, "--slave", "-e", "IRkernel::main()", "--args", "{connection_file}"]
    spec = {"argv": argv, "display_name": "R", "language": "R"}
    (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def run_all(notebooks: Iterable[tuple[NotebookNode, Path]]) -> None:
    """Each notebook run from top to bottom in its folder, a few at a time."""
    asyncio.run(_run_all(notebooks))


async def _run_all(notebooks: Iterable[tuple[NotebookNode, Path]]) -> None:
    at_once = asyncio.Semaphore(KERNELS_AT_ONCE)

    async def run(notebook: NotebookNode, folder: Path) -> None:
        async with at_once:
            resources = {"metadata": {"path": str(folder)}}
            await NotebookClient(notebook, timeout=TIMEOUT_S, resources=resources).async_execute()

    async with asyncio.TaskGroup() as group:
        for notebook, folder in notebooks:
            group.create_task(run(notebook, folder))
