"""
The folder of the tool's keys: one PEM a key, read and changed by several processes.

Every change is one file's appearing, renaming or vanishing, made under a lock:
readers need none, and a process that is killed leaves nothing half-done.
"""

import os
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import KeyParameters, RSAKey

from coursehub.adapters.keys import faults
from coursehub.adapters.keys.timetable import KeyFile, key_file, name_for

_BITS: Final = 2048
_LARGEST_BYTES: Final = 64_000
_LOCK_S: Final = 30.0
_LOCK_INTERVAL_S: Final = 0.05
_ENCRYPTED: Final = b"ENCRYPTED"
_HALF: Final = ".tool-"

_Stamp = tuple[int, int, int]


class KeyFolder:
    """The key files in `path` (0700, each file 0600); new ones are encrypted by `passphrase`."""

    def __init__(self, path: Path, *, passphrase: str = "") -> None:
        self.path = path
        self._passphrase = passphrase
        self._loaded: dict[str, tuple[_Stamp, RSAKey]] = {}

    def keys(self) -> tuple[KeyFile, ...]:
        """Every key that is here at one moment; no other file counts."""
        with faults.told():
            seen, again = self._listed(), self._listed()
            while seen != again:  # a listing that meets a rename may show both names or none
                seen, again = again, self._listed()
        names = {key.name for key in seen}
        self._loaded = {name: kept for name, kept in self._loaded.items() if name in names}
        return seen

    def load(self, key: KeyFile) -> RSAKey:
        """
        The private key of a file; its `kid` is its thumbprint (RFC 7638).

        FileNotFoundError where the file was taken away since it was listed.
        """
        with faults.told(key.name):
            status = (self.path / key.name).stat()
            stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
            _require_private(key.name, status)
            known = self._loaded.get(key.name)
            if known is None or known[0] != stamp:
                known = self._loaded[key.name] = (stamp, self._read(key))
            return known[1]

    def locked_out(self, keys: Iterable[KeyFile]) -> bool:
        """Whether one of the keys is encrypted, and no passphrase was given."""
        with faults.told():
            return not self._passphrase and any(_ENCRYPTED in self._pem(key) for key in keys)

    @contextmanager
    def alone(self, *, wait_s: float = _LOCK_S) -> Iterator[None]:
        """No other process changes the folder meanwhile; what a killed one left is cleared."""
        with faults.told():
            self._prepare()
            with (self.path / ".lock").open("a") as lock:
                self._give_to_owner(lock.fileno())
                _wait_for(lock.fileno(), wait_s)
                for half in self.path.glob(f"{_HALF}*"):
                    half.unlink()
                yield

    def make(self, signs_from: datetime) -> KeyFile:
        """A new key, durably there when this returns."""
        made = RSAKey.generate_key(_BITS)
        pem = made.as_pem(private=True, password=self._passphrase or None)
        handle, half = tempfile.mkstemp(dir=self.path, prefix=_HALF)  # 0600 from the start
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            self._give_to_owner(file.fileno())
            os.fsync(file.fileno())
        return self._named(Path(half), made.thumbprint(), signs_from)

    def begin(self, key: KeyFile, signs_from: datetime) -> KeyFile:
        """The key with another time at which it begins to sign."""
        return self._named(self.path / key.name, key.kid, signs_from)

    def remove(self, keys: Iterable[KeyFile]) -> None:
        """The keys are gone for good."""
        for key in keys:
            (self.path / key.name).unlink(missing_ok=True)
        self._sync()

    def _listed(self) -> tuple[KeyFile, ...]:
        try:
            with os.scandir(self.path) as entries:
                found = [
                    key_file(
                        entry.name,
                        made_at=datetime.fromtimestamp(
                            entry.stat(follow_symlinks=False).st_mtime, UTC
                        ),
                    )
                    for entry in entries
                    if entry.name.startswith("tool")
                ]
        except FileNotFoundError:  # the folder is not made yet, or a file went meanwhile
            return self._listed() if self.path.exists() else ()
        return tuple(sorted((key for key in found if key), key=lambda key: key.name))

    def _read(self, key: KeyFile) -> RSAKey:
        pem = self._pem(key)
        encrypted = _ENCRYPTED in pem
        try:
            found = RSAKey.import_key(pem, password=self._passphrase if encrypted else None)
        except (JoseError, ValueError, TypeError) as cause:
            raise faults.unreadable(key.name, encrypted=encrypted) from cause
        kid = found.thumbprint()
        if not found.is_private or key.kid not in {"", kid}:
            raise faults.foreign(key.name)
        named: KeyParameters = {"kid": kid, "use": "sig", "alg": "RS256"}
        return RSAKey.import_key(found.raw_value, named)

    def _pem(self, key: KeyFile) -> bytes:
        """What is in the file, to a bound; nothing where it is no file, and opening could hang."""
        path = self.path / key.name
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(_LARGEST_BYTES)

    def _named(self, file: Path, kid: str, signs_from: datetime) -> KeyFile:
        name = name_for(kid, signs_from=signs_from)
        file.replace(self.path / name)
        self._sync()
        made_at = datetime.fromtimestamp((self.path / name).stat().st_mtime, UTC)
        return KeyFile(name=name, signs_from=signs_from, made_at=made_at, kid=kid)

    def _prepare(self) -> None:
        if not self.path.exists():
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.geteuid() == 0:
                above = self.path.parent.stat()
                os.chown(self.path, above.st_uid, above.st_gid)
        self.path.chmod(0o700)

    def _give_to_owner(self, handle: int) -> None:
        """What root makes by hand, the service's account can read."""
        if os.geteuid() == 0:
            owner = self.path.stat()
            os.fchown(handle, owner.st_uid, owner.st_gid)

    def _sync(self) -> None:
        handle = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _require_private(name: str, status: os.stat_result) -> None:
    """A file that everybody on the machine may read or write is trusted no more."""
    if not stat.S_ISREG(status.st_mode):
        raise faults.foreign(name)
    if status.st_mode & stat.S_IRWXO:
        raise faults.open_to_others(name)


def _wait_for(lock: int, wait_s: float) -> None:
    give_up = time.monotonic() + wait_s
    while True:
        try:
            return flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError as cause:
            if time.monotonic() > give_up:
                raise faults.busy() from cause
            time.sleep(_LOCK_INTERVAL_S)
