"""The demo's students, who answer problem set 1 of `intro-data-science`."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI

from demo import students

from . import grading

if TYPE_CHECKING:
    from .conftest import Render

ABILITIES = get_args(students.Ability)


@pytest.fixture(scope="module")
def released(render: "Render", tmp_path_factory: pytest.TempPathFactory) -> NbGraderAPI:
    course: Path = render("intro-data-science", tmp_path_factory.mktemp("course"))
    return grading.release(course / "assignments", tmp_path_factory.mktemp("grading"))


@pytest.fixture(scope="module")
def gradebook(released: NbGraderAPI) -> Iterator[Gradebook]:
    """The scores of one student of each ability."""
    for how in ABILITIES:
        answered = students.answer(grading.notebook(released, "release", "ps1"), how)
        grading.hand_in(released, how, "ps1", answered)
    with closing(Gradebook(released.coursedir.db_url)) as opened:
        yield opened


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
    given = grading.notebook(released, "release", "ps1")
    assert students.answer(given, "right") != given
    assert given == grading.notebook(released, "release", "ps1")


def test_a_notebook_that_is_not_problem_set_1_is_refused(released: NbGraderAPI) -> None:
    with pytest.raises(LookupError, match="busiest"):
        students.answer(grading.notebook(released, "release", "ps2"), "right")
