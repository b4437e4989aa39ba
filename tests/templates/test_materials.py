import asyncio
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

MODULES = ["01-tables/tables", "02-distributions/distributions", "03-prediction/prediction"]
KERNELS_AT_ONCE = 2


def read(course: Path, module: str) -> NotebookNode:
    path = course / "materials" / f"{module}.ipynb"
    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # nbformat is untyped
    return notebook


def solved(notebook: NotebookNode) -> NotebookNode:
    """The notebook of a student who copied each folded solution into its answer."""
    cells = {cell.id: cell for cell in notebook.cells}
    for name in ("exercise-1", "exercise-2"):
        shown = re.search(r"```python\n(.*?)```", cells[f"{name}-solution"].source, re.DOTALL)
        assert shown
        cells[f"{name}-answer"].source = shown[1]
    return notebook


async def run_all(notebooks: Iterable[tuple[NotebookNode, Path]]) -> None:
    kernels = asyncio.Semaphore(KERNELS_AT_ONCE)

    async def run(notebook: NotebookNode, folder: Path) -> None:
        async with kernels:
            resources = {"metadata": {"path": str(folder)}}
            await NotebookClient(notebook, timeout=120, resources=resources).async_execute()

    async with asyncio.TaskGroup() as group:
        for notebook, folder in notebooks:
            group.create_task(run(notebook, folder))


@pytest.fixture(scope="module")
def executed(course: Path) -> dict[tuple[str, bool], NotebookNode]:
    """Each module as given and as solved, run from top to bottom."""
    # On a new machine matplotlib looks for fonts first, and says so where that takes long.
    subprocess.run([sys.executable, "-c", "import matplotlib.pyplot"], check=True, timeout=120)
    ran = {}
    for module in MODULES:
        ran[module, False] = read(course, module)
        ran[module, True] = solved(read(course, module))
    folders = [(course / "materials" / module).parent for module, _ in ran]
    asyncio.run(run_all(zip(ran.values(), folders, strict=True)))
    return ran


def printed(cell: NotebookNode) -> str:
    return "".join(out.get("text", "") for out in cell.outputs if out.output_type == "stream")


@pytest.mark.parametrize("module", MODULES)
def test_a_module_comes_clean_valid_and_with_cell_ids(course: Path, module: str) -> None:
    notebook = read(course, module)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    for cell in notebook.cells:
        assert cell.id
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("module", MODULES)
def test_a_module_runs_from_top_to_bottom_and_draws(
    executed: dict[tuple[str, bool], NotebookNode], module: str
) -> None:
    code = [cell for cell in executed[module, False].cells if cell.cell_type == "code"]
    outputs = [out for cell in code for out in cell.outputs]
    assert all(cell.execution_count for cell in code)
    assert not [out for out in outputs if out.get("name") == "stderr"]
    assert sum("image/png" in out.get("data", {}) for out in outputs) == 2


@pytest.mark.parametrize("module", MODULES)
def test_an_exercise_says_what_to_do_until_its_solution_stands_there(
    executed: dict[tuple[str, bool], NotebookNode], module: str
) -> None:
    for done, first_word in [(False, "Replace"), (True, "Yes")]:
        checks = [cell for cell in executed[module, done].cells if cell.id.endswith("-check")]
        assert len(checks) == 2
        for check in checks:
            assert printed(check).startswith(first_word)
