"""One stage for all tests of the whole: a real Hub, the demo LMS, a git server."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.classroom import Classroom
from demo.stage import Ports, Stage
from demo.tour import Outcome, play
from tests.browser import browser

__all__ = ["browser"]


@dataclass(frozen=True, slots=True)
class Played:
    """The class after the tour, with everybody's browser still open."""

    room: Classroom
    outcomes: tuple[Outcome, ...]


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder: Path = tmp_path_factory.mktemp("stage")
    with Stage(folder, Ports.free()) as started:
        yield started


@pytest.fixture(scope="session")
def played(stage: Stage) -> Iterator[Played]:
    """The tour, played once; what comes after it finds a class at work."""
    room = Classroom(stage)
    try:
        yield Played(room, tuple(play(room)))
    finally:
        room.close()
