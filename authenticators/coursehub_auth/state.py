"""
The state of one launch between login and callback, kept by the browser alone.

The `state` parameter carries what the login began with, signed by the Hub. It
is worth nothing without the cookie of the same launch, so several tabs work at
once and no unsigned request makes the Hub remember anything.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass

from coursehub_auth.errors import unproven

LIFE_S = 600
COOKIE_PREFIX = "coursehub-lti-"
MOST_COOKIES = 16
MOST_CLEARED = 32
"""At a time: each costs a header of the answer, and proxies take 16 KB of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """
    What one login began with; `secret_sha256` names the cookie's value without telling it.

    `storage_target` is the window of the LMS that may keep the value in the
    cookie's place (LTI OIDC Login with LTI Client Side postMessages); empty for none.
    `next_url` is where the login, by itself, asked to go on to; empty for nowhere.
    """

    id: str
    issuer: str
    client_id: str
    deployment_id: str
    target: str
    nonce: str
    secret_sha256: str
    expires_at: int
    storage_target: str = ""
    next_url: str = ""

    @property
    def cookie_name(self) -> str:
        return f"{COOKIE_PREFIX}{self.id}"


def signing_key(cookie_secret: bytes) -> bytes:
    """A key of our own, drawn from the Hub's cookie secret."""
    return hmac.digest(cookie_secret, b"coursehub lti state 1", "sha256")


def begin(
    *,
    issuer: str,
    client_id: str,
    deployment_id: str,
    target: str,
    now: float,
    storage_target: str = "",
    next_url: str = "",
) -> tuple[Ticket, str]:
    """A new ticket, and the secret for its cookie; ids sort by age."""
    secret = secrets.token_urlsafe(32)
    ticket = Ticket(
        id=f"{int(now):010x}-{secrets.token_hex(8)}",
        issuer=issuer,
        client_id=client_id,
        deployment_id=deployment_id,
        target=target,
        nonce=secrets.token_urlsafe(32),
        secret_sha256=_digest(secret),
        expires_at=int(now) + LIFE_S,
        storage_target=storage_target,
        next_url=next_url,
    )
    return ticket, secret


def sealed(ticket: Ticket, *, key: bytes) -> str:
    """The `state` parameter of that ticket."""
    body = _b64(json.dumps(asdict(ticket), separators=(",", ":")).encode())
    return f"{body}.{_b64(hmac.digest(key, body.encode(), 'sha256'))}"


def opened(state: str, *, key: bytes, now: float) -> Ticket:
    """The ticket that this Hub sealed, if it is still living."""
    body, _, signature = state.partition(".")
    expected = _b64(hmac.digest(key, body.encode(errors="replace"), "sha256"))
    if not hmac.compare_digest(signature.encode(errors="replace"), expected.encode()):
        raise unproven("state-forged", "This login was not begun by this Hub. Open the link again.")
    ticket = Ticket(**json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
    if ticket.expires_at <= now:
        raise unproven("state-expired", "The login took longer than ten minutes. Open it again.")
    return ticket


def check_browser(ticket: Ticket, proof: str | None) -> None:
    """Nothing, if the proof is of the browser that began this login, from wherever it kept it."""
    if not proof:
        raise unproven(
            "cookie-missing",
            "Your browser did not send this login's cookie. Allow cookies for this site, "
            "or open the link in a new window, and try again.",
        )
    if not hmac.compare_digest(_digest(proof), ticket.secret_sha256):
        raise unproven("state-of-another", "This login was begun in another browser or tab.")


def surplus(cookie_names: list[str]) -> list[str]:
    """The oldest of our cookies, beyond the number that a browser should carry; some of them."""
    ours = sorted(name for name in cookie_names if name.startswith(COOKIE_PREFIX))
    return ours[: min(MOST_CLEARED, max(0, len(ours) - MOST_COOKIES + 1))]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
