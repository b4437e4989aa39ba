"""
A browser's session: the Hub token in a cookie that only this service can open.

The key is made from the service's own Hub token, so a Hub that starts anew
closes all sessions; the next page opens another without a question asked.
"""

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from starlette.requests import HTTPConnection

from coursehub.web.place import settings_of

COOKIE: Final = "coursehub-session"
HUB_SESSION: Final = "jupyterhub-session-id"
"""The cookie by which the Hub names a browser's session to its services."""
SESSION_S: Final = 14 * 24 * 3600
"""Longest life of a session; the Hub's own token usually ends it sooner."""


def seal(text: str, *, secret: str, use: str) -> str:
    """`text`, unreadable and unchangeable without `secret`, good for one use."""
    return Fernet(_key(secret, use)).encrypt(text.encode()).decode()


def unseal(sealed: str, *, secret: str, use: str, max_age_s: int) -> str | None:
    """The text that was sealed; None when it is forged, old or meant for another use."""
    try:
        return Fernet(_key(secret, use)).decrypt(sealed.encode(), ttl=max_age_s).decode()
    except InvalidToken:
        return None


def sent_token(request: HTTPConnection) -> str:
    """The Hub token of the Authorization header; empty without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() in {"token", "bearer"} else ""


def hub_token(request: HTTPConnection) -> str:
    """The Hub token of this browser's session; empty without one."""
    sealed = request.cookies.get(COOKIE, "")
    secret = secret_of(request)
    if not sealed or not secret:
        return ""
    return unseal(sealed, secret=secret, use="session", max_age_s=SESSION_S) or ""


def hub_session(request: HTTPConnection) -> str:
    """The Hub's name of this browser's session; empty without one."""
    return request.cookies.get(HUB_SESSION, "")


def csrf_token(request: HTTPConnection) -> str:
    """What this session's forms carry, and nobody else can compute; empty without a session."""
    token = hub_token(request)
    if not token:
        return ""
    key = _key(secret_of(request), "csrf")
    digest = hmac.new(key, hashlib.sha256(token.encode()).digest(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def secret_of(request: HTTPConnection) -> str:
    """The service's own secret, which keys are made from."""
    return settings_of(request).hub_api_token.get_secret_value()


@lru_cache(maxsize=16)
def _key(secret: str, use: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"coursehub {use}".encode())
    return base64.urlsafe_b64encode(derived.derive(secret.encode()))
