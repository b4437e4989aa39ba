"""The tool's keys, LTI 1.1's secrets, and addresses that somebody outside named."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from coursehub.vocabulary.launch import SignedForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a server outside answered; `json` is any JSON value and has to be read strictly."""

    status: int
    json: Any


class Outside(Protocol):
    """
    HTTP to addresses that somebody outside named, such as an LMS that registers itself.

    Refused for an address that is not public, or not https; no redirect is followed.
    """

    async def get(self, url: str, *, bearer: str = "") -> Said: ...
    async def post(self, url: str, body: Mapping[str, Any], *, bearer: str = "") -> Said: ...
    async def admit(self, url: str) -> None:
        """Nothing; Refused for an address that may not be asked. Nothing is sent there."""
        ...


class Keys(Protocol):
    """The tool's own keys."""

    def public_jwks(self) -> dict[str, Any]:
        """The public halves, as an LMS reads them (RFC 7517)."""
        ...

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A JWT by the active key (RS256); its `exp` is an hour after its `iat` at most."""
        ...


class Consumers(Protocol):
    """LTI 1.1's consumers, as it calls LMSs: their shared secrets, and what they sign."""

    def seal(self, key: str, secret: str) -> str:
        """The secret of that consumer key as the database may hold it."""
        ...

    def verify(self, form: SignedForm, sealed: str) -> None:
        """Nothing; Refused for a form that this secret did not sign just now."""
        ...
