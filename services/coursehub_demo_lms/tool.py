"""A tool as an LMS administrator enters it, and the key set it signs with."""

import asyncio
import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

TIMEOUT_S = 5.0
MAX_BYTES = 256 * 1024
FRESH_S = 300
RETRY_S = 5  # a key id we do not know asks for a new look, though not at every request


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """The registration: what an LMS administrator enters about the tool."""

    client_id: str
    login_url: str
    redirect_urls: tuple[str, ...]
    jwks_url: str
    target_url: str

    @classmethod
    def of_hub(cls, url: str, *, client_id: str = "coursehub-demo") -> "Tool":
        """The registration of a Hub with coursehub at that address."""
        base = url.rstrip("/")
        return cls(
            client_id=client_id,
            login_url=f"{base}/hub/lti13/oauth_login",
            redirect_urls=(f"{base}/hub/lti13/oauth_callback",),
            jwks_url=f"{base}/services/coursehub/lti/jwks.json",
            target_url=f"{base}/hub/lti13/launch",
        )

    def completed_by(self, other: "Tool") -> "Tool":
        """This registration, with the other's word wherever it is silent."""
        return Tool(
            client_id=self.client_id or other.client_id,
            login_url=self.login_url or other.login_url,
            redirect_urls=self.redirect_urls or other.redirect_urls,
            jwks_url=self.jwks_url or other.jwks_url,
            target_url=self.target_url or other.target_url,
        )

    @property
    def origins(self) -> frozenset[str]:
        """The origins of the tool's pages."""
        urls = (self.login_url, *self.redirect_urls, self.target_url)
        return frozenset(origin_of(url) for url in urls)

    def owns(self, url: str) -> bool:
        """Whether that address lies on the tool's own origin."""
        try:
            return origin_of(url) == origin_of(self.target_url)
        except ValueError:  # no address at all, or one without a true port
            return False


def origin_of(url: str) -> str:
    """Scheme, host and port, as browsers name the sender of a message."""
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port in {None, default} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


class BadSignature(Exception):  # read as "raise BadSignature"
    """A token that the tool did not sign, or whose signature could not be checked."""


@dataclass(slots=True, kw_only=True)
class ToolKeys:
    """The tool's key set, fetched when needed and kept for a while."""

    url: str
    clock: Callable[[], float] = time.monotonic
    _keys: KeySet | None = None
    _fetched: float = float("-inf")
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token, once its RS256 signature and its key id are the tool's."""
        kid = _key_id(token)
        keys = await self._key_set(kid)
        if not any(key.kid == kid for key in keys.keys):
            raise BadSignature("The tool's key set holds no key of that kid.")
        try:
            return jwt.decode(token, keys, algorithms=["RS256"]).claims
        except (JoseError, ValueError) as cause:
            raise BadSignature("The signature is not the tool's.") from cause

    async def _key_set(self, kid: str) -> KeySet:
        async with self._lock:
            age_s = self.clock() - self._fetched
            known = self._keys is not None and any(key.kid == kid for key in self._keys.keys)
            if self._keys is None or age_s > FRESH_S or (not known and age_s > RETRY_S):
                self._keys = await _fetch(self.url)
                self._fetched = self.clock()
            return self._keys


def claimed_issuer(token: str) -> object:
    """Whose token it says it is: enough to know which keys to check it with, and no more."""
    try:
        claims = json.loads(_decoded(token.split(".")[1]))
    except (ValueError, IndexError, RecursionError) as cause:
        raise BadSignature("That is not a JSON Web Token.") from cause
    return claims.get("iss") if isinstance(claims, dict) else None


def _key_id(token: str) -> str:
    try:
        header = json.loads(_decoded(token.split(".", 1)[0]))
    except (ValueError, RecursionError) as cause:
        raise BadSignature("That is not a JSON Web Token.") from cause
    if not isinstance(header, dict) or header.get("alg") != "RS256":
        raise BadSignature("Only RS256 is accepted.")
    if not isinstance(kid := header.get("kid"), str) or not kid:
        raise BadSignature("The header names no kid.")
    return kid


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


async def _fetch(url: str) -> KeySet:
    try:
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_S) as client,
            asyncio.timeout(TIMEOUT_S * 2),
            client.stream("GET", url) as reply,
        ):
            reply.raise_for_status()
            body = b""
            async for chunk in reply.aiter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise BadSignature("The tool's key set is too large.")
        found: KeySetSerialization = json.loads(body)
        return KeySet.import_key_set(found)
    except (httpx.HTTPError, TimeoutError) as cause:
        raise BadSignature("The tool's key set could not be fetched.") from cause
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as cause:
        raise BadSignature("The tool's key set cannot be read.") from cause
