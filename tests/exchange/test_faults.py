"""A service that dies or has no room: nothing is lost, doubled or half there."""

import hashlib
import shutil
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.exchange.actors import files_in, tar_of
from tests.exchange.conftest import Seats, Service

WORK = {"ps1.ipynb": b'{"cells": []}', "data.csv": b"1,2\n" * 100_000}


@pytest.fixture
def with_ps1(service: Service) -> Service:
    service.start()
    assert service.caller("grace").release("ps1", {"ps1.ipynb": b"{}"}).status_code == 200
    return service


@pytest.mark.parametrize("moment", ["hold-blobs", "hold-answers"])
def test_killed_before_the_answer_a_retry_makes_exactly_one_whole_submission(
    with_ps1: Service, moment: str
) -> None:
    student = with_ps1.caller("ada")
    hold = with_ps1.data_dir / moment
    hold.touch()
    with ThreadPoolExecutor() as pool:
        lost = pool.submit(student.submit, tar_of(WORK), key="k1")
        _wait_for(lambda: _stored(with_ps1, rows=moment == "hold-answers"))
        with_ps1.kill()
        with pytest.raises(httpx.TransportError):
            lost.result(timeout=60)
    hold.unlink()
    with_ps1.start()
    receipt = student.submit(tar_of(WORK), key="k1").json()
    (found,) = student.submissions()
    assert found["id"] == receipt["id"]
    assert not list((with_ps1.data_dir / "incoming").iterdir())
    files = student.ask("GET", f"courses/ds1/submissions/{found['id']}/files")
    assert files_in(files.content) == WORK


def test_killed_in_the_middle_of_an_upload_nothing_is_there(with_ps1: Service) -> None:
    student = with_ps1.caller("ada")
    tar = tar_of(WORK)

    def half() -> Iterator[bytes]:
        yield tar[: len(tar) // 2]
        with_ps1.kill()
        yield tar[len(tar) // 2 :]

    path = "courses/ds1/assignments/ps1/submissions"
    with pytest.raises(httpx.TransportError):
        student.ask("POST", path, content=half(), headers={"Content-Length": str(len(tar))})
    with_ps1.start()
    assert student.submissions() == []
    assert not list((with_ps1.data_dir / "incoming").iterdir())
    assert student.submit(tar).status_code == 201


def test_a_student_who_submits_again_after_a_lost_answer_has_one_submission(
    with_ps1: Service, seats: Seats
) -> None:
    ada = seats.of("ada")
    ada.nbgrader("fetch_assignment", "ps1")
    hold = with_ps1.data_dir / "hold-answers"
    hold.touch()
    with ThreadPoolExecutor() as pool:
        lost = pool.submit(ada.nbgrader, "submit", "ps1", fails=True)
        _wait_for(lambda: _stored(with_ps1, rows=True))
        with_ps1.kill()
        assert "cannot be reached" in lost.result(timeout=120)
    hold.unlink()
    with_ps1.start()
    (first,) = with_ps1.caller("ada").submissions()
    assert first["id"] in ada.nbgrader("submit", "ps1")
    assert len(with_ps1.caller("ada").submissions()) == 1
    # Handed in anew on purpose, it is a version of its own.
    ada.nbgrader("submit", "ps1")
    assert len(with_ps1.caller("ada").submissions()) == 2


def test_an_upload_that_is_cut_off_leaves_nothing(with_ps1: Service) -> None:
    host, port = with_ps1.base.split("/")[2].split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            b"POST /services/coursehub/api/v1/courses/ds1/assignments/ps1/submissions HTTP/1.1\r\n"
            b"Host: test\r\nAuthorization: token token-of-ada\r\nContent-Length: 100000\r\n\r\n"
            + bytes(5000)
        )
    assert with_ps1.caller("ada").submissions() == []
    assert with_ps1.caller("ada").submit(tar_of(WORK)).status_code == 201


@pytest.mark.parametrize("folder", ["blobs", "incoming"])
def test_a_full_disk_refuses_the_submission_and_keeps_the_earlier_ones(
    service: Service, folder: str
) -> None:
    bwrap = shutil.which("bwrap")
    assert bwrap, "bubblewrap is missing: apt-get install bubblewrap"
    small = service.data_dir / folder
    small.mkdir()
    space = ["--size", str(1_000_000), "--tmpfs", str(small)]
    service.wrapper = [
        bwrap,
        "--die-with-parent",
        "--bind",
        "/",
        "/",
        "--dev-bind",
        "/dev",
        "/dev",
        *space,
    ]
    service.start()
    assert service.caller("grace").release("ps1", {"ps1.ipynb": b"{}"}).status_code == 200
    student = service.caller("ada")
    kept = student.submit(tar_of({"ps1.ipynb": b"small"})).json()
    answer = student.submit(tar_of({"ps1.ipynb": b"new", "large.bin": bytes(3_000_000)}))
    assert (answer.status_code, answer.json()["code"]) == (503, "storage")
    assert "disk may be full" in answer.json()["detail"]
    assert [each["id"] for each in student.submissions()] == [kept["id"]]
    files = student.ask("GET", f"courses/ds1/submissions/{kept['id']}/files")
    assert files_in(files.content) == {"ps1.ipynb": b"small"}
    assert student.submit(tar_of({"ps1.ipynb": b"small again"})).status_code == 201


def _stored(service: Service, *, rows: bool) -> bool:
    """Whether the submission's notebook is in the blobs, or (`rows`) it is in the database."""
    if rows:
        return bool(service.caller("ada").submissions())
    name = hashlib.sha256(WORK["ps1.ipynb"]).hexdigest()
    return (service.data_dir / "blobs" / name[:2] / name).is_file()


def _wait_for(condition: object) -> None:
    assert callable(condition)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it never came to that")
