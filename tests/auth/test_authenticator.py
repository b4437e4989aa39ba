"""The second door beside other authenticators, without a Hub."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from jupyterhub.auth import Authenticator, DummyAuthenticator, PAMAuthenticator

from coursehub_auth import LtiDoor, with_lti
from tests.auth.desk import Desk, form, launch


class Expiring(DummyAuthenticator):  # type: ignore[misc]  # JupyterHub ships no types
    """An authenticator whose people must log in again at every refresh."""

    def refresh_user(self, user: Any, handler: Any = None) -> bool:
        return False


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.db.close()


@pytest.mark.parametrize("base", [Authenticator, DummyAuthenticator, PAMAuthenticator])
def test_any_authenticator_gets_the_door_and_keeps_its_own(
    desk: Desk, base: type[Authenticator]
) -> None:
    both = with_lti(base)
    assert issubclass(both, base)
    assert with_lti(both) is both
    door: Any = both(service_url="http://127.0.0.1:9/", service_token="x", blocked_users={"eve"})
    paths = [path for path, _ in door.get_handlers(None)]
    assert paths[:4] == [
        "/lti13/oauth_login",
        "/lti13/oauth_callback",
        "/lti13/config",
        "/lti13/launch",
    ]
    theirs = [path for path, _ in base().get_handlers(None)]
    assert paths[len(paths) - len(theirs) :] == theirs
    assert door.login_url("/hub/") == base().login_url("/hub/")
    assert desk.come_in(door, launch("ada"))["name"] == "ada"
    assert desk.come_in(door, launch("eve")) is None


def test_a_launch_gives_no_rights_and_takes_none(desk: Desk) -> None:
    door: Any = with_lti(DummyAuthenticator)(admin_users={"ada"})
    model = desk.come_in(door, launch("ada"))
    assert (model["admin"], model["groups"], model["roles"]) == (None, None, None)


@pytest.mark.parametrize("name", ["grader-ds101", "Grader-ds101", "GRADER-"])
def test_no_form_and_no_launch_opens_a_grader_account(desk: Desk, name: str) -> None:
    door: Any = with_lti(DummyAuthenticator)()
    assert desk.come_in(door, form(name)) is None
    assert desk.come_in(door, launch(name)) is None


def test_an_account_of_such_a_name_from_before_coursehub_stays_open(desk: Desk) -> None:
    door: Any = with_lti(DummyAuthenticator)()
    desk.account("grader-course101", "staff")
    desk.account("grader-ds101", "coursehub-graders")
    assert desk.come_in(door, form("grader-course101"))["name"] == "grader-course101"
    assert desk.come_in(door, launch("grader-course101", is_linked=True)) is None
    assert desk.come_in(door, form("grader-ds101")) is None


def test_a_hook_cannot_turn_anyone_into_a_grader(desk: Desk) -> None:
    def rename(_authenticator: Any, _handler: Any, model: Any) -> Any:
        return {**model, "name": "grader-ds101"}

    door: Any = with_lti(DummyAuthenticator)(post_auth_hook=rename)
    assert desk.come_in(door, form("ada")) is None
    assert desk.come_in(door, launch("ada")) is None


def test_a_form_that_looks_like_a_launch_is_a_form(desk: Desk) -> None:
    door: Any = with_lti(DummyAuthenticator)(allowed_users={"bob"})
    form = {**launch("ada"), "username": "ada", "password": ""}
    assert desk.come_in(door, form) is None


def test_the_other_doors_refresh_does_not_log_lti_people_out(desk: Desk) -> None:
    door: Any = with_lti(Expiring)()
    after_restart: Any = with_lti(Expiring)()

    def refreshed(authenticator: Any, name: str) -> Any:
        return asyncio.run(authenticator.refresh_user(desk.accounts[name], None))

    desk.come_in(door, launch("ada"))
    desk.account("bob")
    desk.come_in(door, form("bob"))
    assert refreshed(door, "ada") is True
    assert refreshed(after_restart, "ada") is True
    assert refreshed(door, "bob") is False


def test_a_linked_person_is_refreshed_by_the_door_that_they_came_through(desk: Desk) -> None:
    door: Any = with_lti(Expiring)(enable_auth_state=True)
    bob = desk.account("bob")
    model = desk.come_in(door, launch("bob", is_linked=True))
    assert asyncio.run(door.refresh_user(bob, None)) is True
    bob.auth_state = model["auth_state"]
    assert asyncio.run(with_lti(Expiring)().refresh_user(bob, None)) is True
    bob.auth_state = None
    desk.come_in(door, form("bob"))
    assert asyncio.run(door.refresh_user(bob, None)) is False


def test_people_of_the_lms_need_no_system_account(desk: Desk) -> None:
    """PAM has none for them and may not make one; local people's rules stay."""
    door: Any = with_lti(PAMAuthenticator)(create_system_users=False)
    with pytest.raises(KeyError):
        asyncio.run(door.add_user(desk.account("local-bob")))
    assert desk.come_in(door, launch("no-such-account"))["name"] == "no-such-account"
    asyncio.run(door.add_user(desk.account("grader-ds101")))


def test_a_hub_without_a_service_address_says_so_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSEHUB_SERVICE_URL", raising=False)
    with pytest.raises(ValueError, match="COURSEHUB_SERVICE_URL"):
        LtiDoor().get_handlers(None)
