"""Bad input along a class's path: each gets a clear error, and nothing is lost."""

import io
import socket
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import httpx
import psutil
import pytest

from demo.browser import Browser, Form, forms
from demo.classroom import CONTEXT, COURSE, INSTRUCTOR, Classroom
from demo.steps.expecting import until
from demo.steps.materials import STUDENTS, open_module
from tests.hub.conftest import Played

pytestmark = [pytest.mark.hub, pytest.mark.timeout(900)]
NEWCOMER = "1021"
GIGABYTE = 1_000_000_000
NO_SUCH_COURSE = "There is no such course, or you are not in it."


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


def test_a_launch_answered_with_an_earlier_launchs_token_lets_nobody_in(room: Classroom) -> None:
    assert launched(room, fault="none").status_code == 200
    page = launched(room, fault="stale-token")
    assert page.status_code == 401
    assert "The token belongs to another launch. Open the link again." in page.text


def test_a_launch_that_was_used_before_is_refused_though_the_browsers_cookies_came_along(
    room: Classroom,
) -> None:
    owner, thief = (
        Browser(hub_url=room.stage.hub_url, lms_url=room.stage.lms_url) for _ in range(2)
    )
    with closing(owner), closing(thief):
        page, launch = up_to_the_token(owner)
        thief._client.cookies.update(owner._client.cookies)
        assert owner.send(launch, page).status_code == 200
        refused = thief.send(launch, page)
        assert refused.status_code == 403
        assert "launch-replayed" in refused.text
        assert "This launch was used before. Go back to your course" in refused.text
        assert thief.get("/hub/api/user").status_code == 403, "the thief is logged in"


def up_to_the_token(browser: Browser) -> tuple[httpx.Response, Form]:
    """The LMS's page that carries the signed launch, and its form, not sent yet."""
    click = f"{browser.lms_url}/launch/{CONTEXT}/data8-home"
    page = browser._client.post(click, data={"person": NEWCOMER})
    (login,) = forms(page)
    page = browser.send(login, page)
    (launch,) = forms(page)
    assert "id_token" in launch.fields
    return page, launch


def test_an_expired_hub_token_is_refused(room: Classroom) -> None:
    student = room.browser(STUDENTS[0])
    student.get("/hub/token")
    made = student.api(
        "POST", f"/hub/api/users/{student.name()}/tokens", body={"note": "brief", "expires_in": 2}
    ).json()
    ends = datetime.fromisoformat(made["expires_at"])
    assert who_asks(room, student.own_token()).json()["username"] == student.name()
    time.sleep(max(0.0, (ends - datetime.now(UTC)).total_seconds()) + 1)
    answer = who_asks(room, made["token"])
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not-logged-in"
    assert answer.json()["detail"]


def who_asks(room: Classroom, token: str) -> httpx.Response:
    """What the service answers the bearer of that token."""
    return httpx.get(
        f"{room.stage.hub_url}/services/coursehub/api/v1/me",
        headers={"Authorization": f"token {token}"},
        timeout=30,
    )


@pytest.mark.parametrize(
    ("course", "says"),
    [
        ("nowhere", NO_SUCH_COURSE),
        ("data8%00", NO_SUCH_COURSE),
        ("x" * 300, NO_SUCH_COURSE),
        ("..%2F..", "There is nothing at this address."),
    ],
)
def test_an_unknown_course_says_so(room: Classroom, course: str, says: str) -> None:
    page = room.browser(INSTRUCTOR).get(f"/services/coursehub/courses/{course}")
    assert page.status_code == 404
    assert says in page.text
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
        told = room.browser(INSTRUCTOR).get(f"/services/coursehub/courses/{COURSE}").text
    room.stage.start_git()
    assert "has not answered yet. The last copy stays in use." in told
    assert page.status_code == 200
    assert "/lab/tree/intro-data-science/01-tables" in page.url.path
    shown = room.browser(person).server("GET", "api/contents/intro-data-science/01-tables")
    assert shown.status_code == 200
    again = room.service(INSTRUCTOR, "POST", f"courses/{COURSE}/modules/refresh").json()
    assert {item["error"] for item in again["items"]} == {""}


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
