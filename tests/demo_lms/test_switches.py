"""The switches: slow, down, and back to normal; and what the guard keeps out."""

import time
from collections.abc import Iterator

import pytest

from coursehub_demo_lms.standard import SCOPE_MEMBERS
from tests.demo_lms.actors import Forms, Lms

BROWSER = {"Accept": "text/html"}


def test_grades_can_be_down_for_one_request_and_then_work(lms: Lms) -> None:
    headers = lms.bearer()
    lms.switch(down={"ags": 1})
    url = "/ags/data8-autumn/lineitems?type_id=1"
    down = lms.http.get(url, headers=headers)
    assert down.status_code == 503
    assert down.headers["retry-after"] == "1"
    assert lms.http.get("/jwks").status_code == 200
    assert lms.http.get(url, headers=headers).status_code == 200


def test_everything_can_be_down_until_switched_off(lms: Lms) -> None:
    headers = lms.bearer(SCOPE_MEMBERS)
    lms.switch(down={"all": -1})
    for url in ("/jwks", "/nrps/data8-autumn/members", "/ags/data8-autumn/lineitems?type_id=1"):
        for _ in range(2):
            assert lms.http.get(url, headers=headers).status_code == 503
    assert lms.ask_token(lms.assertion()).status_code == 503
    lms.switch()
    assert lms.http.get("/nrps/data8-autumn/members", headers=headers).status_code == 200


def test_what_is_left_of_a_failure_can_be_read(lms: Lms) -> None:
    lms.switch(down={"jwks": 3})
    lms.http.get("/jwks")
    assert lms.http.get("/switches").json()["down"]["jwks"] == 2


def test_only_the_slow_part_is_slow(lms: Lms) -> None:
    lms.switch(latency_ms={"jwks": 2_000})
    started = time.monotonic()
    lms.http.get("/jwks")
    slow = time.monotonic() - started
    assert slow >= 2
    lms.http.get("/health")
    assert time.monotonic() - started - slow < 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"latency_ms": {"jwks": -1}},
        {"latency_ms": {"jwks": 9_999_999}},
        {"down": {"mail": 1}},
        {"launch_fault": "polite"},
        {"extra_members": 1_000_000},
        {"unknown": 1},
    ],
)
def test_a_switch_that_is_none_is_refused_and_changes_nothing(lms: Lms, wrong: object) -> None:
    before = lms.http.get("/switches").json()
    assert lms.http.put("/switches", json=wrong).status_code == 400
    assert lms.http.get("/switches").json() == before


def test_the_pages_form_sets_what_it_shows_and_resets(lms: Lms) -> None:
    parser = Forms()
    parser.feed(lms.http.get("/switches", headers=BROWSER).text)
    form = next(form for form in parser.forms if form["action"] == "/switches")
    names = {"latency_ms.token", "down.ags", "extra_members", "members_fault_page"}
    assert names <= set(form["fields"])
    sent = {"latency_ms.token": "5", "down.ags": "-1", "launch_fault": "expired", "down.all": ""}
    reply = lms.http.post("/switches", data=sent)
    assert reply.status_code == 303
    now = lms.http.get("/switches").json()
    assert now["latency_ms"]["token"] == 5
    assert now["down"] == {"jwks": 0, "token": 0, "nrps": 0, "ags": -1, "all": 0}
    assert now["launch_fault"] == "expired"
    page = lms.http.get("/switches?done=set", headers=BROWSER).text
    assert "misbehaves on purpose" in page
    lms.http.post("/switches/reset")
    assert lms.http.get("/switches").json()["launch_fault"] == "none"


def test_another_site_cannot_throw_a_switch(lms: Lms) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    reply = lms.http.post("/switches", data={"down.all": "-1"}, headers=headers)
    assert reply.status_code == 403
    assert lms.http.get("/switches").json()["down"]["all"] == 0


def test_a_body_over_one_megabyte_is_refused(lms: Lms) -> None:
    body = b"x" * (1024 * 1024 + 1)
    for url in ("/token", "/switches", "/deep-linking/return"):
        assert lms.http.post(url, content=body).status_code == 413

    def chunks() -> Iterator[bytes]:
        yield from (body[:65_536] for _ in range(17))

    assert lms.http.post("/token", content=chunks()).status_code == 413
