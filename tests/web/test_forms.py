"""Requests that a cookie alone must not carry: forged forms, and reads by others' scripts."""

import re

import httpx
import pytest

from tests.web.actors import Browser


@pytest.fixture
def ada(http: httpx.Client) -> Browser:
    return Browser(http=http, token="the-token-of-ada")


@pytest.fixture
def mallory(http: httpx.Client) -> Browser:
    return Browser(http=http, token="the-token-of-mallory")


def proof(person: Browser) -> str:
    """The token in the forms that this session's pages show."""
    shown = person.http.get("parts", headers=person.cookie()).text
    found = re.search(r'name="csrf_token" value="([^"]{40,})"', shown)
    assert found, "the form carries no token"
    return found.group(1)


def test_a_form_of_our_own_is_accepted(ada: Browser) -> None:
    sent = {"title": "Problem set 1", "csrf_token": proof(ada)}

    answer = ada.http.post("save", data=sent, headers=ada.cookie())

    assert answer.json() == {"title": "Problem set 1"}


def test_a_script_of_our_own_sends_the_token_in_a_header(ada: Browser) -> None:
    headers = {**ada.cookie(), "x-csrf-token": proof(ada)}

    answer = ada.http.post("save", data={"title": "x"}, headers=headers)

    assert answer.status_code == 200


def test_a_form_without_the_token_is_refused(ada: Browser) -> None:
    answer = ada.http.post("save", data={"title": "x"}, headers=ada.cookie())

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


def test_another_session_s_token_is_refused(ada: Browser, mallory: Browser) -> None:
    sent = {"title": "x", "csrf_token": proof(mallory)}

    answer = ada.http.post("save", data=sent, headers=ada.cookie())

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


def test_no_token_at_all_is_no_proof_for_no_session(http: httpx.Client) -> None:
    answer = http.post("save", data={"title": "x", "csrf_token": ""})

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


def test_a_route_that_only_asks_who_it_is_is_guarded_without_saying_so(ada: Browser) -> None:
    answer = ada.http.post("mine", headers=ada.cookie())

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


def test_a_nonsense_authorization_header_does_not_lift_the_guard(ada: Browser) -> None:
    answer = ada.http.post("mine", headers={**ada.cookie(), "authorization": "Nonsense x"})

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


def test_a_script_on_someone_s_server_cannot_read_with_the_cookie(ada: Browser) -> None:
    """Servers of other people share our origin on a Hub without subdomains."""
    headers = {**ada.cookie(), "sec-fetch-mode": "cors", "sec-fetch-site": "same-origin"}

    answer = ada.http.get("mine", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


def test_a_cookie_that_was_made_elsewhere_is_nobody_s(http: httpx.Client) -> None:
    answer = http.post("mine", headers={"cookie": "coursehub-session=the-token-of-ada"})

    assert (answer.status_code, answer.json()["code"]) == (401, "not-logged-in")
