"""What the Hub makes of the service's answers."""

import asyncio
import gc
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from coursehub.vocabulary.launch import Groups
from coursehub_auth.claims import launch_of
from coursehub_auth.errors import LaunchRefused
from coursehub_auth.service import Service
from tests.auth.actors import CLIENT_ID, TOKEN, Answer, Served, problem
from tests.auth.test_verify import TARGET, good

JSON = "application/json"
WELCOME = {"launch_id": "1", "hub_name": "ada", "landing": "/hub/home", "graders": ["grader-x"]}


class Speaker:
    """A service that says what it was told to say."""

    def __init__(self) -> None:
        self.says: Answer = (200, JSON, WELCOME)
        self.served = Served(lambda *_: self.says)


@pytest.fixture
def speaker() -> Iterator[Speaker]:
    speaker = Speaker()
    yield speaker
    speaker.served.stop()


def told(speaker: Speaker) -> Any:
    service = Service(url=speaker.served.url, token=TOKEN, timeout_s=30)
    return asyncio.run(service.launch(launch_of(good(), client_id=CLIENT_ID, target=TARGET)))


def test_a_welcome_is_read_as_it_was_meant(speaker: Speaker) -> None:
    welcome = told(speaker)
    assert (welcome.hub_name, welcome.landing, welcome.graders) == (
        "ada",
        "/hub/home",
        ("grader-x",),
    )


def test_a_welcome_says_groups_linking_and_a_selections_ticket(speaker: Speaker) -> None:
    speaker.says = (
        200,
        JSON,
        {
            **WELCOME,
            "groups": {"join": ["coursehub-a"], "leave": ["coursehub-b", "coursehub-c"]},
            "is_linked": True,
            "ticket": "a secret",
        },
    )
    welcome = told(speaker)
    assert welcome.groups == Groups(join=("coursehub-a",), leave=("coursehub-b", "coursehub-c"))
    assert (welcome.is_linked, welcome.ticket) == (True, "a secret")


def test_a_welcome_that_says_less_links_and_moves_nobody(speaker: Speaker) -> None:
    welcome = told(speaker)
    assert (welcome.groups, welcome.is_linked, welcome.ticket) == (Groups(), False, "")


def test_what_is_open_to_the_service_is_closed_when_the_hub_ends(
    speaker: Speaker, caplog: pytest.LogCaptureFixture
) -> None:
    """A Hub at its end cancels what still runs, as asyncio does; nothing complains afterwards."""
    told(speaker)
    gc.collect()
    assert not caplog.messages


def test_a_service_slower_than_the_hub_waits_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        service = Service(url=url, token=TOKEN, timeout_s=0.2)
        with pytest.raises(LaunchRefused) as caught:
            asyncio.run(service.arrived(["1"]))
    assert caught.value.code == "service-down"


def test_a_refusal_keeps_the_services_sentence(speaker: Speaker) -> None:
    speaker.says = problem(403, "launch-replayed", "This launch was used before.")
    with pytest.raises(LaunchRefused) as caught:
        told(speaker)
    assert (caught.value.status, caught.value.code) == (403, "launch-replayed")
    assert caught.value.message == "This launch was used before."


@pytest.mark.parametrize(
    "says",
    [
        (500, JSON, {"secret": "traceback"}),
        (404, "text/html", b"<h1>no such page</h1>"),
        (302, "text/html", b""),
        (200, JSON, b"not json"),
        (200, JSON, []),
        (200, JSON, {**WELCOME, "hub_name": 7}),
        (200, JSON, {**WELCOME, "landing": ""}),
        (200, JSON, {**WELCOME, "groups": ["coursehub-a"]}),
        (200, JSON, {**WELCOME, "groups": {"join": [7]}}),
        (200, JSON, {**WELCOME, "ticket": 7}),
        (200, JSON, b" " * 5_000_000),
        problem(503, "database-down", "Internal words."),
        problem(403, "not-the-hub", "Only the Hub itself may ask this."),
        (403, "application/problem+json", []),
        (403, "application/problem+json", {"code": 7}),
    ],
)
def test_any_other_answer_is_an_outage_that_shows_nothing(speaker: Speaker, says: Answer) -> None:
    speaker.says = says
    with pytest.raises(LaunchRefused) as caught:
        told(speaker)
    assert (caught.value.status, caught.value.code) == (503, "service-down")
    assert "Nothing is lost" in caught.value.message
