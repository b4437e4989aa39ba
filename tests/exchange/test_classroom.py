"""A class at work with nbgrader's own commands: a teacher and two students, one Unix account."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coursehub.store import Store
from tests.exchange.actors import Seat, problem_set
from tests.exchange.campus import set_deadline
from tests.exchange.conftest import Seats, Service


@pytest.fixture
def teacher(service: Service, seats: Seats) -> Seat:
    """The course's grader server, with an assignment released from it."""
    service.start()
    seat = seats.of("grader-ds1", role="grader")
    source = seat.home / "course" / "source" / "ps1"
    source.mkdir(parents=True)
    (source / "ps1.ipynb").write_bytes(problem_set())
    (source / "rides.csv").write_text("a,b\n1,2\n")
    seat.nbgrader("generate_assignment", "ps1")
    assert "Released as: ds1 ps1" in seat.nbgrader("release_assignment", "ps1")
    assert "add --force" in seat.nbgrader("release_assignment", "ps1", fails=True)
    return seat


@pytest.fixture
def released(service: Service) -> None:
    """An assignment released already, however that came about."""
    service.start()
    files = {"ps1.ipynb": problem_set(), "rides.csv": b"a,b\n1,2\n"}
    assert service.caller("grace").release("ps1", files).status_code == 200


def _answer(seat: Seat, code: str) -> None:
    path = seat.home / "ds1" / "ps1" / "ps1.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][0]["source"] = code
    path.write_text(json.dumps(notebook))


def _cell(path: Path) -> str:
    return "".join(json.loads(path.read_text())["cells"][0]["source"])


def test_a_class_from_release_to_feedback(teacher: Seat, seats: Seats) -> None:
    ada, ben = seats.of("ada"), seats.of("ben")
    for student, answer in ((ada, "x = 42"), (ben, "x = 41")):
        student.nbgrader("fetch_assignment", "ps1")
        assert (student.home / "ds1" / "ps1" / "rides.csv").read_text() == "a,b\n1,2\n"
        assert "SOLUTION" not in _cell(student.home / "ds1" / "ps1" / "ps1.ipynb")
        _answer(student, answer)
        assert "Submitted as: ds1 ps1" in student.nbgrader("submit", "ps1")
    assert "ds1 ps1 (already downloaded)" in ada.nbgrader("list")
    assert "ada ps1" in ada.nbgrader("list", "--cached")
    assert "ben" not in ada.nbgrader("list", "--inbound")
    assert "ben ps1" in teacher.nbgrader("list", "--inbound")

    _answer(ada, "x = 40 + 2")
    ada.nbgrader("submit", "ps1")
    assert "Processing 2 submissions" in teacher.nbgrader("collect", "ps1")
    submitted = teacher.home / "course" / "submitted"
    assert _cell(submitted / "ada" / "ps1" / "ps1.ipynb") == "x = 40 + 2"
    assert _cell(submitted / "ben" / "ps1" / "ps1.ipynb") == "x = 41"
    stamp = (submitted / "ada" / "ps1" / "timestamp.txt").read_text()
    assert abs(datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S.%f %Z") - _now()) < timedelta(minutes=5)  # noqa: DTZ007  nbgrader's format is in UTC

    teacher.nbgrader("autograde", "ps1")
    teacher.nbgrader("generate_feedback", "ps1")
    assert "ada ps1" in teacher.nbgrader("release_feedback", "ps1")
    assert "ready to be fetched" in ada.nbgrader("list", "--cached")
    ada.nbgrader("fetch_feedback", "ps1")
    (page,) = (ada.home / "ds1" / "ps1" / "feedback").rglob("*.html")
    assert page.parent.name == stamp
    assert "2.0" in page.read_text()
    said = ada.nbgrader("list", "--cached")
    assert "feedback already fetched" in said
    assert "no feedback available" in said  # on the first version
    assert not (ben.home / "ds1" / "ps1" / "feedback").exists()


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


@pytest.mark.usefixtures("released")
def test_a_student_keeps_the_receipt(seats: Seats) -> None:
    ada = seats.of("ada")
    ada.nbgrader("fetch_assignment", "ps1")
    said = ada.nbgrader("submit", "ps1")
    (path,) = (ada.home / ".local" / "share" / "coursehub" / "receipts" / "ds1").rglob("*.json")
    receipt = json.loads(path.read_text())
    assert receipt["id"] in said
    assert {file["path"] for file in receipt["files"]} == {"ps1.ipynb", "rides.csv"}


@pytest.mark.usefixtures("released")
def test_late_work_is_received_and_the_student_is_told(service: Service, seats: Seats) -> None:
    store = Store(service.settings.database)
    set_deadline(store, "ps1", datetime.now(UTC) - timedelta(hours=2, minutes=5))
    store.close()
    ada = seats.of("ada")
    ada.nbgrader("fetch_assignment", "ps1")
    assert "2 hours after the deadline" in ada.nbgrader("submit", "ps1")


@pytest.mark.usefixtures("released")
def test_failures_are_sentences(service: Service, seats: Seats) -> None:
    ada = seats.of("ada")
    assert "no folder 'ps1' here" in ada.nbgrader("submit", "ps1", fails=True)
    said = ada.nbgrader("fetch_assignment", "ps2", fails=True)
    assert "ps2 is not released in ds1. Released are: ps1." in said
    ada.nbgrader("fetch_assignment", "ps1")
    assert "already have a copy" in ada.nbgrader("fetch_assignment", "ps1", fails=True)
    said = ada.nbgrader("fetch_assignment", "ps1", "--course", "art", fails=True)
    assert "no such course" in said
    service.kill()
    assert "cannot be reached" in ada.nbgrader("submit", "ps1", fails=True)


@pytest.mark.usefixtures("released")
def test_missing_and_extra_notebooks_are_named(seats: Seats) -> None:
    ada = seats.of("ada")
    ada.nbgrader("fetch_assignment", "ps1")
    folder = ada.home / "ds1" / "ps1"
    (folder / "ps1.ipynb").rename(folder / "mine.ipynb")
    said = ada.nbgrader("submit", "ps1", "--strict", fails=True)
    assert "ps1.ipynb: MISSING" in said
    said = ada.nbgrader("submit", "ps1")
    assert "mine.ipynb: EXTRA" in said
    ada.nbgrader("fetch_assignment", "ps1", "--replace")
    assert {path.name for path in folder.glob("*.ipynb")} == {"mine.ipynb", "ps1.ipynb"}


def test_formgrader_sees_releases_and_takes_them_back(teacher: Seat) -> None:
    program = (
        "from nbgrader.apps import NbGrader; from nbgrader.apps.api import NbGraderAPI\n"
        "app = NbGrader(); app.load_config_file()\n"
        "api = NbGraderAPI(config=app.config)\n"
        "print(sorted(api.get_released_assignments()), api.exchange_missing)\n"
        "print(api.unrelease('ps1')['success'], api.get_released_assignments())\n"
        "print(api.release_assignment('ps1')['success'], api.collect('ps1')['success'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=teacher.home,
        env=teacher.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.split("\n")[:3] == ["['ps1'] False", "True set()", "True True"]
