"""A platform's LTI services: every call carries a token, every list is read to its end."""

import json
import time
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import httpx

from coursehub.adapters.lms.tokens import Tokens
from coursehub.adapters.lms.wire import Reply, Sender, next_url, require_success
from coursehub.errors import Unreachable
from coursehub.ports import PlatformAccess

_MOST_PAGES = 1_000
_MOST_S: Final = 1_800.0
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Services:
    """Calls with the right token; a token that lost its worth early is asked for once more."""

    def __init__(self, wire: Sender, tokens: Tokens) -> None:
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
        """The body of each page, in order."""
        async for reply in self.replies(access, url, scope=scope, accept=accept):
            yield reply.json()

    async def replies(
        self,
        access: PlatformAccess,
        url: str,
        *,
        scope: str,
        accept: str,
        kept: Mapping[str, str] = _NOTHING,
    ) -> AsyncIterator[Reply]:
        """
        Each page, in order; `kept` is asked of every one, whatever the link to it says.

        Unreachable where the platform leads in a circle, gives no end of pages
        or takes longer over them than an hour's sync may.
        """
        ends = time.monotonic() + _MOST_S
        seen: set[str] = set()
        following: str | None = url
        while following is not None:
            if following in seen or len(seen) >= _MOST_PAGES:
                raise Unreachable("lms-endless", "The LMS gives the same page again and again.")
            seen.add(following)
            if time.monotonic() > ends:
                raise Unreachable("lms-slow", "The LMS takes too long to give its list.")
            reply = await self.get(access, following, scope=scope, accept=accept)
            yield reply
            following = next_url(reply)
            if following is not None:
                following = _with(following, kept)

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


def _with(url: str, kept: Mapping[str, str]) -> str:
    """The address with what the platform's link left out (Moodle's leaves out `role`)."""
    parsed = httpx.URL(url)
    left_out = {key: value for key, value in kept.items() if key not in parsed.params}
    return str(parsed.copy_merge_params(left_out)) if left_out else url
