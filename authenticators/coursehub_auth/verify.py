"""
What a launch's token must prove, decided without any input or output.

Sources: LTI 1.3 core 5.3 and 5.4, 1EdTech security framework 1.1, 5.1.3,
OpenID Connect core 3.1.3.7.
"""

import base64
import hmac
import json
import math
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from coursehub.vocabulary.launch import Message, Registration
from coursehub_auth.errors import LaunchRefused, unproven, unreadable

Claims = dict[str, Any]

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
ALGORITHM = "RS256"
UNKNOWN_DEPLOYMENT = "deployment-unknown"
MAX_TOKEN_BYTES = 64 * 1024
MAX_HEADER_CHARS = 1024
MAX_AGE_S = 600
LONGEST_LIFE_S = 24 * 3600
PERSONAL = ("name", "given_name", "family_name", "preferred_username", "email")

_REGISTRY = JWSRegistry(algorithms=[ALGORITHM], strict_check_header=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What this browser's login began with, and the time it is; `now` in Unix seconds."""

    registration: Registration
    nonce: str
    deployment_id: str
    target: str
    now: float
    skew_s: int


def key_id(token: str) -> str:
    """The `kid` that the token says it is signed with."""
    if not token:
        raise unreadable("token-missing", "The LMS sent no id_token.")
    if len(token) > MAX_TOKEN_BYTES:
        raise unreadable("token-too-large", "The LMS sent a token larger than 64 KB.")
    header = _header(token)
    if header.get("alg") != ALGORITHM:
        raise unproven("algorithm-refused", "The token is not signed with RS256.")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise unproven("key-id-missing", "The token does not say which key it is signed with.")
    return kid


def _header(token: str) -> Claims:
    """The token's header, still unproven; the bound on its length bounds its nesting too."""
    malformed = unreadable("token-malformed", "The LMS's id_token is not a signed JWT.")
    first, *rest = token.split(".")
    if len(rest) != 2 or len(first) > MAX_HEADER_CHARS:  # noqa: PLR2004 - RFC 7515, 3.1
        raise malformed
    try:
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, RecursionError) as cause:
        raise malformed from cause
    if not isinstance(header, dict):
        raise malformed
    return header


def signed_claims(token: str, key: RSAKey) -> Claims:
    """The claims of a token that this key signed."""
    try:
        return jwt.decode(token, key, algorithms=[ALGORITHM], registry=_REGISTRY).claims
    except (JoseError, ValueError, RecursionError) as cause:
        raise unproven("signature-bad", "The token's signature is not the LMS's.") from cause


def check(claims: Claims, expected: Expected) -> None:
    """Nothing, for a token that is this Hub's, this launch's and of this moment."""
    _check_party(claims, expected.registration)
    _check_time(claims, now=expected.now, skew_s=expected.skew_s)
    if not _same(claims.get("nonce"), expected.nonce):
        raise unproven("nonce-wrong", "The token belongs to another launch. Open the link again.")
    if claims.get(f"{CLAIM}version") != "1.3.0":
        raise LaunchRefused("version-wrong", "The launch is not LTI 1.3.")
    message = message_of(claims)
    _check_deployment(claims, expected)
    _check_subject(claims)
    _check_target(claims, expected, message)


def _check_party(claims: Claims, registration: Registration) -> None:
    """Issuer, audience and authorized party; `azp` counts also where `aud` is a string."""
    if claims.get("iss") != registration.issuer:
        raise unproven("issuer-wrong", "The token is another platform's.")
    stated = claims.get("aud")
    audiences = stated if isinstance(stated, list) else [stated]
    if registration.client_id not in audiences:
        raise unproven("audience-wrong", "The token is meant for another tool.")
    party = claims.get("azp")
    if party is None and len(audiences) > 1:
        raise unproven("azp-missing", "The token names several tools, but not which one it is for.")
    if party is not None and party != registration.client_id:
        raise unproven("azp-wrong", "The token was issued for another tool.")


def _check_time(claims: Claims, *, now: float, skew_s: int) -> None:
    expires, issued = moment(claims, "exp"), moment(claims, "iat")
    if issued > now + skew_s:
        raise unproven("issued-in-future", "The LMS's clock is more than a minute ahead.")
    if issued < now - MAX_AGE_S - skew_s:
        raise unproven("token-too-old", "The launch is too old. Open the link again.")
    if expires <= now - skew_s:
        raise unproven("token-expired", "The launch has expired. Open the link again.")
    if expires > now + LONGEST_LIFE_S:
        raise unproven("token-lives-too-long", "The token would be valid for more than a day.")
    if claims.get("nbf") is not None and moment(claims, "nbf") > now + skew_s:
        raise unproven("token-not-yet-valid", "The token is not valid yet.")


def moment(claims: Claims, name: str) -> float:
    """The NumericDate of that claim (RFC 7519, 2), in Unix seconds."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise unproven(f"{name}-missing", f"The token has no valid time in its claim {name}.")
    # Python's JSON reads NaN and Infinity too, and integers that no float can hold.
    if not -(2**53) < value < 2**53 or not math.isfinite(value):
        raise unproven(f"{name}-missing", f"The token has no valid time in its claim {name}.")
    return value


def message_of(claims: Claims) -> Message:
    """Which of the messages that this Hub knows it is."""
    stated = claims.get(f"{CLAIM}message_type")
    if not isinstance(stated, str) or stated not in set(Message):
        raise LaunchRefused(
            "message-type-refused",
            "This Hub knows no LTI message of that type. It takes resource links, deep "
            "linking, submission reviews and data privacy launches.",
        )
    return Message(stated)


def _check_deployment(claims: Claims, expected: Expected) -> None:
    stated = claims.get(f"{CLAIM}deployment_id")
    if not isinstance(stated, str) or not stated:
        raise LaunchRefused("deployment-missing", "The launch does not name its deployment.")
    if stated not in expected.registration.deployment_ids:
        raise LaunchRefused(
            UNKNOWN_DEPLOYMENT,
            "Your part of this LMS is not approved on this Hub yet. The Hub's administrators can "
            "approve it under Administration, Platforms; then open the link again.",
        )
    if expected.deployment_id not in {"", stated}:
        raise LaunchRefused(
            "deployment-changed", "The signed deployment is not the one this login began with."
        )


def _check_subject(claims: Claims) -> None:
    """Who is launching; nobody in particular is a setting of the LMS (LTI 1.3 core 5.3.6)."""
    subject = claims.get("sub")
    if isinstance(subject, str) and subject:
        return
    if subject is None and not any(claims.get(name) for name in PERSONAL):
        raise LaunchRefused(
            "launch-anonymous",
            "The LMS sends its people here without saying who they are, and this Hub keeps "
            "each person's own work. In the LMS's settings of this tool, an administrator can "
            "switch on that it shares the user's id (in Canvas: privacy level Public).",
        )
    raise LaunchRefused(
        "subject-missing",
        "The LMS named a person, but not by an id that stays the same (the claim sub). "
        "Its administrator can have the tool's user ids shared.",
    )


def _check_target(claims: Claims, expected: Expected, message: Message) -> None:
    """The login's own target; a request to pick links need not repeat it (Deep Linking 2.0)."""
    stated = claims.get(f"{CLAIM}target_link_uri")
    if stated is None and message is Message.DEEP_LINKING:
        return
    if not _same(stated, expected.target):
        raise LaunchRefused(
            "target-changed",
            "The signed target is not the one this login began with. Open the link again.",
        )


def _same(stated: object, expected: str) -> bool:
    """Equality in constant time, for text that may hold anything JSON can."""
    if not isinstance(stated, str):
        return False
    return hmac.compare_digest(
        stated.encode(errors="surrogatepass"), expected.encode(errors="surrogatepass")
    )
