from typing import Any

import httpx
import pytest
from sqlmodel import select

from coursehub.model.module import Module, Source
from coursehub.modules import routes
from coursehub.store import EVERYONE
from tests.modules.actors import COURSE, Upstream, git, problem
from tests.modules.hub import Service


def client(service: Service, name: str) -> httpx.Client:
    token = {"Authorization": f"token {name}-test-token"} if name else {}
    return httpx.Client(base_url=service.url, headers=token, timeout=60)


def listed(service: Service, name: str = "sam") -> list[dict[str, Any]]:
    with client(service, name) as http:
        answer = http.get(f"api/v1/courses/{COURSE}/modules")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_a_member_sees_the_modules_at_upstreams_head(service: Service, upstream: Upstream) -> None:
    head = git("rev-parse", "HEAD", cwd=upstream.work)
    items = listed(service)
    assert [(m["name"], m["path"], m["folder"]) for m in items] == [
        ("one", "one/one.ipynb", "intro"),
        ("two", "two", "intro"),
    ]
    assert {(m["branch"], m["commit"], m["error"]) for m in items} == {("main", head, "")}
    assert {m["git_url"] for m in items} == {f"{service.url}git/{COURSE}/1.git"}


def test_while_upstream_is_down_the_old_mirror_serves_and_the_failure_is_told(
    service: Service, upstream: Upstream
) -> None:
    before = listed(service)[0]
    upstream.down = True
    after = listed(service)[0]
    assert after["commit"] == before["commit"]
    assert "stays in use" in after["error"]
    upstream.down = False
    assert listed(service)[0]["error"] == ""


def test_upstream_that_does_not_answer_holds_up_nobody_for_long(
    service: Service, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = listed(service)[0]
    monkeypatch.setattr(routes, "_WAIT_S", 0.5)
    upstream.silent.set()
    after = listed(service)[0]
    assert after["commit"] == before["commit"]
    assert "has not answered yet" in after["error"]


def test_a_member_can_clone_what_the_api_names(service: Service, upstream: Upstream) -> None:
    url = listed(service)[0]["git_url"]
    header = "http.extraHeader=Authorization: token sam-test-token"
    git("-c", header, "clone", "-q", url, "copy", cwd=upstream.folder)
    assert (upstream.folder / "copy" / "README.md").read_text() == "An introduction.\n"


def test_nobody_can_push(service: Service) -> None:
    listed(service)
    with client(service, "ada") as http:
        asked = http.get(f"git/{COURSE}/1.git/info/refs?service=git-receive-pack")
        pushed = http.post(f"git/{COURSE}/1.git/git-receive-pack", content=b"0000")
    assert problem(asked) == problem(pushed) == (404, "no-such-git-service")


@pytest.mark.parametrize(
    "path", ["HEAD", "config", "objects/info/packs", "info/refs", "../other/info/refs"]
)
def test_no_file_of_the_mirror_can_be_read(service: Service, path: str) -> None:
    listed(service)
    with client(service, "sam") as http:
        assert http.get(f"git/{COURSE}/1.git/{path}").status_code == 404


def test_people_outside_the_course_get_neither_list_nor_repository(service: Service) -> None:
    listed(service)
    with client(service, "eve") as http:
        assert problem(http.get(f"api/v1/courses/{COURSE}/modules")) == (404, "no-such-course")
        assert problem(http.get(f"git/{COURSE}/1.git/info/refs?service=git-upload-pack")) == (
            404,
            "no-such-course",
        )
    with client(service, "") as http:
        refused = http.get(f"git/{COURSE}/1.git/info/refs?service=git-upload-pack")
    assert refused.status_code == 401


def test_a_source_of_no_module_of_the_course_is_not_served(service: Service) -> None:
    with client(service, "sam") as http:
        refused = http.get(f"git/{COURSE}/2.git/info/refs?service=git-upload-pack")
    assert problem(refused) == (404, "no-such-source")


def test_a_huge_body_is_refused(service: Service) -> None:
    listed(service)
    with client(service, "sam") as http:
        refused = http.post(
            f"git/{COURSE}/1.git/git-upload-pack",
            content=bytes(10_000_001),
            headers={"Content-Type": "application/x-git-upload-pack-request"},
        )
    assert problem(refused) == (422, "too-large")


def test_only_staff_refresh_by_hand(service: Service, upstream: Upstream) -> None:
    path = f"api/v1/courses/{COURSE}/modules/refresh"
    pushed = upstream.publish({"new.txt": "new\n"})
    with client(service, "sam") as http:
        assert problem(http.post(path)) == (403, "staff-only")
    with client(service, "ada") as http:
        assert http.post(path).json()["items"][0]["commit"] == pushed


def test_applying_a_course_file_again_changes_nothing(service: Service, upstream: Upstream) -> None:
    head = listed(service)[0]["commit"]
    service.apply(url=upstream.url)
    with service.store.reading(EVERYONE) as session:
        assert len(session.exec(select(Source)).all()) == 1
        assert [row.id for row in session.exec(select(Module))] == [1, 2]
    assert listed(service)[0]["commit"] == head
