"""
Secrets sealed for the database by a key that lies in a file beside the tool's own keys.

Who has the database alone, a backup of it for one, has no secret.
"""

import os
import stat
import tempfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from coursehub.adapters.keys import faults
from coursehub.adapters.keys.folder import KeyFolder
from coursehub.errors import CoursehubError

NAME: Final = "consumers.key"
_BITS: Final = 256
_NONCE_BYTES: Final = 12
_HALF: Final = ".consumers-"


class Sealing:
    """AES-256-GCM by the key in `folder`, which is made (0600) when the first secret is sealed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def seal(self, secret: str, *, owner: str) -> str:
        """The secret, readable by this key alone and under its owner's name alone."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._key_or_new()).encrypt(nonce, secret.encode(), owner.encode())
        return urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, *, owner: str) -> str:
        """What was sealed; CoursehubError("secret-sealed") where this key does not open it."""
        try:
            raw = urlsafe_b64decode(sealed.encode())
            opened = AESGCM(self._key()).decrypt(
                raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner.encode()
            )
        except (InvalidTag, ValueError, FileNotFoundError) as cause:
            raise CoursehubError(
                "secret-sealed",
                "The secret of this LMS cannot be read: restore the key file "
                f"{NAME} from a backup, or give the secret anew: coursehub platform add-lti11",
            ) from cause
        return opened.decode()

    def _key_or_new(self) -> bytes:
        with KeyFolder(self._folder).alone():
            try:
                return self._key()
            except FileNotFoundError:
                self._make()
            return self._key()

    def _key(self) -> bytes:
        """The key; FileNotFoundError where none was made."""
        path = self._folder / NAME
        with faults.told(NAME):
            status, key = path.stat(), path.read_bytes()
        if not stat.S_ISREG(status.st_mode) or status.st_mode & stat.S_IRWXO:
            raise CoursehubError(
                "key-open",
                f"Every account of this machine may open the key file {NAME}: run chmod 600 on "
                "it, and give the LTI 1.1 secrets anew: coursehub platform add-lti11",
            )
        return key

    def _make(self) -> None:
        """A new key, durably there and whole when this returns."""
        handle, half = tempfile.mkstemp(dir=self._folder, prefix=_HALF)  # 0600 from the start
        with os.fdopen(handle, "wb") as file:
            file.write(AESGCM.generate_key(_BITS))
            file.flush()
            if os.geteuid() == 0:  # what root makes by hand, the service's account can read
                owner = self._folder.stat()
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            os.fsync(file.fileno())
        Path(half).replace(self._folder / NAME)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
