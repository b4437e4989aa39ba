"""
Logging in by the Hub's OAuth, and out again.

The state of a login under way (where to go afterwards, the PKCE verifier)
travels in a sealed cookie of its own, so several tabs may log in at once and
a restart in between harms none of them. Source: RFC 6749, 10.12; RFC 7636.
"""

import asyncio
import json
import secrets
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from jupyterhub.services.auth import HubOAuth
from starlette.responses import Response
from tornado.web import HTTPError

from coursehub.errors import Refused, Unreachable
from coursehub.settings import Settings
from coursehub.web.identity import HUB_TIMEOUT_S, hub_oauth
from coursehub.web.place import settings_of
from coursehub.web.session import COOKIE, SESSION_S, seal, secret_of, unseal

STATE_COOKIE: Final = "coursehub-login-"
STATE_S: Final = 600
_MOST_LOGINS: Final = 8
_RESTART: Final = "This login took too long or was begun elsewhere. Open the page again."

router = APIRouter(include_in_schema=False)


def make_oauth(settings: Settings) -> HubOAuth:
    """The OAuth client that the Hub knows this service as; its id and scopes are the Hub's."""
    return HubOAuth(
        base_url=settings.prefix,
        hub_prefix=f"{settings.hub_base_url.rstrip('/')}/hub/",
        api_url=settings.hub_api_url,
        api_token=settings.hub_api_token.get_secret_value(),
        # Someone taken out of a group is kept out within seconds.
        cache_max_age=10,
    )


def begin(request: Request) -> RedirectResponse:
    """The way to the Hub's login, which leads back to the page that was asked for."""
    oauth, settings = hub_oauth(request), settings_of(request)
    state = secrets.token_urlsafe(16)
    verifier, challenge, method = oauth.generate_pkce_code_challenge()
    question = urlencode(
        {
            "client_id": oauth.oauth_client_id,
            "redirect_uri": oauth.oauth_redirect_uri,
            "response_type": "code",
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": method,
        }
    )
    response = RedirectResponse(f"{oauth.oauth_authorization_url}?{question}", status_code=302)
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    _forget_old_logins(request, response)
    _set(
        response,
        settings,
        name=STATE_COOKIE + state,
        value=seal(json.dumps([asked, verifier]), secret=secret_of(request), use="login"),
        max_age_s=STATE_S,
    )
    return response


@router.get("/oauth_callback")
async def oauth_callback(
    request: Request,
    code: Annotated[str, Query(max_length=512)] = "",
    state: Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> RedirectResponse:
    """A session, and the way to the page that was asked for; Refused without a login under way."""
    sealed = request.cookies.get(STATE_COOKIE + state, "") if state else ""
    opened = unseal(sealed, secret=secret_of(request), use="login", max_age_s=STATE_S)
    if opened is None:
        raise Refused("login-state", _RESTART)
    if error or not code:
        raise Refused("login-denied", "The Hub did not let this account in.")
    asked, verifier = json.loads(opened)
    token = await _token_for(hub_oauth(request), code=code, verifier=verifier)
    settings = settings_of(request)
    response = RedirectResponse(local_path(asked, settings), status_code=303)
    _clear(response, settings, name=STATE_COOKIE + state)
    _set(
        response,
        settings,
        name=COOKIE,
        value=seal(token, secret=secret_of(request), use="session"),
        max_age_s=SESSION_S,
    )
    return response


@router.get("/logout")
def logout(request: Request) -> RedirectResponse:
    """The session's end here and, by the Hub's own logout, everywhere on the Hub."""
    settings = settings_of(request)
    if request.headers.get("sec-fetch-site", "same-origin") == "cross-site":
        raise Refused("logout-elsewhere", "Another site asked to log you out; nothing was done.")
    response = RedirectResponse(f"{settings.hub_base_url.rstrip('/')}/hub/logout", status_code=303)
    _clear(response, settings, name=COOKIE)
    return response


def local_path(asked: str, settings: Settings) -> str:
    r"""
    A path on this Hub: `asked`, or the service's first page in place of anything else.

    Browsers read `//host` and `/\host` as another host (WHATWG URL, "special schemes").
    """
    base = settings.hub_base_url
    if not asked.startswith(base) or asked.startswith("//") or not asked.isprintable():
        return settings.prefix
    return settings.prefix if "\\" in asked else asked


async def _token_for(oauth: HubOAuth, *, code: str, verifier: str) -> str:
    try:
        async with asyncio.timeout(HUB_TIMEOUT_S):
            token: str = await oauth.token_for_code(code, code_verifier=verifier, sync=False)
    except HTTPError as cause:
        raise Refused("login-code", _RESTART) from cause
    except TimeoutError as cause:
        raise Unreachable("hub", "The Hub does not answer; try again in a moment.") from cause
    return token


def _set(response: Response, settings: Settings, *, name: str, value: str, max_age_s: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=max_age_s,
        path=settings.prefix,
        secure=settings.cookie_secure,
        httponly=True,
        samesite="lax",
    )


def _clear(response: Response, settings: Settings, *, name: str) -> None:
    response.delete_cookie(
        name,
        path=settings.prefix,
        secure=settings.cookie_secure,
        httponly=True,
        samesite="lax",
    )


def _forget_old_logins(request: Request, response: Response) -> None:
    """No heap of cookies where many tabs were opened and none logged in."""
    begun = [name for name in request.cookies if name.startswith(STATE_COOKIE)]
    if len(begun) >= _MOST_LOGINS:
        for name in begun:
            _clear(response, settings_of(request), name=name)


routers = (router,)
