"""A zip file that somebody uploaded: its files by name, held within bounds before they unfold."""

import io
import zipfile
import zlib
from typing import Final

from coursehub.adapters.rosters.tables import MOST_BYTES
from coursehub.errors import Invalid

_MOST_ENTRIES: Final = 100
_MOST_UNPACKED: Final = 200_000_000
_CHUNK: Final = 1 << 16
_TWO_PARTS: Final = 2


def files_of(content: bytes, *, wanted: frozenset[str]) -> dict[str, bytes]:
    """
    The wanted files by their bare names; Invalid where it is no zip, or a trap.

    Nothing is written anywhere, so an entry's path leads nowhere: one folder
    around all the files is taken off, whatever is deeper is left alone. What an
    entry says of its size is not believed.
    """
    if len(content) > MOST_BYTES:
        raise Invalid("roster-file-size", f"The file is larger than {MOST_BYTES // 10**6} MB.")
    found: dict[str, bytes] = {}
    left = _MOST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in _entries(archive, wanted):
                name = entry.filename.rpartition("/")[2]
                if name in found:
                    raise Invalid("roster-file", f"The file {name} is in the archive twice.")
                found[name] = _unpacked(archive, entry, most=min(left, MOST_BYTES * 5))
                left -= len(found[name])
    except _NO_ZIP as cause:
        raise Invalid(
            "roster-file", "This is no zip file of a OneRoster export, or a damaged one."
        ) from cause
    return found


_NO_ZIP: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,  # an encrypted entry
    OSError,
    ValueError,
    UnicodeError,
    KeyError,
    IndexError,
)


def _entries(archive: zipfile.ZipFile, wanted: frozenset[str]) -> list[zipfile.ZipInfo]:
    listed = archive.infolist()
    if len(listed) > _MOST_ENTRIES:
        raise Invalid("roster-file-size", f"The archive has more than {_MOST_ENTRIES} files.")
    chosen = []
    for entry in listed:
        parts = entry.filename.split("/")
        hidden = parts[0] == "__MACOSX" or ".." in parts
        if parts[-1] in wanted and len(parts) <= _TWO_PARTS and not hidden:
            chosen.append(entry)
    return chosen


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, most: int) -> bytes:
    unpacked = bytearray()
    with archive.open(entry) as file:
        while chunk := file.read(_CHUNK):
            unpacked += chunk
            if len(unpacked) > most:
                raise Invalid(
                    "roster-file-size", "The archive unfolds into more than this Hub takes."
                )
    return bytes(unpacked)
