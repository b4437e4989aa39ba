"""Access tokens of the LTI services: what they are, and the scope each call needs."""

from collections.abc import Iterable
from typing import Any

from fastapi import Depends, Request

from coursehub_demo_lms.errors import Refusal
from coursehub_demo_lms.platform import Here, Platform

LIFE_S = 3600
KIND = "access"


def access_token(platform: Platform, client_id: str, scopes: Iterable[str]) -> str:
    """A token for that tool with those scopes, sealed so that it need not be kept."""
    claims = {"client": client_id, "scope": " ".join(scopes)}
    return platform.seal.close(KIND, claims, life_s=LIFE_S)


def needs(*scopes: str) -> Any:
    """A dependency that lets a request pass if its token holds one of these scopes."""

    def check(request: Request, platform: Here) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        opened = platform.seal.open(KIND, token.strip()) if scheme.lower() == "bearer" else None
        if opened is None or platform.tools.active(opened["client"]) is None:
            raise Refusal(401, "invalid_token", "The access token is missing, wrong or too old.")
        if set(scopes).isdisjoint(opened["scope"].split()):
            raise Refusal(403, "insufficient_scope", "The access token lacks the scope for this.")

    return Depends(check)
