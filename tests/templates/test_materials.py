import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat import NotebookNode

from . import kernels


def modules(course: Path) -> dict[str, NotebookNode]:
    """The notebook of each module, by its path in the materials."""
    named = yaml.safe_load((course / "course.yml").read_text(encoding="utf-8"))["modules"]
    paths = [f"{module['path']}/{module['name']}.ipynb" for module in named]
    return {path: kernels.read(course / "materials" / path) for path in paths}


def then_solved(notebook: NotebookNode) -> NotebookNode:
    """The notebook, and below it each folded solution with its check once more."""
    cells = {cell.id: cell for cell in notebook.cells}
    for name in exercises(notebook):
        shown = re.search(r"```\w+\n(.*?)```", cells[f"{name}-solution"].source, re.DOTALL)
        assert shown
        for part, source in (("solved", shown[1]), ("again", cells[f"{name}-check"].source)):
            added = nbformat.v4.new_code_cell(source, id=f"{name}-{part}")  # type: ignore[no-untyped-call]  # nbformat is untyped
            notebook.cells.append(added)
    return notebook


def exercises(notebook: NotebookNode) -> list[str]:
    return [cell.id.removesuffix("-check") for cell in notebook.cells if "-check" in cell.id]


@pytest.fixture(scope="session")
def executed(course: Path, kernel: str) -> dict[str, NotebookNode]:
    """Each module run from top to bottom as given, then its solutions and checks."""
    if kernel == "python3":
        # On a new machine matplotlib looks for fonts first, and says so where that takes long.
        subprocess.run([sys.executable, "-c", "import matplotlib.pyplot"], check=True, timeout=120)
    ran = {path: then_solved(notebook) for path, notebook in modules(course).items()}
    folders = [(course / "materials" / path).parent for path in ran]
    kernels.run_all(zip(ran.values(), folders, strict=True))
    return ran


def printed(cell: NotebookNode) -> str:
    return "".join(out.get("text", "") for out in cell.outputs if out.output_type == "stream")


def test_a_module_comes_clean_valid_and_with_cell_ids(course: Path) -> None:
    found = modules(course)
    assert len(found) >= 3
    for notebook in found.values():
        nbformat.validate(notebook)
        assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
        for cell in notebook.cells:
            assert cell.id
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None


def test_a_module_runs_from_top_to_bottom_and_draws(executed: dict[str, NotebookNode]) -> None:
    for path, notebook in executed.items():
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        outputs = [out for cell in code for out in cell.outputs]
        assert all(cell.execution_count for cell in code), path
        assert not [out for out in outputs if out.get("name") == "stderr"], path
        assert [out for out in outputs if "image/png" in out.get("data", {})], path


def test_an_exercise_says_what_to_do_until_its_solution_stands_there(
    executed: dict[str, NotebookNode],
) -> None:
    for path, notebook in executed.items():
        cells = {cell.id: cell for cell in notebook.cells}
        assert exercises(notebook), path
        for name in exercises(notebook):
            for part, first_word in [("check", "Replace"), ("again", "Yes")]:
                assert printed(cells[f"{name}-{part}"]).startswith(first_word), (path, name)
