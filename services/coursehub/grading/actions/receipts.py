"""
Receipts that anyone can check: a detached JWS (RFC 7515, appendix F) over the receipt's JSON.

Ed25519 (RFC 9864), so that a student's proof needs the public key alone.
"""

import base64
import json
import os
import tempfile
from pathlib import Path

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from coursehub.grading.rules.exchange import signed_bytes

_ALGORITHM = "Ed25519"


def receipt_key(folder: Path) -> OKPKey:
    """The key that signs receipts, made at its first use and readable by the service alone."""
    path = folder / "receipt.jwk"
    if not path.exists():
        _make(path)
    return OKPKey.import_key(json.loads(path.read_text(encoding="utf-8")))


def public_keys(key: OKPKey) -> dict[str, object]:
    """The JWK set (RFC 7517) that receipts are checked with."""
    named = {"kid": key.thumbprint(), "use": "sig", "alg": _ALGORITHM}
    return {"keys": [{**key.as_dict(private=False), **named}]}


def sign(receipt: dict[str, object], key: OKPKey) -> str:
    """The receipt's signature: a compact JWS without its payload."""
    header = {"alg": _ALGORITHM, "kid": key.thumbprint()}
    whole = jws.serialize_compact(header, signed_bytes(receipt), key, algorithms=[_ALGORITHM])
    head, _, tail = whole.split(".")
    return f"{head}..{tail}"


def verify(receipt: dict[str, object], key: OKPKey) -> bool:
    """Whether the receipt, signature included, is word for word one that was given."""
    head, _, tail = str(receipt.get("signature", "")).partition("..")
    payload = base64.urlsafe_b64encode(signed_bytes(receipt)).rstrip(b"=").decode()
    try:
        jws.deserialize_compact(f"{head}.{payload}.{tail}", key, algorithms=[_ALGORITHM])
    except (JoseError, ValueError):
        return False
    return True


def _make(path: Path) -> None:
    """A new key under the path, unless another process was first: a link replaces nothing."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".new-") as aside:
        json.dump(OKPKey.generate_key("Ed25519").as_dict(private=True), aside)
        aside.flush()
        os.fsync(aside.fileno())
        try:
            os.link(aside.name, path)
        except FileExistsError:
            return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
