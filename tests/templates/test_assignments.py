from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.nbgraderformat import MetadataValidator

from . import grading, kernels

# What stands in the students' version where a solution stood.
STUBS = {"python3": "raise NotImplementedError()", "ir": "fail()"}


@pytest.fixture(scope="session")
def released(course: Path, tmp_path_factory: pytest.TempPathFactory) -> NbGraderAPI:
    """nbgrader in a course directory of its own, every assignment generated."""
    root = tmp_path_factory.mktemp("grading")
    return grading.release(course / "assignments", root)


@pytest.fixture(scope="session")
def gradebook(released: NbGraderAPI, kernel: str) -> Iterator[Gradebook]:
    """The scores of a teacher, who knows all, and of somebody idle."""
    assert kernel in STUBS
    for name in grading.assignments(released):
        for student, step in (("teacher", "source"), ("idle", "release")):
            grading.hand_in(released, student, name, grading.notebook(released, step, name))
    with closing(Gradebook(released.coursedir.db_url)) as opened:
        yield opened


def test_every_cell_is_one_that_nbgrader_knows(released: NbGraderAPI) -> None:
    assert len(grading.assignments(released)) >= 2
    for name in grading.assignments(released):
        source = grading.notebook(released, "source", name)
        MetadataValidator().validate_nb(source)
        marks = [cell.metadata.nbgrader for cell in source.cells]
        assert len({mark.grade_id for mark in marks}) == len(marks)
        assert all(mark.schema_version == 3 for mark in marks)
        assert all(mark.locked != mark.solution for mark in marks)
        assert [mark for mark in marks if mark.grade and mark.solution], "no question by hand"


def test_what_students_get_holds_no_solution_no_hidden_test_and_no_marking_guide(
    course: Path, released: NbGraderAPI
) -> None:
    for name in grading.assignments(released):
        source, given = (grading.notebook(released, step, name) for step in ("source", "release"))
        before, after = ("\n".join(cell.source for cell in nb.cells) for nb in (source, given))
        for secret in ["BEGIN SOLUTION", "BEGIN HIDDEN TESTS", "Marking guide"]:
            assert secret in before
            assert secret not in after
        assert after.count(STUBS[kernels.of(course)]) == before.count("BEGIN SOLUTION")
        for cell in source.cells:
            for hidden in cell.source.split("### BEGIN HIDDEN TESTS")[1:]:
                lines = hidden.split("###")[0].split("\n")
                assert all(line not in after for line in lines if line)


def test_students_get_visible_tests_and_the_data(released: NbGraderAPI) -> None:
    for name in grading.assignments(released):
        given = grading.notebook(released, "release", name)
        graded = [cell for cell in given.cells if cell.metadata.nbgrader.grade]
        tests = [cell.source for cell in graded if cell.cell_type == "code"]
        assert tests
        assert all("assert" in source or "stopifnot" in source for source in tests)
        folder = Path(released.coursedir.root) / "release" / name
        assert [path for path in folder.iterdir() if path.suffix in {".csv", ".txt"}]


def test_the_solution_earns_every_automatic_point(
    released: NbGraderAPI, gradebook: Gradebook
) -> None:
    for name in grading.assignments(released):
        handed_in = gradebook.find_submission(name, "teacher")
        by_tests, by_hand = (
            sum(points) for points in grading.points(grading.notebook(released, "source", name))
        )
        assert (handed_in.code_score, handed_in.max_code_score) == (by_tests, by_tests)
        assert (handed_in.written_score, handed_in.max_written_score) == (0, by_hand)


def test_an_untouched_assignment_earns_nothing(released: NbGraderAPI, gradebook: Gradebook) -> None:
    for name in grading.assignments(released):
        assert gradebook.find_submission(name, "idle").score == 0


def test_the_course_file_and_the_readme_say_what_an_answer_is_worth(course: Path) -> None:
    written: Any = yaml.safe_load((course / "course.yml").read_text(encoding="utf-8"))
    readme = (course / "README.md").read_text(encoding="utf-8")
    for assignment in written["assignments"]:
        name = assignment["name"]
        source = kernels.read(course / "assignments" / "source" / name / f"{name}.ipynb")
        by_tests, by_hand = grading.points(source)
        assert sum(by_tests) + sum(by_hand) == assignment["points"]
        sums = (" + ".join(map(str, points)) for points in (by_tests, by_hand))
        assert f"| `{name}` | {' | '.join(sums)} | {assignment['points']} |" in readme
