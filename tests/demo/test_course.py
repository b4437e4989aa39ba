"""The demo's course: made once, whatever an earlier beginning left."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.classroom import Classroom
from demo.stage import Ports, Stage

pytestmark = pytest.mark.hub


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Classroom]:
    """A classroom with a git server and nothing else."""
    stage = Stage(tmp_path, Ports.free())
    stage.start_git()
    yield Classroom(stage)
    stage.stop("git server")


def upstream(room: Classroom) -> str:
    """The commits that the git server has."""
    command = ["git", "ls-remote", room.materials_url, "refs/heads/main"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_course_is_made_over_what_an_interrupted_beginning_left_and_then_left_alone(
    room: Classroom,
) -> None:
    aside = room.stage.folder / "course.new"
    aside.mkdir()
    (aside / "course.yml").write_text("half of it")
    broken = room.stage.folder / "git" / "intro-data-science.git"
    broken.mkdir(parents=True)
    (broken / "config.lock").touch()
    room.make_course()
    first = upstream(room)
    assert first
    assert (room.folder / "course.yml").read_text() != "half of it"
    assert not aside.exists()
    (room.folder / "course.yml").write_text("the instructor's own words")
    room.make_course()
    assert upstream(room) == first
    assert (room.folder / "course.yml").read_text() == "the instructor's own words"
