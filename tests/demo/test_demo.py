"""`make demo`: started, interrupted, started again, and ended in every way that people have."""

import re
import signal
import socket
import time
from pathlib import Path

import pytest

from demo.browser import Browser
from demo.classroom import CONTEXT, COURSE, INSTRUCTOR
from demo.stage import Ports
from tests.demo.showing import END_S, PATIENCE_S, Place, answers, left, showing

pytestmark = [pytest.mark.hub, pytest.mark.timeout(600)]
SETTING_UP = "setting the course up from its file"
RELEASING = "releasing the first assignment"
INVITATION = "Ctrl-C stops it all."


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("demo") / "class")


@pytest.fixture
def set_up(place: Place, log: Path) -> Place:
    """A place where the class is set up already."""
    if not (place.folder / "class-is-set-up").exists():
        with showing("demo", *place.options(), log=log) as demo:
            demo.until(INVITATION)
            demo.end(signal.SIGINT)
    return place


def course_page(place: Place) -> str:
    """What the instructor sees who opens the course from the LMS."""
    browser = Browser(
        hub_url=f"http://127.0.0.1:{place.ports.hub}", lms_url=f"http://127.0.0.1:{place.ports.lms}"
    )
    try:
        page = browser.launch(person=INSTRUCTOR, course=CONTEXT, link="data8-home")
        assert page.url.path == f"/services/coursehub/courses/{COURSE}"
        return page.text
    finally:
        browser.close()


def ready_after_s(said: str) -> int:
    """How long the start took, as the invitation says."""
    found = re.search(r"Ready after (\d+) s", said)
    assert found
    return int(found[1])


def test_a_first_start_that_was_interrupted_leaves_nothing_running_and_is_gone_on_with(
    place: Place, log: Path
) -> None:
    with showing("demo", *place.options(), log=log) as demo:
        demo.until(RELEASING)
        assert demo.end(signal.SIGINT) == 0
        assert "Stopped." in demo.said
    assert not left(place.folder)
    assert not place.listeners()
    with showing("demo", *place.options(), log=log) as demo:
        demo.until(INVITATION)
        assert RELEASING in demo.said
        assert "Tables" in course_page(place)
        assert demo.end(signal.SIGINT) == 0
    assert not left(place.folder)
    assert not place.listeners()


def test_a_second_start_takes_seconds_and_a_closed_terminal_ends_it(
    set_up: Place, log: Path
) -> None:
    with showing("demo", *set_up.options(), log=log) as demo:
        demo.until(INVITATION)
        assert SETTING_UP not in demo.said
        assert RELEASING not in demo.said
        assert ready_after_s(demo.said) < 90, "far more than a Hub takes on a busy machine"
        assert "Tables" in course_page(set_up)
        demo.close_terminal()
    assert not left(set_up.folder)
    assert not set_up.listeners()


def test_a_demo_that_is_killed_takes_all_its_servers_along(place: Place, log: Path) -> None:
    with showing("demo", *place.options(), log=log) as demo:
        demo.until("starting the JupyterHub")
        deadline = time.monotonic() + PATIENCE_S
        while not answers(place.ports.proxy):
            assert time.monotonic() < deadline, "the Hub's proxy did not start"
            time.sleep(0.1)
        assert left(place.folder)
        demo.end(signal.SIGKILL)
    assert not left(place.folder, within_s=END_S)
    assert not place.listeners()


def test_a_port_that_is_taken_is_named(tmp_path: Path, log: Path) -> None:
    place = Place(tmp_path / "class")
    with (
        socket.create_server(("127.0.0.1", place.ports.proxy)),
        showing("demo", *place.options(), log=log) as demo,
    ):
        assert demo.process.wait(END_S) == 1
    assert f"Port {place.ports.proxy} is in use" in demo.said
    assert "--proxy-port NUMBER" in demo.said
    assert not place.folder.exists()


def test_a_class_keeps_to_its_ports(set_up: Place, log: Path) -> None:
    elsewhere = Place(set_up.folder, Ports.free())
    with showing("demo", *elsewhere.options(), log=log) as demo:
        assert demo.process.wait(END_S) == 1
    assert "lives on other ports" in demo.said
    assert "--folder FOLDER" in demo.said


def test_what_is_no_port_is_refused(tmp_path: Path, log: Path) -> None:
    with showing("demo", f"--folder={tmp_path}", "--hub-port=99999", log=log) as demo:
        assert demo.process.wait(END_S) == 2
    assert "'99999' is no port" in demo.said


def test_a_part_that_does_not_start_is_said_in_a_sentence(tmp_path: Path, log: Path) -> None:
    place = Place(tmp_path / "class")
    (place.folder / "lms").mkdir(parents=True)
    (place.folder / "lms" / "demo-lms.json").write_text("{")
    with showing("demo", *place.options(), log=log) as demo:
        assert demo.process.wait(PATIENCE_S) == 1
    assert "The demo could not go on: The demo LMS did not start." in demo.said
    assert f"The logs are in {place.folder}" in demo.said
    assert not left(tmp_path)
