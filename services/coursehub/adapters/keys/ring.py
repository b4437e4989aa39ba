"""
The tool's own key pair, made at first use and kept in the data folder.

Platforms read its public half from our key set; the private half signs what
proves this tool to them (LTI security 1.0, 4.1 and 6.3).
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

from joserfc.jwk import RSAKey

_NAME = "tool.pem"
_BITS = 2048


class ToolKeys:
    """One RSA key in `folder` (0700, its file 0600), the same for every process that asks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key: RSAKey | None = None

    def signing(self) -> RSAKey:
        """The private key; its `kid` is its thumbprint (RFC 7638)."""
        if self._key is None:
            self._key = self._kept()
        return self._key

    def public_jwks(self) -> dict[str, Any]:
        """The public key set, as platforms fetch it."""
        return {"keys": [self.signing().as_dict(private=False)]}

    def _kept(self) -> RSAKey:
        path = self._folder / _NAME
        with _alone_in(self._folder):
            if not path.exists():
                made = RSAKey.generate_key(_BITS)
                _write(path, made.as_pem(private=True))
            pem = path.read_bytes()
        kid = RSAKey.import_key(pem).thumbprint()
        return RSAKey.import_key(pem, {"kid": kid, "use": "sig", "alg": "RS256"})


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Two processes that start together make one key."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    with (folder / ".lock").open("w") as lock:
        flock(lock, LOCK_EX)
        yield


def _write(path: Path, content: bytes) -> None:
    """The whole file or none; mkstemp makes it 0600 from the start."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as half:
        half.write(content)
        half.flush()
        os.fsync(half.fileno())
    Path(name).replace(path)
