"""
Which other sites may show a page in a frame and take its forms; by default none.

A page in a frame of an LMS has no session cookie there, so the way around the
service is left out of it (shell.html).
"""

import re
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from starlette.types import Scope

_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"(?:\*\.)?[a-z0-9.-]+|[0-9a-f:.]+")
"""What a host may be made of in a policy: `;` and `,` would begin another directive."""


def origin(url: str) -> str:
    """Scheme, host and port of an http address, as policies write them; empty for any other."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host):
        return ""
    host = f"[{host}]" if ":" in host else host
    own = port in {None, _PORTS[parts.scheme]}
    return f"{parts.scheme}://{host}" if own else f"{parts.scheme}://{host}:{port}"


def allow(request: Request, *urls: str) -> None:
    """The answer to this request, errors too, may be framed by these addresses' sites."""
    request.state.framed_by = tuple(dict.fromkeys(filter(None, map(origin, urls))))


def framed_by(scope: Scope) -> tuple[str, ...]:
    """The sites that may show the answer, and take its forms; none unless a route said so."""
    found: tuple[str, ...] = scope.get("state", {}).get("framed_by", ())
    return found
