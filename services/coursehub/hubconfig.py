"""
The one call for jupyterhub_config.py.

It adds to what the administrator configured and replaces nothing: services
and roles are appended, the authenticator and the spawner are wrapped. Call it
last; calling it twice changes nothing.
"""

import copy
import os
import secrets
import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from coursehub.vocabulary.scopes import SERVICES, scopes_of

NAME: Final = "coursehub"
_ALLOW_PRIVATE: Final = "COURSEHUB_ALLOW_PRIVATE_PLATFORMS"
_CREATE_USERS: Final = "COURSEHUB_ROSTER_CREATE_USERS"
_YES: Final = frozenset({"1", "true", "yes", "on", "y", "t"})
"""What a setting of that kind takes for yes (pydantic's own words)."""
_ACCESS: Final = f"access:services!service={NAME}"


def setup(
    c: Any,
    *,
    data_dir: str | Path = "coursehub-data",
    public_url: str = "",
    services: tuple[str, ...] = SERVICES,
    host: str = "127.0.0.1",
    port: int = 10101,
    environment: dict[str, str] | None = None,
) -> None:
    """
    Coursehub switched on in a Hub's configuration `c`.

    `data_dir` is the service's folder. `public_url` is the address that
    browsers and LMSs use, where it is not that of `c.JupyterHub.bind_url`.
    `services` are those to run. `host` and `port` are where the Hub and its
    proxy reach the service; with a host that is not loopback (on Kubernetes,
    where the proxy runs elsewhere, the Hub's own name) it listens on every
    address. `environment` holds further `COURSEHUB_*` settings of the service
    (docs/settings.md). ValueError for a service that does not exist.
    """
    if unknown := set(services) - set(SERVICES):
        raise ValueError(f"coursehub has no service {sorted(unknown)}; it has {list(SERVICES)}")
    if any(service["name"] == NAME for service in _now(c.JupyterHub, "services", [])):
        return
    bind_url = _now(c.JupyterHub, "bind_url", "http://127.0.0.1:8000/")
    base = _now(c.JupyterHub, "base_url", "") or urlsplit(bind_url).path or "/"
    public = public_url or _public(c, bind_url)
    url = f"http://{host}:{port}"
    # The Hub and the service go by one rule in these, wherever it was set.
    told = {name: os.environ.get(name) for name in (_ALLOW_PRIVATE, _CREATE_USERS)}
    shared = {name: said for name, said in told.items() if said is not None}
    shared.update(environment or {})
    token = os.environ.get("COURSEHUB_HUB_TOKEN") or secrets.token_urlsafe(32)
    _add_service(
        c,
        services=services,
        url=url,
        environment={
            "COURSEHUB_DATA_DIR": str(Path(data_dir).absolute()),
            "COURSEHUB_PUBLIC_URL": public,
            "COURSEHUB_HUB_TOKEN": token,
            "COURSEHUB_COOKIE_SECURE": str(public.startswith("https:")).lower(),
            **shared,
        },
    )
    _grant(c, services, create_users=_is_on(shared, _CREATE_USERS))
    _wrap(c, service_url=f"{url}{base.rstrip('/')}/services/{NAME}/", token=token)
    c.LtiDoor.key_sets_file = str(Path(data_dir).absolute() / "key-sets.json")
    c.LtiDoor.allow_private_platforms = _is_on(shared, _ALLOW_PRIVATE)


def _is_on(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").lower() in _YES


def _add_service(
    c: Any, *, services: tuple[str, ...], url: str, environment: dict[str, str]
) -> None:
    chosen = services if services != SERVICES else ()
    only = [part for name in chosen for part in ("--only", name)]
    ours = {
        "name": NAME,
        "url": url,
        "command": [sys.executable, "-m", "coursehub", "serve", *only],
        "environment": environment,
        "oauth_no_confirm": True,
        "display": True,
    }
    _append(c.JupyterHub, "services", ours)


def _grant(c: Any, services: tuple[str, ...], *, create_users: bool) -> None:
    """What the service may ask of the Hub, and that people (and their servers) may use it."""
    scopes = scopes_of(services, create_users=create_users)
    ours = {"name": NAME, "services": [NAME], "scopes": scopes}
    _append(c.JupyterHub, "load_roles", ours)
    roles = _now(c.JupyterHub, "load_roles", [])
    user = next((role for role in roles if role["name"] == "user" and "scopes" in role), None)
    if user is None:
        c.JupyterHub.extra_user_scopes.update({_ACCESS})
    elif _ACCESS not in user["scopes"]:
        # A Hub whose administrator redefines the role ignores extra_user_scopes.
        user["scopes"] = [*user["scopes"], _ACCESS]


def _wrap(c: Any, *, service_url: str, token: str) -> None:
    """LTI beside the login there is, and limits on the spawner there is."""
    from coursehub_auth import with_lti  # noqa: PLC0415 - the Hub's packages, in the Hub alone
    from coursehub_spawn import with_limits  # noqa: PLC0415

    authenticator = _class(c, "authenticator", "jupyterhub.auth.PAMAuthenticator")
    spawner = _class(c, "spawner", "jupyterhub.spawner.LocalProcessSpawner")
    c.JupyterHub.authenticator_class = with_lti(authenticator)
    c.JupyterHub.spawner_class = with_limits(spawner)
    c.LtiDoor.service_url = c.CourseLimits.coursehub_url = service_url
    c.LtiDoor.service_token = c.CourseLimits.coursehub_token = token


def _class(c: Any, kind: str, default: str) -> type:
    """The class that the Hub would use: set as a class, a path, or an entry point's name."""
    chosen = _now(c.JupyterHub, f"{kind}_class", default)
    if isinstance(chosen, type):
        return chosen
    for found in entry_points(group=f"jupyterhub.{kind}s", name=chosen.lower()):
        loaded: type = found.load()
        return loaded
    module, _, name = chosen.rpartition(".")
    if not module:
        raise ValueError(f"c.JupyterHub.{kind}_class = {chosen!r}: no such {kind} is installed")
    of_path: type = getattr(import_module(module), name)
    return of_path


def _public(c: Any, bind_url: str) -> str:
    """The address that browsers use, as far as the configuration tells."""
    public = urlsplit(_now(c.JupyterHub, "public_url", "") or bind_url)
    host = public.hostname or ""
    if host in {"", "0.0.0.0", "::", "*"}:  # noqa: S104 - read here, not listened on
        host = "127.0.0.1"
    port = f":{public.port}" if public.port else ""
    return f"{public.scheme}://{host}{port}"


def _append(section: Any, trait: str, item: dict[str, Any]) -> None:
    """
    One more item of a list, whether the administrator set the list or not.

    Set, and not appended to the unset value: JupyterHub applies what is
    appended to that a second time when it reads its command line.
    """
    section[trait] = [*_now(section, trait, []), item]


def _now(section: Any, trait: str, default: Any) -> Any:
    """
    A trait's value so far.

    An unset one is a truthy LazyConfigValue, which keeps for ever the first
    value it is asked for: so a copy of it is asked.
    """
    value = copy.deepcopy(section.get(trait))
    if value is None:
        return default
    get_value = getattr(value, "get_value", None)
    return get_value(default) if get_value else section.get(trait)
