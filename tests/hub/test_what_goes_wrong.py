"""Bad input along a class's path: each gets a clear error, and nothing is lost."""

import io
import socket
import tarfile
from collections.abc import Iterator

import httpx
import psutil
import pytest

from demo.browser import Browser
from demo.classroom import CONTEXT, COURSE, INSTRUCTOR, Classroom
from demo.steps.expecting import until
from demo.steps.materials import STUDENTS, open_module
from tests.hub.conftest import Played

pytestmark = [pytest.mark.hub, pytest.mark.timeout(900)]
NEWCOMER = "1021"
GIGABYTE = 1_000_000_000


@pytest.fixture
def room(played: Played) -> Iterator[Classroom]:
    """The class, with the LMS put right again afterwards."""
    yield played.room
    played.room.lms("PUT", "/switches", json={})


def launched(room: Classroom, *, fault: str) -> httpx.Response:
    """What somebody new sees whose launch has that fault."""
    room.lms("PUT", "/switches", json={"launch_fault": fault})
    browser = Browser(hub_url=room.stage.hub_url, lms_url=room.stage.lms_url)
    try:
        return browser.launch(person=NEWCOMER, course=CONTEXT, link="data8-home")
    finally:
        browser.close()


def has_been_here(room: Classroom, person: str) -> bool:
    listed = room.lms("GET", f"/api/people?course={CONTEXT}")["people"]
    email = next(one["email"] for one in listed if one["id"] == person)
    found = room.service(INSTRUCTOR, "GET", f"courses/{COURSE}/roster", params={"q": email}).json()
    (one,) = found["items"]
    arrived: bool = one["has_arrived"]
    return arrived


def submissions(room: Classroom) -> list[str]:
    answer = room.service(
        INSTRUCTOR, "GET", f"courses/{COURSE}/submissions", params={"assignment": "ps1", "all": 1}
    )
    return [item["id"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("forged", "signature"),
        ("expired", "too old"),
        ("tampered", "signature"),
        ("alg-none", "RS256"),
        ("wrong-deployment", "deployment"),
    ],
)
def test_a_launch_that_cannot_be_trusted_lets_nobody_in(
    room: Classroom, fault: str, says: str
) -> None:
    page = launched(room, fault=fault)
    assert 400 <= page.status_code < 500
    assert says.lower() in page.text.lower()
    assert "eyJ" not in page.text, "the page shows a token"
    assert not has_been_here(room, NEWCOMER)


def test_a_replayed_launch_lets_nobody_in_twice(room: Classroom) -> None:
    first = launched(room, fault="none")
    assert first.status_code == 200
    page = launched(room, fault="replayed")
    assert 400 <= page.status_code < 500
    assert "open" in page.text.lower()


def test_an_expired_hub_token_is_refused(room: Classroom) -> None:
    answer = httpx.get(
        f"{room.stage.hub_url}/services/coursehub/api/v1/me",
        headers={"Authorization": "token 00000000000000000000000000000000"},
        timeout=30,
    )
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not-logged-in"


@pytest.mark.parametrize("course", ["nowhere", "..%2F..", "data8%00", "x" * 300])
def test_an_unknown_course_says_so(room: Classroom, course: str) -> None:
    page = room.browser(INSTRUCTOR).get(f"/services/coursehub/courses/{course}")
    assert page.status_code in {400, 404, 422}
    assert "Traceback" not in page.text


def test_a_submission_of_a_gigabyte_is_refused_before_it_is_read(room: Classroom) -> None:
    before = submissions(room)
    token = room.browser(STUDENTS[0]).own_token()
    head = (
        f"POST /services/coursehub/api/v1/courses/{COURSE}/assignments/ps1/submissions HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{room.stage.ports.hub}\r\nAuthorization: token {token}\r\n"
        f"Content-Type: application/x-tar\r\nIdempotency-Key: gigabyte\r\n"
        f"Content-Length: {GIGABYTE}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", room.stage.ports.hub), timeout=60) as line:
        # The proxy passes the head on with the first bytes of the body.
        line.sendall(head.encode() + b"\0" * 65_536)
        answer = line.recv(65_536).decode(errors="replace")
    assert " 422 " in answer.split("\r\n")[0]
    assert submissions(room) == before


def test_a_submission_that_climbs_out_is_refused(room: Classroom) -> None:
    before = submissions(room)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo("../../gradebook.db")
        entry.size = 4
        tar.addfile(entry, io.BytesIO(b"mine"))
    answer = room.service(
        STUDENTS[0],
        "POST",
        f"courses/{COURSE}/assignments/ps1/submissions",
        content=packed.getvalue(),
        type="application/x-tar",
    )
    assert answer.status_code == 422
    assert ".." in answer.json()["detail"]
    assert submissions(room) == before


def test_a_repository_that_does_not_answer_takes_nothing_away(room: Classroom) -> None:
    person = STUDENTS[0]
    room.stage.stop("git server")
    with socket.socket() as silent:
        # Connections that the stopped server closed linger on the port.
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        silent.bind(("127.0.0.1", room.stage.ports.git))
        silent.listen()
        page = open_module(room, person)
    room.stage.start_git()
    assert page.status_code == 200
    assert "/lab/tree/intro-data-science/01-tables" in page.url.path
    shown = room.browser(person).server("GET", "api/contents/intro-data-science/01-tables")
    assert shown.status_code == 200


def test_a_killed_service_comes_back_with_everything(room: Classroom) -> None:
    before = submissions(room)
    service = next(
        process
        for process in psutil.process_iter(["cmdline"])
        if process.info["cmdline"]
        and process.info["cmdline"][1:4] == ["-m", "coursehub", "serve"]
        and process.environ()
        .get("JUPYTERHUB_SERVICE_URL", "")
        .endswith(f":{room.stage.ports.service}")
    )
    service.kill()
    page = launched(room, fault="none")
    assert page.status_code in {200, 502, 503}
    until(lambda: _ready(room), seconds=120, otherwise="the service did not come back")
    assert submissions(room) == before
    assert launched(room, fault="none").status_code == 200


def _ready(room: Classroom) -> bool:
    try:
        answer = httpx.get(f"{room.stage.hub_url}/services/coursehub/health/ready", timeout=5)
    except httpx.HTTPError:
        return False
    return answer.is_success
