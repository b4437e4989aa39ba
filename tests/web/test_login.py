import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from coursehub.web.login import STATE_COOKIE, local_path
from coursehub.web.session import seal, unseal
from tests.web.actors import BROWSER, PREFIX, SECRET, settings


def test_a_page_sends_its_reader_to_the_hub_s_login_and_remembers_the_way_back(
    http: httpx.Client,
) -> None:
    answer = http.get("mine?week=3", headers=BROWSER)

    assert answer.status_code == 302
    asked = urlsplit(answer.headers["location"])
    question = parse_qs(asked.query)
    assert (asked.netloc, asked.path) == ("", "/base/hub/api/oauth2/authorize")
    assert question["code_challenge_method"] == ["S256"]
    assert question["redirect_uri"] == [f"{PREFIX}oauth_callback"]
    sealed = answer.cookies[STATE_COOKIE + question["state"][0]]
    opened = unseal(sealed, secret=SECRET, use="login", max_age_s=60)
    assert json.loads(opened or "[]")[0] == f"{PREFIX}mine?week=3"


def test_the_login_s_cookie_stays_out_of_scripts_and_other_places(http: httpx.Client) -> None:
    cookie = http.get("mine", headers=BROWSER).headers["set-cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert f"Path={PREFIX}" in cookie


def test_a_program_is_asked_for_a_token_instead(http: httpx.Client) -> None:
    answer = http.get("mine")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_form_sent_after_the_session_ended_is_not_turned_into_a_page_load(
    http: httpx.Client,
) -> None:
    answer = http.post("mine", headers=BROWSER)

    assert answer.status_code == 401
    assert "Log in" in answer.text


def test_a_piece_of_a_page_makes_htmx_load_the_whole_page_again(http: httpx.Client) -> None:
    answer = http.get("mine", headers={**BROWSER, "hx-request": "true"})

    assert (answer.status_code, answer.headers["hx-refresh"]) == (401, "true")


@pytest.mark.parametrize("state", ["", "made-up", "abc%0d%0a"])
def test_a_login_that_was_not_begun_here_is_refused(http: httpx.Client, state: str) -> None:
    answer = http.get(f"oauth_callback?code=stolen&state={state}", headers=BROWSER)

    assert answer.status_code in {403, 422}
    assert "coursehub-session" not in answer.headers.get("set-cookie", "")


def test_a_session_cookie_is_no_login_state(http: httpx.Client) -> None:
    """What is sealed for one use opens for no other."""
    sealed = seal(json.dumps([f"{PREFIX}mine", "v"]), secret=SECRET, use="session")

    answer = http.get(
        "oauth_callback?code=c&state=abc", headers={"cookie": f"{STATE_COOKIE}abc={sealed}"}
    )

    assert answer.json()["code"] == "login-state"


def test_a_refusal_by_the_hub_is_told(http: httpx.Client) -> None:
    sealed = seal(json.dumps([f"{PREFIX}mine", "v"]), secret=SECRET, use="login")

    answer = http.get(
        "oauth_callback?error=access_denied&state=abc",
        headers={"cookie": f"{STATE_COOKIE}abc={sealed}"},
    )

    assert answer.json()["code"] == "login-denied"


def test_a_hub_that_is_down_is_said_to_be_down(http: httpx.Client) -> None:
    answer = http.get("mine", headers={"authorization": "token of-ada"})

    assert (answer.status_code, answer.json()["code"]) == (503, "hub")


def test_logging_out_ends_the_session_here_and_on_the_hub(http: httpx.Client) -> None:
    answer = http.get("logout")

    assert answer.headers["location"] == "/base/hub/logout"
    assert 'coursehub-session=""' in answer.headers["set-cookie"]


def test_another_site_cannot_log_anyone_out(http: httpx.Client) -> None:
    answer = http.get("logout", headers={"sec-fetch-site": "cross-site"})

    assert answer.json()["code"] == "logout-elsewhere"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "asked",
    [
        "//evil.example/base/",
        "https://evil.example/base/",
        "/base/\\evil.example",
        "/elsewhere",
        "/base/\r\nx: y",
        "",
    ],
)
def test_a_login_never_ends_on_another_site(tmp_path: Path, asked: str) -> None:
    assert local_path(asked, settings(tmp_path)) == PREFIX


def test_a_login_ends_where_it_began(tmp_path: Path) -> None:
    assert local_path(f"{PREFIX}mine?a=b", settings(tmp_path)) == f"{PREFIX}mine?a=b"
