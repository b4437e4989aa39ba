"""The state of one login, which the browser alone keeps."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursehub_auth.errors import LaunchRefused
from coursehub_auth.state import (
    COOKIE_PREFIX,
    Ticket,
    begin,
    check_browser,
    opened,
    sealed,
    signing_key,
    surplus,
)

KEY = signing_key(b"the Hub's cookie secret")
NOW = 1_800_000_000.5


def a_login() -> tuple[Ticket, str]:
    return begin(
        issuer="https://lms.example",
        client_id="c",
        deployment_id="d",
        target="https://hub.example/hub/",
        now=NOW,
    )


def code_of(state: str, *, now: float = NOW, key: bytes = KEY) -> str:
    with pytest.raises(LaunchRefused) as caught:
        opened(state, key=key, now=now)
    return caught.value.code


def test_a_sealed_ticket_opens_unchanged_for_ten_minutes() -> None:
    ticket, _ = a_login()
    assert opened(sealed(ticket, key=KEY), key=KEY, now=NOW + 599) == ticket
    assert code_of(sealed(ticket, key=KEY), now=NOW + 601) == "state-expired"


def test_a_state_does_not_tell_the_cookie() -> None:
    ticket, secret = a_login()
    assert secret not in sealed(ticket, key=KEY)
    assert len(sealed(ticket, key=KEY)) < 1000


def test_no_two_logins_are_alike() -> None:
    (first, secret), (second, other) = a_login(), a_login()
    assert len({first.id, second.id, first.nonce, second.nonce, secret, other}) == 6


@settings(deadline=None)  # other tests may have the machine busy
@given(st.text(min_size=1))
def test_whatever_was_not_sealed_here_is_forged(text: str) -> None:
    ticket, _ = a_login()
    real = sealed(ticket, key=KEY)
    for state in (text, text + real, real + text + ".", f"{text}.{text}"):
        assert code_of(state) == "state-forged"
    assert code_of(real, key=signing_key(b"another Hub's")) == "state-forged"


@settings(deadline=None)  # other tests may have the machine busy
@given(st.none() | st.text())
def test_only_the_browser_that_began_may_end(cookie: str | None) -> None:
    ticket, secret = a_login()
    check_browser(ticket, secret)
    with pytest.raises(LaunchRefused) as caught:
        check_browser(ticket, cookie)
    assert caught.value.code == ("state-of-another" if cookie else "cookie-missing")


def test_the_oldest_cookies_make_room() -> None:
    logins = [f"{COOKIE_PREFIX}{minute:010x}-x" for minute in range(20)]
    assert surplus(["_xsrf", *reversed(logins)]) == logins[:5]
    assert surplus(logins[:15]) == []


def test_ever_so_many_cookies_go_a_few_at_a_time() -> None:
    logins = [f"{COOKIE_PREFIX}{minute:010x}-x" for minute in range(500)]
    assert surplus(logins) == logins[:32]
