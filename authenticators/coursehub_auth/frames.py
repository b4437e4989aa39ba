"""
Which pages may stand in a frame of the LMS, and what they may do there.

A page that stands in a frame names who may frame it. Known beforehand are the
registration's own addresses; a vendor's cloud shows courses under the names of
schools that no registration lists, so the signed addresses of the launch
count too. Before anything is signed, the page that asked counts as well: what
stands there then can do no more than the asker itself, which is to begin a
login. Subdomains count with their domain, because LMSs show courses there
(Open edX: apps.school.example before school.example).
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from coursehub.vocabulary.launch import Registration
from coursehub_auth.claims import AGS, NRPS
from coursehub_auth.messages import SETTINGS
from coursehub_auth.verify import CLAIM, Claims

FRAMES = frozenset({"iframe", "frame", "embed", "object"})
ANYONE = "*"
"""For pages that have nothing to press."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")


def is_framed(headers: Mapping[str, str], *, document_target: str = "") -> bool:
    """
    Whether the answer will stand in a frame, as the browser says (Fetch Metadata, 2.1).

    A browser that says nothing leaves it to the signed claim of the launch.
    """
    stated = headers.get("Sec-Fetch-Dest")
    return stated in FRAMES if stated else document_target in FRAMES


def is_from(origin: str, headers: Mapping[str, str]) -> bool:
    """Whether a page of that origin sent this request; what says nothing did not."""
    site = headers.get("Sec-Fetch-Site")
    return site == "same-origin" if site else headers.get("Origin") == origin


def origin_of(url: str) -> str:
    """Scheme, host and port as browsers write them; empty for what is no web address."""
    try:
        parts = urlsplit(url)
        port = "" if parts.port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f":{parts.port}"
    except ValueError:
        return ""
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        return ""
    return f"{parts.scheme}://{host}{port}"


def asker(headers: Mapping[str, str]) -> str:
    """The origin of the page that sent the browser here, as far as it says."""
    return origin_of(headers.get("Origin", "")) or origin_of(headers.get("Referer", ""))


def known(registration: Registration) -> tuple[str, ...]:
    """The platform's own addresses."""
    return (registration.issuer, registration.auth_login_url)


def signed(claims: Claims) -> tuple[str, ...]:
    """The platform's addresses that a verified launch names."""
    stated = {
        f"{CLAIM}launch_presentation": "return_url",
        f"{CLAIM}tool_platform": "url",
        SETTINGS: "deep_link_return_url",
        NRPS: "context_memberships_url",
        AGS: "lineitems",
    }
    found = (_member(claims.get(claim), name) for claim, name in stated.items())
    return tuple(url for url in found if url)


def document_target(claims: Claims) -> str:
    """Where the platform says that it shows the tool (LTI 1.3 core 5.4.4)."""
    return _member(claims.get(f"{CLAIM}launch_presentation"), "document_target")


def ancestors(urls: Iterable[str]) -> str:
    """The sources of a `frame-ancestors` directive: these origins and their subdomains."""
    origins = dict.fromkeys(filter(None, map(origin_of, urls)))
    return " ".join(source for origin in origins for source in _sources(origin)) or "'none'"


def policy(*, framed_by: str, form_action: str = "'self'", scripts: bool = True) -> str:
    """The Content-Security-Policy of one of our pages."""
    own = "script-src 'self'; connect-src 'self'; " if scripts else ""
    return (
        f"default-src 'none'; {own}style-src 'self'; form-action {form_action}; "
        f"base-uri 'none'; frame-ancestors {framed_by}"
    )


def _sources(origin: str) -> tuple[str, ...]:
    scheme, _, place = origin.partition("://")
    host = place if place.startswith("[") else place.partition(":")[0]
    if "." not in host or _is_address(host.strip("[]")):
        return (origin,)
    return (origin, f"{scheme}://*.{place}")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _member(claim: Any, name: str) -> str:
    value = claim.get(name) if isinstance(claim, dict) else None
    return value if isinstance(value, str) else ""
