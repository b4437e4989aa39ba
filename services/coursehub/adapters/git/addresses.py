"""Where a repository's server really is: hubs do not fetch from their own inside."""

import asyncio
import ipaddress
import socket
from typing import Final
from urllib.parse import urlsplit

from coursehub.errors import Refused, Unreachable

_PORTS: Final = {"http": 80, "https": 443, "ssh": 22}


async def pinned(url: str, *, timeout_s: float) -> tuple[tuple[str, str], ...]:
    """
    The git settings that hold a public address fast; Refused for any other address.

    The name is looked up here once and git connects to what was found, so that
    a second answer of the name's server cannot lead inside (DNS rebinding).
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or parts.hostname is None:
        raise _refused()
    port = parts.port or _PORTS[parts.scheme]
    found = await _looked_up(parts.hostname, port, timeout_s=timeout_s)
    if not all(_is_public(address) for address in found):
        raise _refused()
    if parts.scheme == "ssh":
        # ssh looks the name up again by itself, so nothing can be held fast.
        raise _refused()
    listed = ",".join(f"[{a}]" if ":" in a else a for a in found)
    return (("http.curloptResolve", f"{parts.hostname}:{port}:{listed}"),)


async def _looked_up(host: str, port: int, *, timeout_s: float) -> tuple[str, ...]:
    loop = asyncio.get_running_loop()
    try:
        answers = await asyncio.wait_for(
            loop.getaddrinfo(host, port, type=socket.SOCK_STREAM), timeout_s
        )
    except (OSError, UnicodeError, TimeoutError) as cause:
        raise Unreachable(
            "repository-unreachable",
            "No server of that name was found.",
            retry_after_s=60,
        ) from cause
    return tuple(dict.fromkeys(str(address[0]) for *_, address in answers))


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_global and not ip.is_multicast


def _refused() -> Refused:
    return Refused(
        "repository-address",
        "The repository's server is on a private network, which this hub does not fetch from.",
    )
