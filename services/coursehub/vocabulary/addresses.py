"""Addresses of other systems: their form, before anything is asked of them."""

from typing import Final
from urllib.parse import SplitResult, urlsplit

LONGEST: Final = 2000
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_PORTS: Final = {"https": 443, "http": 80}


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
