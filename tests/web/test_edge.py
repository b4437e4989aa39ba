"""What happens around every request: ids, headers, bounds, figures, logs."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from coursehub.store import Store
from coursehub.web.middleware import BODY_BYTES
from tests.web.actors import BROWSER, logged, running, service


def test_a_sane_request_id_is_kept(http: httpx.Client) -> None:
    answer = http.get("health/live", headers={"x-request-id": "proxy-1234567"})

    assert answer.headers["x-request-id"] == "proxy-1234567"


@pytest.mark.parametrize("sent", ["short", "x" * 65, "<script>alert</script>", "ada@example.org"])
def test_an_odd_request_id_is_replaced(http: httpx.Client, sent: str) -> None:
    answer = http.get("health/live", headers={"x-request-id": sent})

    assert answer.headers["x-request-id"] != sent
    assert len(answer.headers["x-request-id"]) == 32


@pytest.mark.parametrize("path", ["parts", "api/v1/people/ada", "broken", "no-such-page"])
def test_every_answer_is_protected(http: httpx.Client, path: str) -> None:
    headers = http.get(path).headers

    policy = headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


def test_a_body_that_is_too_large_is_refused(http: httpx.Client) -> None:
    answer = http.post("api/v1/notes", json={"text": "x" * BODY_BYTES})

    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_a_tar_goes_through_to_a_route_that_reads_it_in_pieces(http: httpx.Client) -> None:
    answer = http.put(
        "api/v1/tar",
        content=b"x" * (BODY_BYTES + 1),
        headers={"content-type": "application/x-tar"},
    )

    assert answer.json() == {"bytes": BODY_BYTES + 1}


def test_calling_a_large_json_a_tar_does_not_help(http: httpx.Client) -> None:
    answer = http.post(
        "api/v1/notes",
        content=b"x" * (BODY_BYTES + 1),
        headers={"content-type": "application/x-tar"},
    )

    assert answer.status_code == 413


def test_the_service_is_ready_while_its_database_answers(http: httpx.Client) -> None:
    assert http.get("health/live").json() == {"status": "live"}
    assert http.get("health/ready").json() == {"status": "ready"}


def test_the_service_lives_but_is_not_ready_without_its_database(tmp_path: Path) -> None:
    app = service(tmp_path)
    gone = Store(f"sqlite:///{tmp_path / 'no-such-folder' / 'web.sqlite'}")
    app.state.house = SimpleNamespace(settings=app.state.house.settings, store=gone)

    with running(app) as base, httpx.Client(base_url=base) as http:
        assert http.get("health/live").status_code == 200
        answer = http.get("health/ready")

    assert (answer.status_code, answer.json()["code"]) == (503, "database")


def _figures(http: httpx.Client) -> str:
    return http.get("metrics", headers={"authorization": "Bearer the-hub"}).text


def test_a_thousand_addresses_make_no_more_labels_than_their_one_route(
    http: httpx.Client,
) -> None:
    http.get("api/v1/people/first")
    http.get("wandering/first")
    http.request("BREW", "parts")
    before = {line.partition(" ")[0] for line in _figures(http).splitlines()}

    for number in range(30):
        http.get(f"api/v1/people/student-{number}")
        http.get(f"wandering/{number}")
        http.request(f"BREW{number}", "parts")

    figures = _figures(http)
    after = {line.partition(" ")[0] for line in figures.splitlines()}
    assert {name for name in after - before if "/metrics" not in name} == set()
    assert "student-" not in figures
    assert 'route="/api/v1/people/{person}"' in figures
    assert 'method="other"' in figures


@pytest.mark.parametrize("token", [None, "Bearer guessed-wrong"])
def test_metrics_are_not_for_everyone(http: httpx.Client, token: str | None) -> None:
    answer = http.get("metrics", headers={"authorization": token} if token else {})

    assert answer.status_code in {401, 503}
    assert "coursehub_http" not in answer.text


@pytest.fixture
def written(tmp_path: Path) -> Iterator[io.StringIO]:
    """What the service writes into its log; logging is as before afterwards."""
    stream = io.StringIO()
    with logged(tmp_path, stream):
        yield stream


def _line(written: io.StringIO, event: str, answer: httpx.Response) -> dict[str, Any]:
    """The line of that event about a request; its own line follows its answer."""
    asked = answer.headers["x-request-id"]
    until = time.monotonic() + 30
    while time.monotonic() < until:
        whole = written.getvalue().rpartition("\n")[0]
        for line in map(json.loads, whole.splitlines()):
            if (line["event"], line.get("request_id")) == (event, asked):
                found: dict[str, Any] = line
                return found
        time.sleep(0.01)
    raise AssertionError(f"no line of {event!r}: {written.getvalue()}")


def test_the_log_holds_routes_and_ids_but_nobody_s_name(
    http: httpx.Client, written: io.StringIO
) -> None:
    asked = http.get("api/v1/people/ada-lovelace?email=ada@example.org", headers=BROWSER)

    request = _line(written, "request", asked)
    assert request["route"] == "/api/v1/people/{person}"
    assert (request["method"], request["status"]) == ("GET", 404)
    assert request["duration_ms"] >= 0
    assert "lovelace" not in written.getvalue()
    assert "example.org" not in written.getvalue()


def test_an_unexpected_error_is_logged_by_place_without_its_words(
    http: httpx.Client, written: io.StringIO
) -> None:
    answer = http.get("broken")

    error = _line(written, "unexpected error", answer)
    assert error["error"] == "RuntimeError"
    assert any(passed.endswith(" broken") for passed in error["passed"])
    assert "mallory" not in written.getvalue()
