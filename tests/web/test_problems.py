from pathlib import Path

import httpx
import pytest
from sqlmodel import SQLModel, select

from coursehub.model.institution import Institution
from coursehub.store import EVERYONE, Store
from tests.web.actors import BROWSER, running, service


def test_a_program_is_told_what_went_wrong_in_the_one_form(http: httpx.Client) -> None:
    answer = http.get("api/v1/people/ada")

    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code == 404
    assert problem["code"] == "no-such-person"
    assert problem["detail"] == "There is nobody of that name here."
    assert problem["request_id"] == answer.headers["x-request-id"]


def test_a_person_is_told_when_to_come_again_and_how_to_go_back(http: httpx.Client) -> None:
    answer = http.get("full", headers=BROWSER)

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "600"
    assert "All 30 seats are taken." in answer.text
    assert "in about 10 minutes" in answer.text
    assert 'href="/base/services/coursehub/full">Try again</a>' in answer.text
    assert answer.headers["x-request-id"] in answer.text


def test_the_api_answers_json_even_to_a_browser(http: httpx.Client) -> None:
    answer = http.get("api/v1/people/ada", headers=BROWSER)

    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["broken", "api/v1/broken"])
def test_an_unexpected_error_tells_nothing_but_its_request_id(
    http: httpx.Client, path: str
) -> None:
    answer = http.get(path, headers=BROWSER)

    assert answer.status_code == 500
    assert "mallory" not in answer.text
    assert "RuntimeError" not in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_unknown_address_leads_back_to_the_courses(http: httpx.Client) -> None:
    answer = http.get("no/such/page", headers=BROWSER)

    assert answer.status_code == 404
    assert 'href="/base/services/coursehub/">All courses</a>' in answer.text


def test_a_wrong_method_says_which_are_right(http: httpx.Client) -> None:
    answer = http.delete("api/v1/notes")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.json()["code"] == "no-such-method"


def test_bad_input_is_named_but_not_repeated(http: httpx.Client) -> None:
    answer = http.post("api/v1/notes", json={"text": ["my secret"]})

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"
    assert [error["field"] for error in answer.json()["errors"]] == ["text"]
    assert "my secret" not in answer.text


def test_a_body_that_is_no_json_is_named_too(http: httpx.Client) -> None:
    answer = http.post("api/v1/notes", content=b"{", headers={"content-type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"


def test_a_sign_that_a_database_refuses_is_the_askers_matter(
    tmp_path: Path, database_url: str
) -> None:
    app = service(tmp_path)
    store = Store(database_url)
    SQLModel.metadata.create_all(store.engine)

    @app.get("/base/services/coursehub/api/v1/named")
    def named(name: str) -> list[str]:
        with store.reading(EVERYONE) as session:
            return list(session.exec(select(Institution.name).where(Institution.name == name)))

    with running(app) as base, httpx.Client(base_url=base, timeout=60) as http:
        answer = http.get("api/v1/named?name=%00")
    store.close()

    if database_url.startswith("sqlite"):
        assert (answer.status_code, answer.json()) == (200, [])
    else:
        assert (answer.status_code, answer.json()["code"]) == (422, "unstorable")
