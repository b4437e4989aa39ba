"""A clock that the test turns, and a platform that reads our key set and checks what we sign."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt as pyjwt
from jwt.types import Options

from coursehub.adapters.keys import ToolKeys

MONDAY = datetime(2027, 3, 1, 12, tzinfo=UTC)


@dataclass
class Watch:
    """The port `Clock`, standing still until it is turned."""

    moment: datetime = MONDAY

    def now(self) -> datetime:
        return self.moment

    def turn(self, **by: float) -> None:
        self.moment += timedelta(**by)

    def claims(self, *, life_s: int = 3600) -> dict[str, Any]:
        """What the tool might say now."""
        issued = int(self.moment.timestamp())
        return {"iss": "tool", "iat": issued, "exp": issued + life_s}


@dataclass
class Reader:
    """A platform with a copy of our key set, which it checks tokens against (PyJWT)."""

    watch: Watch
    copy: dict[str, Any] = field(default_factory=dict)

    def fetch(self, keys: ToolKeys) -> None:
        self.copy = keys.public_jwks()

    def believes(self, token: str) -> bool:
        """Whether the token is signed by a key of the copy and has not expired."""
        kid = pyjwt.get_unverified_header(token)["kid"]
        known = {key.key_id: key for key in pyjwt.PyJWKSet.from_dict(self.copy).keys}
        if kid not in known:
            return False
        # The clock is the test's own, so the time is compared here and not by PyJWT.
        lax: Options = {"verify_exp": False, "verify_iat": False}
        claims = pyjwt.decode(token, known[kid], algorithms=["RS256"], options=lax)
        return bool(claims["exp"] > self.watch.now().timestamp())


def signer(token: str) -> str:
    """The kid of the key that signed a token."""
    return str(pyjwt.get_unverified_header(token)["kid"])


def published(keys: ToolKeys) -> list[str]:
    """The kids of the key set, in its order."""
    return [str(key["kid"]) for key in keys.public_jwks()["keys"]]


def states(keys: ToolKeys) -> list[tuple[str, str]]:
    """State and kid of each key, as an administrator reads them."""
    return [(one.turn.state.value, one.kid) for one in keys.listing()]


def files(folder: Path) -> set[str]:
    """The names of everything that may hold a private key."""
    return {path.name for path in folder.iterdir() if path.name != ".lock"}
