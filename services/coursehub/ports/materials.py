"""The mirrors of module repositories, and storage of blobs."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A branch and the commit it is at."""

    branch: str
    commit: str


class Repos(Protocol):
    """The mirrors of module repositories."""

    async def refresh(self, key: str, url: str, *, branch: str = "") -> Head:
        """
        The head of a branch (the default one if empty), fetched from upstream now.

        The mirror is made if it is missing; Unreachable or Invalid where that fails,
        and the last mirror stays as it was.
        """
        ...

    async def head(self, key: str, *, branch: str = "") -> Head:
        """The head as the mirror has it, without asking upstream; Missing if there is none."""
        ...

    async def text(self, key: str, commit: str, path: str, *, max_bytes: int) -> str:
        """A text of a commit in the mirror; Missing if it is not there, Invalid if too large."""
        ...

    def path(self, key: str) -> Path:
        """Folder of the bare mirror, there or not yet."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """Bytes under the SHA-256 that names them."""

    sha256: str
    size_bytes: int


class Blobs(Protocol):
    """Content-addressed storage; the same bytes are kept once."""

    def put(self, source: BinaryIO, *, max_bytes: int) -> Blob:
        """Stored durably when this returns; Invalid("too-large") beyond `max_bytes`."""
        ...

    def open(self, sha256: str) -> BinaryIO: ...
