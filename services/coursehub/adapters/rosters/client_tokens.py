"""
Access tokens for a client with a secret: OAuth 2 client credentials.

Sources: RFC 6749, 2.3.1 and 4.4; 1EdTech Security Framework 1.0.
"""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import quote_plus, urlencode

from coursehub.adapters.lms.tokens import life_s, token_text
from coursehub.adapters.lms.wire import require_success
from coursehub.adapters.rosters.asking import Asker
from coursehub.errors import Refused, Unreachable
from coursehub.ports import RosterAddress

_MARGIN_S: Final = 30.0
_Key = tuple[str, str, str, bytes]


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    good_until: float


class ClientTokens:
    """Tokens by address, client, scope and secret, each used until shortly before its end."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._known: dict[_Key, _Token] = {}
        self._locks: dict[_Key, asyncio.Lock] = {}

    async def token(self, asker: Asker, source: RosterAddress, secret: str, scope: str) -> str:
        """A living token; Refused where the source gives this client none."""
        key = _key(source, secret, scope)
        async with self._locks.setdefault(key, asyncio.Lock()):
            known = self._known.get(key)
            if known is None or known.good_until <= self._clock():
                known = self._known[key] = await self._asked_for(asker, source, secret, scope)
            return known.text

    def forget(self, source: RosterAddress, secret: str, scope: str) -> None:
        """The next call asks anew; for a token that the source no longer accepts."""
        self._known.pop(_key(source, secret, scope), None)

    async def _asked_for(
        self, asker: Asker, source: RosterAddress, secret: str, scope: str
    ) -> _Token:
        pair = f"{quote_plus(source.client_id)}:{quote_plus(secret)}"
        headers = {
            "Authorization": f"Basic {b64encode(pair.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        form = urlencode({"grant_type": "client_credentials", "scope": scope}).encode()
        asked_at = self._clock()
        reply = await asker.send("POST", source.token_url, headers=headers, content=form)
        if reply.status in {400, 401, 403}:
            raise Refused(
                "roster-token",
                "The source gives this client no access token: compare the client's id, its "
                "secret, the token address, and whether it may read rosters (scope "
                "roster-core.readonly).",
            )
        body = require_success(reply).json()
        if not isinstance(body, dict):
            raise Unreachable("roster-malformed", "The source gave a token that cannot be read.")
        return _Token(token_text(body), asked_at + life_s(body) - _MARGIN_S)


def _key(source: RosterAddress, secret: str, scope: str) -> _Key:
    return (source.token_url, source.client_id, scope, sha256(secret.encode()).digest())
