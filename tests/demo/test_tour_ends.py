"""How a tour ends: well, with a step that failed, with a stage that did not start, or by hand."""

import json
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.classroom import Classroom
from demo.stage import Ports, Stage
from demo.steps import STEPS, grading, materials
from demo.steps.expecting import FAILURE_LOG, Unexpected
from demo.tour import play
from tests.demo.showing import PATIENCE_S, left, playing, showing

pytestmark = [pytest.mark.hub, pytest.mark.timeout(300)]
ONE_STEP = """
from demo.steps import opening
from demo.tour import main
raise SystemExit(main((("the administrator logs in", opening.own_login),)))
"""


@pytest.fixture
def room(tmp_path: Path) -> Classroom:
    """A classroom before the stage is set."""
    return Classroom(Stage(tmp_path, Ports.free()))


def no_json(_: Classroom) -> str:
    return str(json.loads("<html>"))


def nothing_found(_: Classroom) -> str:
    return str(next(iter(())))


def no_number(_: Classroom) -> str:
    nothing: Any = None
    return str(nothing + 1)


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (no_json, "JSONDecodeError: Expecting value"),
        (nothing_found, "StopIteration"),
        (no_number, "TypeError: unsupported operand"),
    ],
)
def test_whatever_goes_wrong_in_a_step_is_a_failed_step_and_ends_the_class(
    room: Classroom, step: Any, says: str
) -> None:
    (outcome,) = play(room, (("a step", step), ("never reached", lambda _: "reached")))
    assert str(outcome).startswith("FAIL ")
    assert f"a step: {says}" in str(outcome)
    assert step.__name__ in (room.stage.folder / FAILURE_LOG).read_text()


def test_a_notebook_without_the_cell_is_said_so() -> None:
    with pytest.raises(Unexpected, match="the notebook has no cell median"):
        materials._cell({"cells": [{"id": "other", "source": ""}]}, "median")


def test_a_course_file_without_the_assignment_is_said_so(room: Classroom) -> None:
    room.folder.mkdir()
    (room.folder / "course.yml").write_text(yaml.safe_dump({"assignments": [{"name": "ps9"}]}))
    with pytest.raises(Unexpected, match=r"course\.yml has no assignment ps1"):
        grading._set_due(room, datetime.now(UTC))


def last_line(said: str) -> str:
    return said.strip().splitlines()[-1].strip()


def test_a_stage_that_does_not_start_is_said_so_and_its_logs_are_kept(
    tmp_path: Path, log: Path
) -> None:
    unreachable = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    environment = {"TMPDIR": str(tmp_path), "COURSEHUB_DATABASE_URL": unreachable}
    with showing("demo.tour", log=log, environment=environment) as tour:
        assert tour.process.wait(PATIENCE_S) == 1
    (folder,) = tmp_path.iterdir()
    assert "FAIL " in tour.said
    assert "Traceback" not in tour.said
    assert f"kept in {folder}" in tour.said
    assert (folder / "demo-lms.log").exists()
    assert last_line(tour.said) == f"tour: {len(STEPS)} steps, 0 ok"
    assert not left(tmp_path)


def test_a_tour_that_went_well_leaves_nothing(tmp_path: Path, log: Path) -> None:
    with playing(ONE_STEP, log=log, environment={"TMPDIR": str(tmp_path)}) as tour:
        assert tour.process.wait(PATIENCE_S) == 0
    assert last_line(tour.said) == "tour: 1 steps, 1 ok"
    assert not left(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("when", "how"),
    [("starting the git server", signal.SIGHUP), ("starting the demo LMS", signal.SIGTERM)],
)
def test_a_tour_that_is_asked_to_stop_leaves_nothing_running(
    tmp_path: Path, log: Path, when: str, how: signal.Signals
) -> None:
    with showing("demo.tour", log=log, environment={"TMPDIR": str(tmp_path)}) as tour:
        tour.until(when)
        assert left(tmp_path)
        assert tour.end(how) == 1
    assert "Traceback" not in tour.said
    assert last_line(tour.said) == f"tour: {len(STEPS)} steps, 0 ok"
    assert not left(tmp_path)
