import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from traitlets.config import Config

from demo import students

ASSIGNMENTS = ["ps1", "ps2"]
POINTS = {"ps1": (7, 3), "ps2": (9, 3)}  # by tests, by hand
ABILITIES = get_args(students.Ability)


@pytest.fixture(scope="module", autouse=True)
def _alembic_on_the_path() -> Iterator[None]:
    """nbgrader starts `alembic` by name, so that a virtual environment must be on PATH."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        yield


@pytest.fixture(scope="module")
def released(course: Path, tmp_path_factory: pytest.TempPathFactory) -> NbGraderAPI:
    """nbgrader in a course directory of its own, both assignments generated."""
    root = tmp_path_factory.mktemp("grading")
    shutil.copytree(course / "assignments", root, dirs_exist_ok=True)
    config = Config()
    config.CourseDirectory.root = str(root)
    config.ExecutePreprocessor.timeout = 120
    nbgrader = NbGraderAPI(config=config)
    for name in ASSIGNMENTS:
        made = nbgrader.generate_assignment(name)
        assert made["success"], made["log"]
    return nbgrader


def notebook(nbgrader: NbGraderAPI, step: str, name: str) -> Any:
    path = Path(nbgrader.coursedir.root) / step / name / f"{name}.ipynb"
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # nbformat is untyped


def hand_in(nbgrader: NbGraderAPI, student: str, name: str, answered: Any) -> None:
    """What the student wrote, graded, beside the files that came with the assignment."""
    root = Path(nbgrader.coursedir.root)
    desk = root / "submitted" / student / name
    shutil.copytree(root / "release" / name, desk)
    path = desk / f"{name}.ipynb"
    nbformat.write(answered, path)  # type: ignore[no-untyped-call]  # nbformat is untyped
    graded = nbgrader.autograde(name, student)
    assert graded["success"], graded["log"]


@pytest.fixture(scope="module")
def gradebook(released: NbGraderAPI) -> Iterator[Gradebook]:
    """The scores of a class: a teacher, somebody idle, and one student of each ability."""
    for name in ASSIGNMENTS:
        hand_in(released, "teacher", name, notebook(released, "source", name))
        hand_in(released, "idle", name, notebook(released, "release", name))
    for how in ABILITIES:
        answered = students.answer(notebook(released, "release", "ps1"), how)
        hand_in(released, how, "ps1", answered)
    with closing(Gradebook(released.coursedir.db_url)) as opened:
        yield opened


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_what_students_get_holds_no_solution_no_hidden_test_and_no_marking_guide(
    released: NbGraderAPI, name: str
) -> None:
    source, given = (notebook(released, step, name) for step in ("source", "release"))
    before, after = ("\n".join(cell.source for cell in nb.cells) for nb in (source, given))
    for secret in ["BEGIN SOLUTION", "BEGIN HIDDEN TESTS", "Marking guide"]:
        assert secret in before
        assert secret not in after
    assert after.count("NotImplementedError") == before.count("BEGIN SOLUTION")
    for cell in source.cells:
        for hidden in cell.source.split("### BEGIN HIDDEN TESTS")[1:]:
            assert all(line not in after for line in hidden.split("###")[0].split("\n") if line)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_students_get_visible_tests_and_the_data(released: NbGraderAPI, name: str) -> None:
    given = notebook(released, "release", name)
    graded = [cell for cell in given.cells if cell.metadata.nbgrader.grade]
    assert all("assert" in cell.source for cell in graded if cell.cell_type == "code")
    assert list((Path(released.coursedir.root) / "release" / name).glob("*.csv"))


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_solution_earns_every_automatic_point(gradebook: Gradebook, name: str) -> None:
    handed_in = gradebook.find_submission(name, "teacher")
    by_tests, by_hand = POINTS[name]
    assert (handed_in.code_score, handed_in.max_code_score) == (by_tests, by_tests)
    assert (handed_in.written_score, handed_in.max_written_score) == (0, by_hand)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_an_untouched_assignment_earns_nothing(gradebook: Gradebook, name: str) -> None:
    assert gradebook.find_submission(name, "idle").score == 0


@pytest.mark.parametrize("how", ABILITIES)
def test_a_student_of_known_ability_gets_the_known_score(
    gradebook: Gradebook, how: students.Ability
) -> None:
    handed_in = gradebook.find_submission("ps1", how)
    assert handed_in.code_score == students.BY_TESTS[how]
    assert handed_in.max_code_score == students.BY_TESTS_AT_MOST
    assert handed_in.max_written_score == students.BY_HAND_AT_MOST
    assert handed_in.needs_manual_grade


def test_an_answer_leaves_the_notebook_it_was_given_alone(released: NbGraderAPI) -> None:
    given = notebook(released, "release", "ps1")
    assert students.answer(given, "right") != given
    assert given == notebook(released, "release", "ps1")


def test_a_notebook_that_is_not_problem_set_1_is_refused(released: NbGraderAPI) -> None:
    with pytest.raises(LookupError, match="busiest"):
        students.answer(notebook(released, "release", "ps2"), "right")
