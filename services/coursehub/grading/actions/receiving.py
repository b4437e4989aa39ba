"""
An uploaded tar, received within bounds and read with distrust.

Nothing here trusts a header: the body is bounded while it arrives, the
archive's own headers are bounded while they are parsed, and an archive that
does not come to its proper end is refused whole.
"""

import asyncio
import io
import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

from coursehub.errors import Invalid, Unreachable
from coursehub.grading.rules.exchange import FileEntry, check_together, safe_path
from coursehub.ports import Blobs

_WRITE_AT_ONCE = 1 << 20
_IDLE_S = 60.0
_LARGEST_HEADER = 16 * 1024
_BROKEN = "The upload is not a whole tar archive; it was probably cut off. Please try again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much one upload may hold."""

    max_bytes: int
    max_files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Where a file lies in an uploaded tar."""

    path: str
    offset: int
    size_bytes: int


async def received(
    body: AsyncIterator[bytes], *, declared_bytes: int | None, bounds: Bounds, folder: Path
) -> BinaryIO:
    """
    The body in a nameless temporary file, which vanishes with the process.

    Refused as soon as it is known to be too large: by its declared length, or
    when the bytes pass the bound.
    """
    if declared_bytes is not None and declared_bytes > bounds.max_bytes:
        _too_large(bounds)
    archive = await asyncio.to_thread(_nameless_file, folder)
    try:
        await _fill(archive, body, bounds)
    except BaseException:
        archive.close()
        raise
    return archive


def _nameless_file(folder: Path) -> BinaryIO:
    with _disk_errors():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Closed by whoever asked for the upload.
        return cast("BinaryIO", tempfile.TemporaryFile(dir=folder))


async def _fill(archive: BinaryIO, body: AsyncIterator[bytes], bounds: Bounds) -> None:
    size = 0
    pending = bytearray()
    chunks = aiter(body)
    while True:
        try:
            async with asyncio.timeout(_IDLE_S):
                chunk = await anext(chunks, None)
        except TimeoutError as cause:
            raise Invalid("too-slow", "The upload stood still for a minute; try again.") from cause
        size += len(chunk or b"")
        if size > bounds.max_bytes:
            _too_large(bounds)
        pending += chunk or b""
        if pending and (chunk is None or len(pending) >= _WRITE_AT_ONCE):
            with _disk_errors():
                await asyncio.to_thread(archive.write, bytes(pending))
            pending.clear()
        if chunk is None:
            return


def stored(archive: BinaryIO, blobs: Blobs, *, bounds: Bounds) -> tuple[FileEntry, ...]:
    """The archive's files, each safely in the blobs; Invalid, and nothing kept, if any is bad."""
    files = contents(archive, bounds=bounds)
    entries = []
    for packed in files:
        part = io.BufferedReader(_Part(archive, packed.offset, packed.size_bytes))
        blob = blobs.put(part, max_bytes=bounds.max_bytes)
        entries.append(FileEntry(path=packed.path, sha256=blob.sha256, size_bytes=blob.size_bytes))
    return tuple(sorted(entries, key=lambda entry: entry.path))


def contents(archive: BinaryIO, *, bounds: Bounds) -> tuple[Packed, ...]:
    """Where each file of the tar lies; Invalid for anything but regular files and folders."""
    archive.seek(0)
    try:
        with tarfile.open(
            fileobj=cast("Any", _Headers(archive)),
            mode="r:",
            format=tarfile.PAX_FORMAT,
            encoding="utf-8",
            errors="strict",
        ) as tar:
            files = tuple(_regular_files(tar, bounds))
            _check_end(archive, tar.offset)
    except UnicodeError as cause:
        raise Invalid("unsafe-path", "A file name is not UTF-8; rename the file.") from cause
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as cause:
        raise Invalid("not-a-tar", _BROKEN) from cause
    check_together([file.path for file in files])
    return files


def _regular_files(tar: tarfile.TarFile, bounds: Bounds) -> Iterator[Packed]:
    """Each file as it comes, so that a bound is felt at once; folders are of no interest."""
    count = size = 0
    for member in tar:
        count += 1
        if count > 2 * bounds.max_files:
            _too_many(bounds)
        if member.type == tarfile.DIRTYPE:
            if member.name not in {".", "./", ""}:
                safe_path(member.name.rstrip("/"))
            continue
        if member.type not in {tarfile.REGTYPE, tarfile.AREGTYPE} or member.issparse():
            raise Invalid(
                "not-a-file",
                "The upload holds a link, a device or another special file; "
                "only plain files are accepted.",
            )
        size += member.size
        if member.size < 0 or size > bounds.max_bytes:
            _too_large(bounds)
        yield Packed(path=safe_path(member.name), offset=member.offset_data, size_bytes=member.size)
        if count > bounds.max_files:
            _too_many(bounds)


def _check_end(archive: BinaryIO, offset: int) -> None:
    """
    Nothing; Invalid unless a block of zeros ends the archive (POSIX pax, "ustar format").

    tarfile takes a missing end, and a corrupt header after the first, for a
    proper end.
    """
    archive.seek(offset)
    if archive.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise Invalid("not-a-tar", _BROKEN)


class _Headers:
    """An archive as tarfile may see it: no header of more than a few kilobytes."""

    def __init__(self, archive: BinaryIO) -> None:
        self._archive = archive

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LARGEST_HEADER:
            raise Invalid("not-a-tar", "The upload's file names or attributes are too long.")
        return self._archive.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._archive.seek(offset, whence)

    def tell(self) -> int:
        return self._archive.tell()


class _Part(io.RawIOBase):
    """A stretch of a file as a file of its own."""

    def __init__(self, whole: BinaryIO, start: int, size: int) -> None:
        self._whole, self._start, self._size, self._at = whole, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, origin + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), max(0, self._size - self._at))
        self._whole.seek(self._start + self._at)
        read = self._whole.read(wanted)
        if len(read) < wanted:
            raise Invalid("not-a-tar", _BROKEN)
        buffer[: len(read)] = read
        self._at += len(read)
        return len(read)


def _too_large(bounds: Bounds) -> NoReturn:
    raise Invalid(
        "too-large",
        f"The upload is larger than the {bounds.max_bytes / 1e6:,.0f} MB allowed. "
        "Remove large files that are not part of the work.",
    )


def _too_many(bounds: Bounds) -> NoReturn:
    raise Invalid(
        "too-many-files",
        f"The upload holds more than the {bounds.max_files:,} files allowed. "
        "Remove files that are not part of the work.",
    )


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as cause:
        raise Unreachable(
            "storage",
            "The server could not take the upload (its disk may be full). "
            "Nothing was received; please tell your instructor and try again.",
            retry_after_s=60,
        ) from cause
