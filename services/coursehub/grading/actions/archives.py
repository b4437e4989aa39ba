"""Stored files as one tar, streamed: never whole in memory, its length known beforehand."""

import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from coursehub.grading.rules.exchange import FileEntry
from coursehub.ports import Blobs

_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A tar that is yet to be sent."""

    size_bytes: int
    chunks: Iterator[bytes]


def archive(files: Sequence[FileEntry], blobs: Blobs, *, modified_at: datetime) -> Archive:
    """The files as a tar (pax)."""
    headers = [_header(file, modified_at) for file in files]
    size = sum(
        len(header) + _padded(file.size_bytes) for header, file in zip(headers, files, strict=True)
    )
    return Archive(size_bytes=size + 2 * tarfile.BLOCKSIZE, chunks=_chunks(headers, files, blobs))


def _chunks(headers: Sequence[bytes], files: Sequence[FileEntry], blobs: Blobs) -> Iterator[bytes]:
    for header, file in zip(headers, files, strict=True):
        yield header
        with blobs.open(file.sha256) as content:
            while chunk := content.read(_CHUNK):
                yield chunk
        yield bytes(_padded(file.size_bytes) - file.size_bytes)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _header(file: FileEntry, modified_at: datetime) -> bytes:
    member = tarfile.TarInfo(file.path)
    member.size = file.size_bytes
    member.mtime = int(modified_at.timestamp())
    return member.tobuf(tarfile.PAX_FORMAT)


def _padded(size_bytes: int) -> int:
    """The size in whole blocks."""
    return -(-size_bytes // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
