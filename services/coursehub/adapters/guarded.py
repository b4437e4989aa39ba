"""
Questions to addresses that an outsider named, bounded in time and size.

Only public servers are asked (coursehub.outbound judges); nothing here follows
a redirect, asks a proxy of the environment, or unpacks what is compressed.
"""

import asyncio
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from coursehub.errors import CoursehubError, Invalid, Refused, Unreachable
from coursehub.outbound import JudgedTransport, PrivateAddress, Resolve, judged, looked_up
from coursehub.ports import Said
from coursehub.vocabulary.addresses import is_safe_address

LARGEST_BYTES: Final = 200_000
_PORTS: Final = {"https": 443, "http": 80}


class GuardedHttp:
    """
    Questions to servers that nobody here has chosen.

    `allow_private` lets them be inside this network too, and on this machine
    over plain http.
    """

    def __init__(
        self, *, timeout_s: float, allow_private: bool = False, resolve: Resolve = looked_up
    ) -> None:
        self._timeout_s = timeout_s
        self._allow_private = allow_private
        self._resolve = resolve

    async def get(self, url: str, *, bearer: str = "") -> Said:
        """What the address answers; Refused for one that may not be asked."""
        return await self._ask("GET", url, {}, b"", bearer)

    async def post(self, url: str, body: Mapping[str, Any], *, bearer: str = "") -> Said:
        """What the address answers to a JSON body."""
        kind = {"Content-Type": "application/json"}
        return await self._ask("POST", url, kind, json.dumps(body).encode(), bearer)

    async def admit(self, url: str) -> None:
        """Nothing; Refused for an address that may not be asked. Nothing is sent there."""
        host, port = self._place(url)
        try:
            async with asyncio.timeout(self._timeout_s):
                await judged(host, port, allow_private=self._allow_private, resolve=self._resolve)
        except (httpx.HTTPError, TimeoutError) as cause:
            raise _failure(host, cause) from cause

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes, bearer: str
    ) -> Said:
        host, _ = self._place(url)
        sent = {
            "Host": urlsplit(url).netloc,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "User-Agent": "coursehub",
            **headers,
            **({"Authorization": f"Bearer {bearer}"} if bearer else {}),
        }
        transport = JudgedTransport(
            allow_private=self._allow_private, by_proxy=False, resolve=self._resolve
        )
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                httpx.AsyncClient(transport=transport, timeout=self._timeout_s) as client,
                client.stream(method, url, headers=sent, content=content or None) as response,
            ):
                return Said(
                    status=response.status_code, json=_json(host, await _body(host, response))
                )
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as cause:
            raise _failure(host, cause) from cause

    def _place(self, url: str) -> tuple[str, int]:
        """Host and port; Refused for an address of the wrong form."""
        parts = urlsplit(url) if is_safe_address(url) else urlsplit("")
        if not parts.hostname or (parts.scheme == "http" and not self._allow_private):
            raise Refused("address-refused", "Only public https addresses are asked.")
        return parts.hostname, parts.port or _PORTS[parts.scheme]


async def _body(host: str, response: httpx.Response) -> bytes:
    if HTTPStatus.MULTIPLE_CHOICES <= response.status_code < HTTPStatus.BAD_REQUEST:
        raise Invalid("address-moved", f"{host} sends this Hub to another address; give that one.")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise _unreadable(host)
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > LARGEST_BYTES:
            raise Invalid("answer-too-large", f"The answer of {host} is too large.")
    return bytes(body)


def _json(host: str, body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as cause:
        raise _unreadable(host) from cause


def _failure(host: str, cause: Exception) -> CoursehubError:
    if isinstance(cause, PrivateAddress):
        return Refused("address-private", str(cause))
    return Unreachable(
        "lms-unreachable", f"{host} did not answer in time; check the address, then try again."
    )


def _unreadable(host: str) -> CoursehubError:
    return Invalid("answer-unreadable", f"The answer of {host} is not the JSON that was expected.")
