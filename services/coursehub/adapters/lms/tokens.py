"""
Access tokens for a platform's services: client credentials with a signed assertion.

Sources: LTI security 1.0, 4.1; RFC 7523.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from coursehub.adapters.keys import ToolKeys
from coursehub.adapters.lms.wire import Reply, Wire, require_success
from coursehub.errors import Refused, Unreachable
from coursehub.ports import PlatformAccess
from coursehub.vocabulary.families import token_audience

_ASSERTION_S = 60
_MARGIN_S = 30.0
_LIFE_S = 3600.0
_MOST_LIFE_S = 86_400.0
_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_Key = tuple[str, str, str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    good_until: float


class Tokens:
    """Tokens by platform, client and scopes, each used until shortly before its end."""

    def __init__(
        self, wire: Wire, keys: ToolKeys, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._wire = wire
        self._keys = keys
        self._clock = clock
        self._known: dict[_Key, _Token] = {}
        self._locks: dict[_Key, asyncio.Lock] = {}

    async def token(self, access: PlatformAccess, scopes: Iterable[str]) -> str:
        """A living token with those scopes; Refused if the platform will not give one."""
        key = _key(access, scopes)
        async with self._locks.setdefault(key, asyncio.Lock()):
            known = self._known.get(key)
            if known is None or known.good_until <= self._clock():
                known = self._known[key] = await self._asked_for(access, key[3])
            return known.text

    def forget(self, access: PlatformAccess, scopes: Iterable[str]) -> None:
        """The next call asks anew; for a token that the platform no longer accepts."""
        self._known.pop(_key(access, scopes), None)

    async def _asked_for(self, access: PlatformAccess, scopes: frozenset[str]) -> _Token:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _BEARER,
            "client_assertion": await asyncio.to_thread(self._assertion, access),
            "scope": " ".join(sorted(scopes)),
        }
        asked_at = self._clock()
        reply = await self._wire.send(
            "POST",
            access.token_url,
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
            content=urlencode(form).encode(),
        )
        body = _given(reply).json()
        if not isinstance(body, dict):
            raise _malformed()
        return _Token(token_text(body), asked_at + life_s(body) - _MARGIN_S)

    def _assertion(self, access: PlatformAccess) -> str:
        issued = int(self._clock())
        claims = {
            "iss": access.client_id,
            "sub": access.client_id,
            "aud": token_audience(access.token_url),
            "iat": issued,
            "exp": issued + _ASSERTION_S,
            "jti": uuid4().hex,
        }
        return self._keys.sign(claims)


def _key(access: PlatformAccess, scopes: Iterable[str]) -> _Key:
    return (access.issuer, access.token_url, access.client_id, frozenset(scopes))


def _given(reply: Reply) -> Reply:
    """OAuth answers 400 where others say 401 (RFC 6749, 5.2): both are a refusal here."""
    if reply.status in {400, 401, 403}:
        raise Refused(
            "lms-token-refused",
            "The LMS refuses this tool: check its registration there, key set address included.",
        )
    return require_success(reply)


def token_text(body: Mapping[str, Any]) -> str:
    """The token of an answer (RFC 6749, 5.1); Unreachable where it is none for a header."""
    text = body.get("access_token")
    if not isinstance(text, str) or not text or not text.isascii() or not text.isprintable():
        raise _malformed()
    return text


def life_s(body: Mapping[str, Any]) -> float:
    """How long the token of an answer lives; an hour where it says nothing of use."""
    said = body.get("expires_in", _LIFE_S)
    try:
        return min(max(float(said), 0.0), _MOST_LIFE_S)
    except (TypeError, ValueError):
        return _LIFE_S


def _malformed() -> Unreachable:
    return Unreachable("lms-malformed", "The LMS gave an access token that cannot be read.")
