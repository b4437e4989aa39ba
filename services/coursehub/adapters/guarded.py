"""
HTTP to addresses that an outsider named: to public servers alone, bounded in time and size.

A name is looked up once, each of its addresses is judged, and the connection
is made to one that was judged, so that a second answer of the name's server
cannot lead inside (DNS rebinding). httpcore lets a program make the connection
itself; nothing here follows a redirect, asks a proxy of the environment (which
would look the name up anew), or unpacks what is compressed.
"""

import asyncio
import ipaddress
import json
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import httpcore
import httpx

from coursehub.errors import CoursehubError, Invalid, Refused, Unreachable
from coursehub.ports import Said
from coursehub.vocabulary.addresses import is_safe_address

LARGEST_BYTES: Final = 200_000
_PORTS: Final = {"https": 443, "http": 80}
_MOST_ADDRESSES: Final = 8
_UNICAST: Final = ipaddress.ip_network("2000::/3")
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_TUNNELS: Final = (
    ipaddress.ip_network("2002::/16"),  # 6to4: an IPv4 address inside
    ipaddress.ip_network("2001::/23"),  # Teredo and other protocol assignments
    ipaddress.ip_network("3fff::/20"),  # documentation (RFC 9637), unknown to older Pythons
    ipaddress.ip_network("192.88.99.0/24"),  # 6to4 relays
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]


async def looked_up(host: str, port: int) -> tuple[str, ...]:
    """Every address of a name, in the order in which they are to be tried."""
    loop = asyncio.get_running_loop()
    answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in answers))


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
                await self._judged(host, port)
        except (OSError, UnicodeError, TimeoutError) as cause:
            raise _silent(host) from cause

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
            **({"Content-Length": str(len(content))} if content else {}),
        }
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                httpcore.AsyncConnectionPool(
                    ssl_context=self._ssl_context, network_backend=_Judging(self._judged)
                ) as pool,
                pool.stream(method, url, headers=list(sent.items()), content=content) as response,
            ):
                return Said(status=response.status, json=_json(host, await _body(host, response)))
        except _FAILURES as cause:
            raise _silent(host) from cause

    def _place(self, url: str) -> tuple[str, int]:
        """Host and port; Refused for an address of the wrong form."""
        parts = urlsplit(url) if is_safe_address(url) else urlsplit("")
        if not parts.hostname or (parts.scheme == "http" and not self._allow_private):
            raise Refused("address-refused", "Only public https addresses are asked.")
        return parts.hostname, parts.port or _PORTS[parts.scheme]

    async def _judged(self, host: str, port: int) -> tuple[str, ...]:
        found = await self._resolve(host, port)
        if not found:
            raise _silent(host)
        if not self._allow_private and not all(is_public(address) for address in found):
            raise Refused(
                "address-private",
                f"{host} is on a private network, which this Hub does not ask. Set "
                "COURSEHUB_ALLOW_PRIVATE_PLATFORMS=true if your LMS is meant to be there.",
            )
        return found[:_MOST_ADDRESSES]

    @cached_property
    def _ssl_context(self) -> Any:
        return httpx.create_ssl_context()


class _Judging(httpcore.AsyncNetworkBackend):
    """Connections to judged addresses alone; TLS still checks the name that was asked for."""

    def __init__(self, judged: Callable[[str, int], Awaitable[tuple[str, ...]]]) -> None:
        self._judged = judged
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first judged address that takes one."""
        *earlier, last = await self._judged(host, port)
        for address in earlier:
            try:
                return await self._plain.connect_tcp(address, port, timeout=timeout)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._plain.connect_tcp(last, port, timeout=timeout)

    async def connect_unix_socket(self, *_args: Any, **_options: Any) -> NoReturn:
        """Nothing: no address leads to a file of this machine."""
        raise httpcore.ConnectError("no unix sockets")

    async def sleep(self, seconds: float) -> None:
        """Nothing, after a while."""
        await asyncio.sleep(seconds)


def is_public(text: str) -> bool:
    """Whether an address is on the public internet, also behind the wrappings of IPv6."""
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if inside := _wrapped(address):
            return is_public(str(inside))
        if address not in _UNICAST:
            return False
    if any(address.version == net.version and address in net for net in _TUNNELS):
        return False
    return address.is_global and not address.is_multicast


def _wrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that this one stands for (RFC 4291, 2.5.5.2; RFC 6052, 2.1)."""
    if address in _NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped


async def _body(host: str, response: httpcore.Response) -> bytes:
    headers = {name.lower(): value.lower() for name, value in response.headers}
    if HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST:
        raise Invalid("address-moved", f"{host} sends this Hub to another address; give that one.")
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise _unreadable(host)
    body = bytearray()
    async for chunk in response.aiter_stream():
        body += chunk
        if len(body) > LARGEST_BYTES:
            raise Invalid("answer-too-large", f"The answer of {host} is too large.")
    return bytes(body)


def _json(host: str, body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as cause:
        raise _unreadable(host) from cause


_FAILURES: Final = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    OSError,
    UnicodeError,
    TimeoutError,
)


def _silent(host: str) -> CoursehubError:
    return Unreachable(
        "lms-unreachable", f"{host} did not answer in time; check the address, then try again."
    )


def _unreadable(host: str) -> CoursehubError:
    return Invalid("answer-unreadable", f"The answer of {host} is not the JSON that was expected.")
