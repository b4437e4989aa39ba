"""`coursehub.setup(c)` on configurations as JupyterHub makes them, and as it reads them."""

import os
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.app import JupyterHub
from jupyterhub.auth import DummyAuthenticator, PAMAuthenticator
from jupyterhub.authenticators.shared import SharedPasswordAuthenticator
from jupyterhub.spawner import LocalProcessSpawner, SimpleLocalProcessSpawner
from traitlets.config import Config

import coursehub
from coursehub.vocabulary.scopes import SCOPES, SERVICES

ACCESS = "access:services!service=coursehub"
MINE = {"name": "culler", "command": ["python", "-m", "culler"]}


@pytest.fixture
def c() -> Any:
    return Config()


def set_up(c: Any, **options: Any) -> Any:
    coursehub.setup(c, **options)
    return c


def service_of(c: Any) -> dict[str, Any]:
    (found,) = [service for service in c.JupyterHub.services if service["name"] == "coursehub"]
    return dict(found)


def role_of(c: Any, name: str) -> dict[str, Any]:
    (found,) = [role for role in c.JupyterHub.load_roles if role["name"] == name]
    return dict(found)


def test_an_empty_configuration_gets_the_service_with_the_hubs_defaults(c: Any) -> None:
    set_up(c)
    assert c.JupyterHub.services == [service_of(c)]
    assert service_of(c)["url"] == "http://127.0.0.1:10101"
    assert service_of(c)["environment"]["COURSEHUB_PUBLIC_URL"] == "http://127.0.0.1:8000"
    assert issubclass(c.JupyterHub.authenticator_class, PAMAuthenticator)
    assert issubclass(c.JupyterHub.spawner_class, LocalProcessSpawner)
    assert c.LtiDoor.service_url == "http://127.0.0.1:10101/services/coursehub/"
    assert Path(c.LtiDoor.key_sets_file) == Path.cwd() / "coursehub-data/key-sets.json"


@pytest.mark.parametrize("place", ["the Hub's environment", "the call"])
def test_lmss_inside_the_network_are_allowed_to_the_hub_and_the_service_alike(
    c: Any, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set_up(Config()).LtiDoor.allow_private_platforms is False
    said = {"COURSEHUB_ALLOW_PRIVATE_PLATFORMS": "true"}
    if place == "the call":
        set_up(c, environment=said)
    else:
        monkeypatch.setenv(*said.popitem())
        set_up(c)
    assert c.LtiDoor.allow_private_platforms is True
    assert service_of(c)["environment"]["COURSEHUB_ALLOW_PRIVATE_PLATFORMS"] == "true"


@pytest.mark.parametrize("how", ["set", "appended"])
def test_what_the_administrator_configured_stays(c: Any, how: str) -> None:
    role = {"name": "culler", "services": ["culler"], "scopes": ["list:users"]}
    if how == "set":
        c.JupyterHub.services, c.JupyterHub.load_roles = [MINE], [role]
    else:
        c.JupyterHub.services.append(MINE)
        c.JupyterHub.load_roles.append(role)
    c.Spawner.pre_spawn_hook = hook = lambda _spawner: None
    c.Authenticator.allowed_users = {"ann"}
    set_up(c)
    assert [service["name"] for service in c.JupyterHub.services] == ["culler", "coursehub"]
    assert [found["name"] for found in c.JupyterHub.load_roles] == ["culler", "coursehub"]
    assert c.Spawner.pre_spawn_hook is hook
    assert c.Authenticator.allowed_users == {"ann"}


@pytest.mark.parametrize(
    ("chosen", "base"),
    [
        ("dummy", DummyAuthenticator),
        ("shared-password", SharedPasswordAuthenticator),
        ("jupyterhub.auth.DummyAuthenticator", DummyAuthenticator),
        (DummyAuthenticator, DummyAuthenticator),
    ],
)
def test_the_login_there_is_goes_on_however_it_was_named(c: Any, chosen: Any, base: type) -> None:
    c.JupyterHub.authenticator_class = chosen
    assert issubclass(set_up(c).JupyterHub.authenticator_class, base)


@pytest.mark.parametrize(
    ("chosen", "base"),
    [
        ("simple", SimpleLocalProcessSpawner),
        ("jupyterhub.spawner.SimpleLocalProcessSpawner", SimpleLocalProcessSpawner),
        (SimpleLocalProcessSpawner, SimpleLocalProcessSpawner),
    ],
)
def test_the_spawner_there_is_goes_on_however_it_was_named(c: Any, chosen: Any, base: type) -> None:
    c.JupyterHub.spawner_class = chosen
    assert issubclass(set_up(c).JupyterHub.spawner_class, base)


def test_a_class_that_is_not_installed_is_named(c: Any) -> None:
    c.JupyterHub.spawner_class = "warp-drive"
    with pytest.raises(ValueError, match="warp-drive"):
        set_up(c)


def test_a_second_call_changes_nothing(c: Any) -> None:
    set_up(c)
    before = repr(c)
    set_up(c, port=9999, services=("quotas",))
    assert repr(c) == before


def test_everyone_may_use_the_service(c: Any) -> None:
    c.JupyterHub.extra_user_scopes = {"read:hub"}
    assert set_up(c).JupyterHub.extra_user_scopes == {"read:hub", ACCESS}


def test_a_role_user_that_the_administrator_redefined_keeps_its_own(c: Any) -> None:
    c.JupyterHub.load_roles = [{"name": "user", "scopes": ["self", "list:groups"]}]
    assert role_of(set_up(c), "user")["scopes"] == ["self", "list:groups", ACCESS]
    assert role_of(c, "coursehub")["services"] == ["coursehub"]


@pytest.mark.parametrize("chosen", [SERVICES, ("quotas",), ("launch", "roster"), ("courses",)])
def test_the_service_may_do_what_the_chosen_ones_need_and_no_more(
    c: Any, chosen: tuple[str, ...]
) -> None:
    set_up(c, services=chosen)
    needed = {scope for name in chosen for scope in SCOPES[name]}
    assert set(role_of(c, "coursehub")["scopes"]) == needed
    only = service_of(c)["command"].count("--only")
    assert only == (0 if chosen == SERVICES else len(chosen))


def test_a_service_that_there_is_not_is_named(c: Any) -> None:
    with pytest.raises(ValueError, match="astrology"):
        set_up(c, services=("launch", "astrology"))
    assert "services" not in c.JupyterHub


@pytest.mark.parametrize(
    ("configured", "public", "inside"),
    [
        ({"bind_url": "http://:8000/hub1/"}, "http://127.0.0.1:8000", "/hub1/services/coursehub/"),
        ({"bind_url": "https://0.0.0.0"}, "https://127.0.0.1", "/services/coursehub/"),
        ({"base_url": "/jh/"}, "http://127.0.0.1:8000", "/jh/services/coursehub/"),
        ({"public_url": "https://hub.example/"}, "https://hub.example", "/services/coursehub/"),
    ],
)
def test_addresses_follow_the_hubs_own(
    c: Any, configured: dict[str, str], public: str, inside: str
) -> None:
    c.JupyterHub.update(configured)
    environment = service_of(set_up(c))["environment"]
    assert environment["COURSEHUB_PUBLIC_URL"] == public
    assert environment["COURSEHUB_COOKIE_SECURE"] == str(public.startswith("https")).lower()
    assert c.CourseLimits.coursehub_url == f"http://127.0.0.1:10101{inside}"


FILE = """
import coursehub
c.JupyterHub.services.append({"name": "culler", "command": ["true"]})
c.JupyterHub.load_roles.append({"name": "mine", "scopes": ["list:users"]})
c.JupyterHub.authenticator_class = "dummy"
coursehub.setup(c, data_dir="kept", environment={"COURSEHUB_LOG_LEVEL": "DEBUG"})
"""


def test_a_real_hub_reads_every_role_once_after_its_command_line(tmp_path: Path) -> None:
    """A Hub that is configured further reads its lists again, and what is lazy in them twice."""
    file = tmp_path / "jupyterhub_config.py"
    file.write_text(FILE)
    environment = dict(os.environ)
    hub = JupyterHub()
    hub.parse_command_line([f"--config={file}", "--log-level=ERROR"])
    hub.load_config_file(str(file))
    hub.update_config(Config({"JupyterHub": {"active_server_limit": 5}}))
    assert [service["name"] for service in hub.services] == ["culler", "coursehub"]
    assert [role["name"] for role in hub.load_roles] == ["mine", "coursehub"]
    assert hub.extra_user_scopes == {ACCESS}
    assert issubclass(hub.authenticator_class, DummyAuthenticator)
    (ours,) = [s for s in hub.services if s["name"] == "coursehub"]
    secret = ours["environment"]["COURSEHUB_HUB_TOKEN"]
    assert len(secret) > 40
    assert secret == hub.config.LtiDoor.service_token == hub.config.CourseLimits.coursehub_token
    assert secret not in file.read_text()
    assert dict(os.environ) == environment
    assert ours["environment"]["COURSEHUB_LOG_LEVEL"] == "DEBUG"
    assert ours["environment"]["COURSEHUB_DATA_DIR"] == str(Path("kept").absolute())


def test_every_hub_gets_a_secret_of_its_own() -> None:
    secrets = {service_of(set_up(Config()))["environment"]["COURSEHUB_HUB_TOKEN"] for _ in range(3)}
    assert len(secrets) == 3


@pytest.mark.parametrize("place", ["the Hub's environment", "the call"])
def test_the_scope_to_make_accounts_is_granted_with_the_setting_alone(
    c: Any, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "admin:users" not in role_of(set_up(Config()), "coursehub")["scopes"]
    said = {"COURSEHUB_ROSTER_CREATE_USERS": "true"}
    if place == "the call":
        set_up(c, environment=said)
    else:
        monkeypatch.setenv(*said.copy().popitem())
        set_up(c)
    assert "admin:users" in role_of(c, "coursehub")["scopes"]
    assert service_of(c)["environment"]["COURSEHUB_ROSTER_CREATE_USERS"] == "true"
    without = set_up(Config(), services=("launch",), environment=said)
    assert "admin:users" not in role_of(without, "coursehub")["scopes"]
