"""A platform's LTI services: every call carries a token, every list is read to its end."""

import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

from coursehub.adapters.lms.tokens import Tokens
from coursehub.adapters.lms.wire import Reply, Wire, next_url, require_success
from coursehub.errors import Unreachable
from coursehub.ports import PlatformAccess

_MOST_PAGES = 1_000


class Services:
    """Calls with the right token; a token that lost its worth early is asked for once more."""

    def __init__(self, wire: Wire, tokens: Tokens) -> None:
        self._wire = wire
        self._tokens = tokens

    async def get(self, access: PlatformAccess, url: str, *, scope: str, accept: str) -> Reply:
        return await self._call(access, "GET", url, scope=scope, headers={"Accept": accept})

    async def post(
        self, access: PlatformAccess, url: str, body: Any, *, scope: str, media: str
    ) -> Reply:
        headers = {"Content-Type": media, "Accept": f"{media}, application/json"}
        content = json.dumps(body).encode()
        return await self._call(access, "POST", url, scope=scope, headers=headers, content=content)

    async def pages(
        self, access: PlatformAccess, url: str, *, scope: str, accept: str
    ) -> AsyncIterator[Any]:
        """
        The body of each page, in order.

        Unreachable where the platform leads in a circle or gives no end of pages.
        """
        seen: set[str] = set()
        following: str | None = url
        while following is not None:
            if following in seen or len(seen) >= _MOST_PAGES:
                raise Unreachable("lms-endless", "The LMS gives the same page again and again.")
            seen.add(following)
            reply = await self.get(access, following, scope=scope, accept=accept)
            yield reply.json()
            following = next_url(reply)

    async def _call(
        self,
        access: PlatformAccess,
        method: str,
        url: str,
        *,
        scope: str,
        headers: dict[str, str],
        content: bytes | None = None,
    ) -> Reply:
        async def attempt() -> Reply:
            token = await self._tokens.token(access, (scope,))
            sent = {**headers, "Authorization": f"Bearer {token}"}
            return await self._wire.send(method, url, headers=sent, content=content)

        reply = await attempt()
        if reply.status == HTTPStatus.UNAUTHORIZED:
            self._tokens.forget(access, (scope,))
            reply = await attempt()
        return require_success(reply)
