"""
Content-addressed storage over fsspec: a local folder by default, S3 or GCS by URL.

A blob lies under `<first two digits>/<SHA-256>`, so that the same bytes are
kept once and a name can never come to mean other bytes.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import SEEK_SET
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from coursehub.errors import Invalid, Missing, Unreachable
from coursehub.ports import Blob

_CHUNK = 1 << 20
_IN_MEMORY = 1 << 20
_NAME = re.compile(r"[0-9a-f]{64}")


class FsspecBlobs:
    """Blobs under one fsspec URL (ports.Blobs)."""

    def __init__(self, url: str) -> None:
        self._fs, self._root = url_to_fs(url)
        self._local = isinstance(self._fs, LocalFileSystem)

    def put(self, source: BinaryIO, *, max_bytes: int) -> Blob:
        """
        Stored durably when this returns; Invalid("too-large") beyond `max_bytes`.

        A source that can be read twice is hashed first and written only if
        its bytes are new.
        """
        with _storage_errors():
            if source.seekable():
                return self._keep(source, _measure(source, None, max_bytes=max_bytes))
            with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
                blob = _measure(source, spool, max_bytes=max_bytes)
                return self._keep(cast("BinaryIO", spool), blob)

    def open(self, sha256: str) -> BinaryIO:
        """The bytes under that name, to be read and closed; Missing if there are none."""
        with _storage_errors():
            opened: BinaryIO = self._fs.open(self._path(sha256), "rb")
        return opened

    def _keep(self, source: IO[bytes], blob: Blob) -> Blob:
        path = self._path(blob.sha256)
        if self._fs.exists(path):
            return blob
        source.seek(0, SEEK_SET)
        if self._local:
            _write_durably(source, Path(path))
        else:
            self._upload(source, path)
        return blob

    def _upload(self, source: IO[bytes], path: str) -> None:
        """An object store shows an object whole or not at all."""
        with self._fs.open(path, "wb") as target:
            _copy(source, target)

    def _path(self, sha256: str) -> str:
        if not _NAME.fullmatch(sha256):
            raise Missing("no-such-file", "There is no such file.")
        return f"{self._root}/{sha256[:2]}/{sha256}"


def _measure(source: IO[bytes], spool: Any, *, max_bytes: int) -> Blob:
    """Name and size of the source, copied to `spool` where there is one."""
    digest = hashlib.sha256()
    size = 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise Invalid("too-large", f"A file is larger than the {max_bytes:,} bytes allowed.")
        digest.update(chunk)
        if spool is not None:
            spool.write(chunk)
    return Blob(sha256=digest.hexdigest(), size_bytes=size)


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    while chunk := source.read(_CHUNK):
        target.write(chunk)


def _write_durably(source: IO[bytes], path: Path) -> None:
    """A crash leaves the whole file or none: written aside, flushed to disk, then named."""
    folder = path.parent
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _flush_folder(folder.parent)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".new-", delete=False) as aside:
        try:
            _copy(source, cast("IO[bytes]", aside))
            aside.flush()
            os.fsync(aside.fileno())
            Path(aside.name).replace(path)
        except BaseException:
            Path(aside.name).unlink(missing_ok=True)
            raise
    _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    """A new name survives a power cut once its folder is flushed (fsync(2), notes)."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _storage_errors() -> Iterator[None]:
    """The storage's troubles as errors that people can read."""
    try:
        yield
    except FileNotFoundError as cause:
        raise Missing("no-such-file", "There is no such file.") from cause
    except OSError as cause:
        raise Unreachable(
            "storage",
            "The server could not store or read files (its disk may be full). "
            "Nothing was changed; please tell your instructor and try again.",
            retry_after_s=60,
        ) from cause
