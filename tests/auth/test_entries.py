"""Ways in that wait for a window of their own."""

import pytest

from coursehub.vocabulary.launch import Welcome
from coursehub.vocabulary.people import HubName
from coursehub_auth import entries
from coursehub_auth.entries import Entries
from coursehub_auth.errors import LaunchRefused

NOW = 1_800_000_000.0
ADA = Welcome(launch_id="1", hub_name=HubName("ada"), landing="/hub/home")


def refusal(waiting: Entries, ticket: str, *, now: float = NOW) -> str:
    with pytest.raises(LaunchRefused) as caught:
        waiting.redeem(ticket, now=now)
    return caught.value.code


def test_a_way_in_is_good_once() -> None:
    waiting = Entries()
    ticket = waiting.issue(ADA, now=NOW)
    assert waiting.redeem(ticket, now=NOW + 119) == ADA
    assert refusal(waiting, ticket) == "entry-expired"


def test_a_way_in_is_good_for_two_minutes() -> None:
    waiting = Entries()
    assert refusal(waiting, waiting.issue(ADA, now=NOW), now=NOW + 120) == "entry-expired"


def test_what_was_never_issued_leads_nowhere() -> None:
    waiting = Entries()
    ours, others = waiting.issue(ADA, now=NOW), Entries().issue(ADA, now=NOW)
    assert refusal(waiting, others) == refusal(waiting, "") == "entry-expired"
    assert waiting.redeem(ours, now=NOW) == ADA


def test_ways_in_that_nobody_takes_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MOST", 3)
    waiting = Entries()
    first, *others = [waiting.issue(ADA, now=NOW) for _ in range(4)]
    assert refusal(waiting, first) == "entry-expired"
    assert waiting.redeem(others[0], now=NOW) == ADA
    waiting.issue(ADA, now=NOW + 121)
    assert len(waiting._waiting) == 1
