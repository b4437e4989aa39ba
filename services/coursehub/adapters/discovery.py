"""What an LMS says of its own addresses (OpenID Connect Discovery 1.0)."""

from http import HTTPStatus
from typing import Final, NamedTuple

import httpx
from pydantic import BaseModel, ValidationError

from coursehub.errors import Invalid, Unreachable

LARGEST_BYTES: Final = 100_000


class Endpoints(NamedTuple):
    """The three addresses that a registration needs."""

    auth_login_url: str
    token_url: str
    key_set_url: str


class _Configuration(BaseModel):
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


def endpoints(issuer: str, *, timeout_s: float) -> Endpoints:
    """The issuer's endpoints; Unreachable when it does not answer, Invalid when it has none."""
    url = issuer.rstrip("/") + "/.well-known/openid-configuration"
    try:
        with httpx.stream("GET", url, timeout=timeout_s) as answer:
            body = b"".join(_bounded(answer))
    except httpx.HTTPError as cause:
        raise Unreachable(
            "lms-unreachable", f"{issuer} did not answer; check the address, then try again."
        ) from cause
    if answer.status_code != HTTPStatus.OK:
        raise _no_configuration(issuer)
    try:
        found = _Configuration.model_validate_json(body)
    except ValidationError as cause:
        raise _no_configuration(issuer) from cause
    return Endpoints(found.authorization_endpoint, found.token_endpoint, found.jwks_uri)


def _bounded(answer: httpx.Response) -> list[bytes]:
    parts, total = [], 0
    for part in answer.iter_bytes():
        total += len(part)
        if total > LARGEST_BYTES:
            raise Invalid("lms-answer-too-large", "The LMS's configuration is too large.")
        parts.append(part)
    return parts


def _no_configuration(issuer: str) -> Invalid:
    return Invalid(
        "no-openid-configuration",
        f"{issuer} publishes no OpenID configuration; give --auth-login-url, --token-url and "
        "--key-set-url from its developer key page.",
    )
