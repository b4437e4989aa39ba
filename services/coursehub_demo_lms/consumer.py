"""LTI 1.1's shared secret, and the OAuth 1.0 signatures made and checked with it (RFC 5849)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from oauthlib import oauth1  # type: ignore[import-untyped]  # it ships no types

KEY = "coursehub-demo-lti11"
FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
NONCE_LENGTHS = (1, 128)  # tools write them as they like
SKEW_S = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """What an administrator enters on both sides, and where launches go."""

    key: str
    secret: str
    launch_url: str

    @classmethod
    def of_hub(cls, origin: str, *, seed: bytes) -> "Consumer":
        """The Hub at that origin, under a secret of this platform's own."""
        secret = hmac.new(seed, b"lti 1.1 consumer", hashlib.sha256).hexdigest()
        return cls(key=KEY, secret=secret, launch_url=f"{origin}/hub/lti/launch")

    def signed(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The launch form's fields with its signature (LTI 1.1, 4.2)."""
        signer = oauth1.Client(
            self.key,
            client_secret=self.secret,
            signature_type=oauth1.SIGNATURE_TYPE_BODY,
            callback_uri="about:blank",
        )
        _, _, body = signer.sign(self.launch_url, "POST", urlencode(fields), dict(FORM_HEADERS))
        return dict(parse_qsl(body, keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Verified:
    """What is known of a message whose signature and body hash are right."""

    nonce: str


def verified(consumer: Consumer, *, url: str, header: str, body: bytes) -> Verified | None:
    """The message, if its OAuth header is the consumer's, of now, and goes with the body."""
    endpoint = oauth1.SignatureOnlyEndpoint(_Validator(consumer))
    try:
        valid, request = endpoint.validate_request(
            url, http_method="POST", headers={"Authorization": header}
        )
    except ValueError:  # what oauthlib says of a header that it cannot read
        return None
    if not valid:
        return None
    # OAuth request body hash 1.0, 3.2: the header alone does not sign the body.
    actual = base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()
    said = str(request.oauth_params.get("oauth_body_hash", ""))
    if not hmac.compare_digest(said.encode(), actual.encode()):
        return None
    return Verified(nonce=f"{request.timestamp} {request.nonce}")


class _Validator(oauth1.RequestValidator):  # type: ignore[misc]  # oauthlib ships no types
    """The one consumer as oauthlib asks for it."""

    allowed_signature_methods = (oauth1.SIGNATURE_HMAC_SHA1,)
    enforce_ssl = False  # a platform on loopback has no https
    timestamp_lifetime = SKEW_S
    dummy_client = "nobody"

    def __init__(self, consumer: Consumer) -> None:
        super().__init__()
        self._consumer = consumer

    def check_client_key(self, client_key: str) -> bool:
        return len(client_key) <= len(self._consumer.key)

    def check_nonce(self, nonce: str) -> bool:
        least, most = NONCE_LENGTHS
        return least <= len(nonce) <= most

    def validate_client_key(self, client_key: str, request: object) -> bool:
        return hmac.compare_digest(client_key.encode(), self._consumer.key.encode())

    def get_client_secret(self, client_key: str, request: object) -> str:
        return self._consumer.secret

    def validate_timestamp_and_nonce(self, *_: object, **__: object) -> bool:
        # Remembered by the caller, once the signature is known: else strangers could fill it.
        return True
