"""Which addresses lie inside this Hub, and which others may be trusted with an answer."""

import ipaddress
from urllib.parse import SplitResult, unquote, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def lies_inside(url: str, *, origin: str, base_url: str) -> bool:
    """
    Whether an absolute URL is an address of this Hub.

    `origin` is scheme and host as browsers see them. The bare origin counts as
    the Hub too (ltiauthenticator's configuration named it as the target), and so
    does the base path without its last slash.
    """
    ours, theirs = _split(origin), _split(url)
    if ours is None or theirs is None or _site(theirs) != _site(ours):
        return False
    is_front = theirs.path in {"", "/"} or f"{theirs.path}/" == base_url
    return is_front or is_path_inside(theirs.path, base_url=base_url)


def is_path_inside(path: str, *, base_url: str) -> bool:
    """Whether a redirect to this path stays under the Hub's base path, whatever the browser."""
    if not _is_plain(path) or not path.startswith(base_url) or path.startswith("//"):
        return False
    segments = unquote(path.partition("?")[0].partition("#")[0]).split("/")
    return not {".", ".."} & set(segments)


def is_safe_return(url: str) -> bool:
    """Whether people may be sent there with an answer: https, or http on this machine."""
    parts = _split(url)
    return parts is not None and (parts.scheme == "https" or _is_loopback(parts.hostname or ""))


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761, 6.3
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(url: str) -> SplitResult | None:
    """The URL's parts; None for anything that browsers might read differently."""
    if not _is_plain(url):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is what validates it
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return parts


def _site(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS[parts.scheme]


def _is_plain(text: str) -> bool:
    """No backslash, blank or control character: browsers rewrite those."""
    return "\\" not in text and all(" " < char != "\x7f" for char in text)
