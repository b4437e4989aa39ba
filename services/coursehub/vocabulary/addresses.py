"""Addresses of other systems: what is known of them before anything is asked."""

import ipaddress
from typing import Final
from urllib.parse import SplitResult, urlsplit

LONGEST: Final = 2000
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_PORTS: Final = {"https": 443, "http": 80}
_UNICAST: Final = ipaddress.ip_network("2000::/3")
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_TUNNELS: Final = (
    ipaddress.ip_network("2002::/16"),  # 6to4: an IPv4 address inside
    ipaddress.ip_network("2001::/23"),  # Teredo and other protocol assignments
    ipaddress.ip_network("3fff::/20"),  # documentation (RFC 9637), unknown to older Pythons
    ipaddress.ip_network("192.88.99.0/24"),  # 6to4 relays
)


def is_safe_address(url: str) -> bool:
    """
    Whether this is an https address, or an http one on this very machine.

    Nothing in it may be read in two ways: no user name, fragment, blank,
    backslash or control character.
    """
    parts = _split(url)
    if parts is None or not parts.hostname or "@" in parts.netloc or "#" in url:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def is_loopback(host: str) -> bool:
    """Whether a host is called as this very machine is."""
    return host in _LOOPBACK


def origin_of(url: str) -> str:
    """Scheme, host and port as browsers write them (RFC 6454); empty for what is no address."""
    parts = _split(url)
    if parts is None or not parts.hostname or parts.scheme not in _PORTS:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in {None, _PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def host_of(url: str) -> str:
    """The host's name in small letters; empty for what is no address."""
    parts = _split(url)
    return (parts.hostname or "") if parts else ""


def _split(url: str) -> SplitResult | None:
    plain = url.isascii() and url.isprintable() and not set(url) & set(' \\"<>')
    if not plain or len(url) > LONGEST:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # reading it is what checks it
    except ValueError:
        return None
    return parts


def is_public(text: str) -> bool:
    """Whether an address is on the public internet, also behind the wrappings of IPv6."""
    address = ipaddress.ip_address(text.partition("%")[0])
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
