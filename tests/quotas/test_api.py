import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from jupyterhub.services.auth import HubOAuth
from pydantic import SecretStr
from sqlmodel import select

from coursehub.adapters.memory import MemoryHub
from coursehub.model.course_file import CourseChange
from coursehub.quotas.routes import routers
from coursehub.settings import Settings
from coursehub.store import EVERYONE
from coursehub.vocabulary.people import Role
from coursehub.web import problems
from coursehub.web.house import House
from tests.quotas.campus import Campus

GB = 10**9
HUB = {"Authorization": "Bearer the-hubs-own-secret"}
ACCESS = "access:services!service=coursehub"


class HubUsers(BaseHTTPRequestHandler):
    """The Hub's answer to "whose token is this?": the token is the name."""

    def do_GET(self) -> None:
        name = self.headers["Authorization"].partition(" ")[2]
        body = json.dumps({"kind": "user", "name": name, "scopes": [ACCESS]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture(scope="module")
def hub_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), HubUsers)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hub/api"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def client(campus: Campus, hub_url: str, tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(
        data_dir=tmp_path, hub_token=SecretStr("the-hubs-own-secret"), hub_api_url=hub_url
    )
    unused: Any = None
    app = FastAPI()
    problems.install(app)
    for router in routers:
        app.include_router(router)
    app.state.house = House(
        settings=settings, store=campus.store, hub=MemoryHub(), clock=campus, lms=unused,
        rosters=unused, roster_files=unused,
        repos=unused, blobs=unused, autograder=unused, gradebooks=unused, keys=unused,
        outside=unused, consumers=unused,
    )  # fmt: skip
    app.state.hub_oauth = HubOAuth(
        api_url=hub_url, api_token="t", oauth_client_id="service-coursehub", access_scopes={ACCESS}
    )
    with TestClient(app) as client:
        yield client


def who(name: str) -> dict[str, str]:
    return {"Authorization": f"token {name}"}


def admit(client: TestClient, name: str, spawn_id: str) -> Any:
    wanted = {"spawn_id": spawn_id, "hub_name": name, "server_name": ""}
    return client.post("/api/v1/hub/admissions", json=wanted, headers=HUB)


def test_the_hub_follows_a_server_from_seat_to_bill(campus: Campus, client: TestClient) -> None:
    campus.course("data8", memory_bytes=2 * GB, cpu=1.0)
    campus.enrol("data8", "ada")
    campus.enrol("data8", "iris", role=Role.INSTRUCTOR)
    admitted = admit(client, "ada", "one")
    assert admitted.status_code == 201
    seat = f"/api/v1/hub/reservations/{admitted.json()['reservation_id']}"
    given = {"memory_bytes": 2 * GB, "cpu": None}
    assert client.post(f"{seat}/running", json=given, headers=HUB).status_code == 204
    campus.later(hours=1)
    for _ in range(2):
        assert client.post(f"{seat}/close", json={}, headers=HUB).status_code == 204
    usage = client.get("/api/v1/courses/data8/usage", headers=who("iris")).json()
    assert usage["total"]["cost_microusd"] == 40_000
    assert [item["hub_name"] for item in usage["items"]] == ["ada"]


def test_a_full_course_is_a_problem_with_a_time_to_come_again(
    campus: Campus, client: TestClient
) -> None:
    campus.course("data8", seats=1)
    campus.enrol("data8", "ada", "ben")
    admit(client, "ada", "one")
    refused = admit(client, "ben", "two")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "120"
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert (problem["code"], problem["retry_after_s"]) == ("seats-full", 120)


@pytest.mark.parametrize("path", ["admissions", "reservations/x/running", "reservations/x/close"])
def test_only_the_hub_asks_for_seats(client: TestClient, path: str) -> None:
    wanted = {"spawn_id": "one", "hub_name": "ada"}
    answer = client.post(f"/api/v1/hub/{path}", json=wanted, headers=who("ada"))
    assert answer.status_code == 403


def test_an_unknown_reservation_is_404(client: TestClient) -> None:
    answer = client.post("/api/v1/hub/reservations/nothing/close", json={}, headers=HUB)
    assert answer.status_code == 404


def test_usage_comes_in_pages(campus: Campus, client: TestClient) -> None:
    campus.course("data8")
    campus.enrol("data8", "iris", role=Role.INSTRUCTOR)
    names = [f"student-{n}" for n in range(5)]
    campus.enrol("data8", *names)
    for name in names:
        campus.run(campus.spawn(name))
    campus.later(hours=1)
    seen: list[str] = []
    after = ""
    while True:
        wanted = {"limit": 2, **({"after": after} if after else {})}
        page = client.get("/api/v1/courses/data8/usage", params=wanted, headers=who("iris")).json()
        assert (page["people"], page["running"]) == (5, 5)
        seen += [item["hub_name"] for item in page["items"]]
        after = page["next"]
        if not after:
            break
    assert seen == names


def test_students_do_not_see_what_others_cost(campus: Campus, client: TestClient) -> None:
    campus.course("data8")
    campus.enrol("data8", "ada")
    for path in ("usage", "quota"):
        answer = client.get(f"/api/v1/courses/data8/{path}", headers=who("ada"))
        assert answer.status_code == 403


def test_an_instructor_sets_what_the_next_server_gets(campus: Campus, client: TestClient) -> None:
    campus.course("data8")
    campus.enrol("data8", "ada")
    campus.enrol("data8", "iris", role=Role.INSTRUCTOR)
    change = {"memory_bytes": 3 * GB, "cpu": 0.5, "seats": None}
    answer = client.put("/api/v1/courses/data8/quota", json=change, headers=who("iris"))
    assert answer.json()["in_force"] == {"memory_bytes": 3 * GB, "cpu": 0.5, "seats": 100}
    assert client.get("/api/v1/courses/data8/quota", headers=who("iris")).json() == answer.json()
    assert campus.spawn("ada").limits.memory_bytes == 3 * GB
    with campus.store.reading(EVERYONE) as session:
        kept = {row.place: (row.after, row.by) for row in session.exec(select(CourseChange))}
    assert kept == {"quotas student memory": ("3G", "iris"), "quotas student cpu": ("0.5", "iris")}


@pytest.mark.parametrize("name", ["theo", "grader-data8"])
def test_tas_and_the_grader_server_change_no_quota(
    campus: Campus, client: TestClient, name: str
) -> None:
    campus.course("data8")
    campus.enrol("data8", "theo", role=Role.TA)
    answer = client.put("/api/v1/courses/data8/quota", json={"seats": 1000}, headers=who(name))
    assert answer.status_code == 403
    assert answer.json()["code"] == "instructors-only"


@pytest.mark.parametrize(
    "change",
    [
        {"memory_bytes": 1},
        {"memory_bytes": 10**18},
        {"cpu": 0},
        {"cpu": "NaN"},
        {"seats": -1},
        {"gpus": 1},
        [],
    ],
)
def test_a_quota_that_makes_no_sense_is_refused(
    campus: Campus, client: TestClient, change: object
) -> None:
    campus.course("data8", seats=7)
    campus.enrol("data8", "iris", role=Role.INSTRUCTOR)
    answer = client.put("/api/v1/courses/data8/quota", json=change, headers=who("iris"))
    assert answer.status_code == 422
    kept = client.get("/api/v1/courses/data8/quota", headers=who("iris")).json()
    assert kept["seats"] == 7
