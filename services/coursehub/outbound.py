"""
HTTP to servers that an LMS, or whoever may be one, has named: to judged addresses alone.

A name is looked up once, each of its addresses is judged, and the connection
is made to one that was judged, so that a second answer of the name's server
cannot lead inside (DNS rebinding). The service and the Hub both ask so.
"""

import asyncio
import functools
import socket
from collections.abc import Awaitable, Callable
from ssl import SSLContext
from typing import Final
from urllib.request import getproxies, proxy_bypass

import httpx

from coursehub.vocabulary.addresses import is_public

ALLOW_PRIVATE: Final = "COURSEHUB_ALLOW_PRIVATE_PLATFORMS"
"""The setting that lets LMSs be inside this network, and on this machine over plain http."""
_PORTS: Final = {"https": 443, "http": 80}
_MOST_ADDRESSES: Final = 8

Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]


class PrivateAddress(httpx.ConnectError):
    """The name leads to an address of a private network; its text is safe to show."""


async def looked_up(host: str, port: int) -> tuple[str, ...]:
    """Every address of a name, in the order in which they are to be tried."""
    loop = asyncio.get_running_loop()
    answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in answers))


async def judged(
    host: str, port: int, *, allow_private: bool, resolve: Resolve = looked_up
) -> tuple[str, ...]:
    """The name's addresses that may be asked; PrivateAddress, or ConnectError where it has none."""
    try:
        found = await resolve(host, port)
    except (OSError, UnicodeError) as cause:
        raise httpx.ConnectError("no such name") from cause
    if not found:
        raise httpx.ConnectError("no address")
    if not allow_private and not all(is_public(address) for address in found):
        raise PrivateAddress(
            f"{host} is on a private network, which this Hub does not ask. Set "
            f"{ALLOW_PRIVATE}=true if your LMS is meant to be there."
        )
    return found[:_MOST_ADDRESSES]


class JudgedTransport(httpx.AsyncBaseTransport):
    """
    Connections to judged addresses; TLS still checks the name that was asked for.

    A pool of its own for each name: two names of one address share no
    connection, whose certificate is of one of them. Where the environment
    names a proxy for the address (and `by_proxy` lets it), that looks the name
    up, and judges, by itself.
    """

    def __init__(
        self, *, allow_private: bool, by_proxy: bool = True, resolve: Resolve = looked_up
    ) -> None:
        self._allow_private = allow_private
        self._by_proxy = by_proxy
        self._resolve = resolve
        self._ssl_context = _ssl_context()
        self._pools: dict[tuple[str, int, str], httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the first judged address that takes a connection."""
        host = request.url.raw_host.decode("ascii").strip("[]")
        port = request.url.port or _PORTS[request.url.scheme]
        proxy = _proxy_for(request.url.scheme, host) if self._by_proxy else ""
        pool = self._pool(host, port, proxy)
        if proxy:
            return await pool.handle_async_request(request)
        *earlier, last = await judged(
            host, port, allow_private=self._allow_private, resolve=self._resolve
        )
        for address in earlier:
            try:
                return await pool.handle_async_request(_to(request, address, host))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await pool.handle_async_request(_to(request, last, host))

    def _pool(self, host: str, port: int, proxy: str) -> httpx.AsyncHTTPTransport:
        key = (host, port, proxy)
        if key not in self._pools:
            self._pools[key] = httpx.AsyncHTTPTransport(
                verify=self._ssl_context, trust_env=False, proxy=proxy or None
            )
        return self._pools[key]

    async def aclose(self) -> None:
        """No connection is left open."""
        for pool in self._pools.values():
            await pool.aclose()


@functools.cache
def _ssl_context() -> SSLContext:
    """This machine's trust, read once: reading it takes longer than a launch may hold the Hub."""
    return httpx.create_ssl_context()


def _proxy_for(scheme: str, host: str) -> str:
    """The proxy that the environment names for that address; empty where it names none."""
    named = getproxies()
    proxy = named.get(scheme) or named.get("all") or ""
    if not proxy or proxy_bypass(host):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _to(request: httpx.Request, address: str, host: str) -> httpx.Request:
    """The request, sent to that address under its own name (the header Host is there already)."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )
