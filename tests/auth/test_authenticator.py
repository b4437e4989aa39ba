"""The second door beside other authenticators, without a Hub."""

import asyncio
from typing import Any

import pytest
from jupyterhub.auth import Authenticator, DummyAuthenticator, PAMAuthenticator

from coursehub_auth import LtiDoor, with_lti
from coursehub_auth.identity import LtiLogin


class NoUsers:
    """A Hub's handler, as far as a login asks it, on a Hub where nobody has been."""

    def find_user(self, name: str) -> None:
        return None


class Person:
    """A Hub user with an auth state."""

    def __init__(self, name: str, auth_state: dict[str, Any] | None = None) -> None:
        self.name = name
        self._auth_state = auth_state

    async def get_auth_state(self) -> dict[str, Any] | None:
        return self._auth_state


class Expiring(DummyAuthenticator):  # type: ignore[misc]  # JupyterHub ships no types
    """An authenticator whose people must log in again at every refresh."""

    def refresh_user(self, user: Any, handler: Any = None) -> bool:
        return False


def come_in(authenticator: Any, data: Any) -> Any:
    return asyncio.run(authenticator.get_authenticated_user(NoUsers(), data))


@pytest.mark.parametrize("base", [Authenticator, DummyAuthenticator, PAMAuthenticator])
def test_any_authenticator_gets_the_door_and_keeps_its_own(base: type[Authenticator]) -> None:
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
    assert paths[4:] == [path for path, _ in base().get_handlers(None)]
    assert door.login_url("/hub/") == base().login_url("/hub/")
    assert come_in(door, LtiLogin("ada"))["name"] == "ada"
    assert come_in(door, LtiLogin("eve")) is None


def test_a_launch_gives_no_rights_and_takes_none() -> None:
    door: Any = with_lti(DummyAuthenticator)(admin_users={"ada"})
    model = come_in(door, LtiLogin("ada"))
    assert (model["admin"], model["groups"], model["roles"]) == (None, None, None)


@pytest.mark.parametrize("name", ["grader-ds101", "Grader-ds101", "GRADER-"])
def test_no_form_and_no_launch_opens_a_grader_account(name: str) -> None:
    door: Any = with_lti(DummyAuthenticator)()
    assert come_in(door, {"username": name, "password": ""}) is None
    assert come_in(door, LtiLogin(name)) is None


def test_a_hook_cannot_turn_anyone_into_a_grader() -> None:
    def rename(_authenticator: Any, _handler: Any, model: Any) -> Any:
        return {**model, "name": "grader-ds101"}

    door: Any = with_lti(DummyAuthenticator)(post_auth_hook=rename)
    assert come_in(door, {"username": "ada", "password": ""}) is None
    assert come_in(door, LtiLogin("ada")) is None


def test_a_form_that_looks_like_a_launch_is_a_form() -> None:
    door: Any = with_lti(DummyAuthenticator)(allowed_users={"bob"})
    form = {**LtiLogin("ada"), "username": "ada", "password": ""}
    assert come_in(door, form) is None


def test_the_other_doors_refresh_does_not_log_lti_people_out() -> None:
    door: Any = with_lti(Expiring)()
    come_in(door, LtiLogin("ada"))
    come_in(door, {"username": "bob", "password": ""})
    after_restart: Any = with_lti(Expiring)()

    async def refreshed(authenticator: Any, person: Person) -> Any:
        return await authenticator.refresh_user(person, None)

    model = come_in(door, LtiLogin("ada"))
    assert asyncio.run(refreshed(door, Person("ada"))) is True
    assert asyncio.run(refreshed(door, Person("bob"))) is False
    assert asyncio.run(refreshed(after_restart, Person("ada", model["auth_state"]))) is True
    come_in(door, {"username": "ada", "password": ""})
    assert asyncio.run(refreshed(door, Person("ada"))) is False


def test_people_of_the_lms_need_no_system_account() -> None:
    """PAM has none for them and may not make one; local people's rules stay."""
    door: Any = with_lti(PAMAuthenticator)(create_system_users=False)
    with pytest.raises(KeyError):
        asyncio.run(door.add_user(Person("no-such-account")))
    come_in(door, LtiLogin("no-such-account"))
    asyncio.run(door.add_user(Person("no-such-account")))
    asyncio.run(door.add_user(Person("grader-ds101")))


def test_a_hub_without_a_service_address_says_so_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSEHUB_SERVICE_URL", raising=False)
    with pytest.raises(ValueError, match="COURSEHUB_SERVICE_URL"):
        LtiDoor().get_handlers(None)
