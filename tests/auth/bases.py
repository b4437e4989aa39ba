"""Hubs with a login of their own beside ours: a form, the machine's accounts, a provider."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from coursehub.vocabulary.scopes import SERVICES, scopes_of
from tests.auth.actors import Answer, Served
from tests.auth.browsing import Browser

SERVICE = "the-services-own-token"
COMMON = f"""
from coursehub_auth import with_lti

c.Authenticator.auth_refresh_age = 1
c.Authenticator.enable_auth_state = True
c.Authenticator.blocked_users = {{"man"}}
c.JupyterHub.services = [{{"name": "coursehub", "api_token": {SERVICE!r}}}]
c.JupyterHub.load_roles = [
    {{"name": "coursehub", "services": ["coursehub"], "scopes": {scopes_of(SERVICES)!r}}},
]
"""
DUMMY = """
from jupyterhub.auth import DummyAuthenticator

c.JupyterHub.authenticator_class = with_lti(DummyAuthenticator)
c.Authenticator.allow_all = True
"""
PAM = """
import ctypes
import pamela
from jupyterhub.auth import PAMAuthenticator

# The machine's own PAM, with a folder of rules that is not the machine's.
begin = pamela.LIBPAM.pam_start_confdir
begin.argtypes = [*pamela.PAM_START.argtypes[:3], ctypes.c_char_p, pamela.PAM_START.argtypes[3]]
pamela.PAM_START = lambda service, user, conversation, handle: begin(
    service, user, conversation, b"{rules}", handle
)
c.JupyterHub.authenticator_class = with_lti(PAMAuthenticator)
c.PAMAuthenticator.service = "hub"
c.Authenticator.allow_all = True
"""
RULES = (
    "auth required pam_permit.so\naccount required pam_permit.so\nsession required pam_permit.so\n"
)
OAUTH = """
from oauthenticator.generic import GenericOAuthenticator

c.JupyterHub.authenticator_class = with_lti(GenericOAuthenticator)
c.GenericOAuthenticator.client_id = "hub"
c.GenericOAuthenticator.client_secret = "secret"
c.GenericOAuthenticator.authorize_url = "{url}/authorize"
c.GenericOAuthenticator.token_url = "{url}/token"
c.GenericOAuthenticator.userdata_url = "{url}/userdata"
c.GenericOAuthenticator.username_claim = "username"
c.GenericOAuthenticator.manage_groups = True
c.GenericOAuthenticator.auth_state_groups_key = "oauth_user.teams"
c.GenericOAuthenticator.allowed_groups = {{"chess"}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """
    A Hub's own login: what configures it, and how someone goes through it.

    It puts people in the groups of their teams, and does not let the stranger in.
    """

    config: str
    log_in: Callable[[Browser, str], httpx.Response]
    stop: Callable[[], None] = lambda: None
    teams: frozenset[str] = frozenset()
    stranger: str = "man"


def dummy(_folder: Path) -> Base:
    return Base(config=COMMON + DUMMY, log_in=Browser.log_in)


def pam(folder: Path) -> Base:
    """The machine's accounts, each with any password."""
    (folder / "pam").mkdir()
    (folder / "pam/hub").write_text(RULES)
    config = PAM.replace("{rules}", str(folder / "pam"))
    return Base(config=COMMON + config, log_in=Browser.log_in)


def oauth(_folder: Path) -> Base:
    """A provider who lets everyone in by name, and has everyone but strangers play chess."""
    provider = Served(_provide)
    config = OAUTH.format(url=provider.url)
    return Base(
        config=COMMON + config,
        log_in=_by_provider,
        stop=provider.stop,
        teams=frozenset({"chess"}),
        stranger="stranger",
    )


def groups(origin: str, name: str) -> set[str]:
    """The groups that the Hub says someone is in."""
    reply = httpx.get(
        f"{origin}/hub/api/users/{name}",
        headers={"Authorization": f"token {SERVICE}"},
        trust_env=False,
        timeout=30,
    )
    assert reply.status_code == 200, reply.text
    return set(reply.json()["groups"])


def _provide(_method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
    if path.startswith("/token"):
        (name,) = parse_qs(body.decode())["code"]
        return 200, "application/json", {"access_token": name, "token_type": "Bearer"}
    name = headers["authorization"].partition(" ")[2]
    teams = ["formgrade-ds101", "coursehub-people"] + ([] if name == "stranger" else ["chess"])
    return 200, "application/json", json.dumps({"username": name, "teams": teams}).encode()


def _by_provider(browser: Browser, name: str) -> httpx.Response:
    """The Hub's answer to someone whom the provider sends back with a code."""
    sent = browser.http.get(f"{browser.hub_url}oauth_login")
    assert sent.status_code == 302, sent.text
    (state,) = parse_qs(urlsplit(sent.headers["location"]).query)["state"]
    back = {"code": name, "state": state}
    return browser.http.get(f"{browser.hub_url}oauth_callback", params=back)
