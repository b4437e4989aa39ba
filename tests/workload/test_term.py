"""A term is played whole, and docs/workload.md says how many actions that took."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workload.campus import open_campus
from tests.workload.instructor import Instructor, Kind
from tests.workload.table import COLUMNS, PAGE, Cell, rows, total
from tests.workload.term import Term


@pytest.fixture(scope="module", autouse=True)
def _alembic_on_the_path() -> Iterator[None]:
    """nbgrader starts `alembic` by name, so that a virtual environment must be on PATH."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        yield


@pytest.fixture(scope="module")
def ada(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instructor]:
    """The instructor at the end of the term."""
    with open_campus(tmp_path_factory.mktemp("term")) as campus:
        ada = Instructor(campus)
        term = Term(campus, ada)
        term.is_set_up()
        term.goes_by()
        term.is_followed_by_another()
        yield ada


def test_each_task_of_a_term_takes_as_many_actions_as_the_document_says(ada: Instructor) -> None:
    took = ada.counted()
    assert took.keys() <= rows().keys()
    written = {task: cells["coursehub today"] for task, cells in rows().items()}
    assert {task: Cell(*took.get(task, (0, 0))) for task in written} == written


def test_the_document_says_of_which_kinds_the_actions_are(ada: Instructor) -> None:
    kinds = [one.kind for one in ada.done]
    found = {kind: kinds.count(kind) for kind in Kind}
    said = (
        f"{found[Kind.COMMAND]} commands, {found[Kind.FORM]} forms or buttons and "
        f"{found[Kind.FILE]} files"
    )
    assert said in " ".join(PAGE.read_text().split()), said


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_of_the_table_adds_up(column: str) -> None:
    cells = [cells[column] for cells in rows().values()]
    assert total(column) == Cell(
        sum(cell.actions for cell in cells), sum(cell.remembered for cell in cells)
    )


def test_the_aim_is_33_at_most_and_nothing_to_remember() -> None:
    aim = total("coursehub's aim")
    assert aim.actions <= 33
    assert aim.remembered == 0
