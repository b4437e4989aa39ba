"""The platform's signing keys, and its own seals on hints and access tokens."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeyParameters, OctKey, RSAKey

KEPT_KEYS = 2  # the signing key and the one before it, so that a rotation can overlap


def new_key(*, kid: str = "") -> RSAKey:
    """An RSA key for RS256 signatures."""
    parameters: KeyParameters = {"kid": kid or secrets.token_hex(8), "use": "sig", "alg": "RS256"}
    return RSAKey.generate_key(2048, parameters=parameters, private=True)


@dataclass(slots=True)
class KeyRing:
    """The keys that the platform publishes; the first one signs."""

    keys: list[RSAKey] = field(default_factory=lambda: [new_key()])

    @property
    def signing(self) -> RSAKey:
        return self.keys[0]

    def rotate(self, *, keep_old: bool) -> None:
        """A new key signs from now on; the old one stays published if it is kept."""
        self.keys = [new_key(), *(self.keys if keep_old else ())][:KEPT_KEYS]

    def sign(self, claims: Mapping[str, Any]) -> str:
        return sign(self.signing, claims)

    def public(self) -> dict[str, Any]:
        """The published key set (RFC 7517)."""
        return {"keys": [key.as_dict(private=False) for key in self.keys]}

    def private(self) -> list[dict[str, Any]]:
        """The keys as the snapshot keeps them."""
        return [dict(key.as_dict(private=True)) for key in self.keys]

    @classmethod
    def restore(cls, kept: list[dict[str, Any]]) -> "KeyRing":
        return cls([RSAKey.import_key(key) for key in kept])


def sign(key: RSAKey, claims: Mapping[str, Any]) -> str:
    """The claims as an RS256 token that names its key."""
    return jwt.encode({"alg": "RS256", "kid": key.kid}, dict(claims), key, algorithms=["RS256"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Signs what the platform gives away and wants back unchanged, so that it need not keep it."""

    secret: bytes
    clock: Callable[[], float] = time.time

    def close(self, kind: str, claims: Mapping[str, Any], *, life_s: int) -> str:
        sealed = {**claims, "kind": kind, "until": int(self.clock()) + life_s}
        return self._sealed(sealed)

    def open(self, kind: str, sealed: str) -> dict[str, Any] | None:
        """What was sealed, or nothing if it is not ours, not of that kind, or too old."""
        try:
            token = jwt.decode(sealed, OctKey.import_key(self.secret), algorithms=["HS256"])
        except (JoseError, ValueError):
            return None
        if self._sealed(token.claims) != sealed:  # base64 has more than one spelling
            return None
        if token.claims.get("kind") != kind or token.claims.get("until", 0) < self.clock():
            return None
        return token.claims

    def _sealed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self.secret))
