"""What platforms published, over a restart of the Hub: JSON documents by address, in one file."""

import asyncio
import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from logging import Logger
from pathlib import Path
from typing import Any

LARGEST_FILE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """A document, and when it was fetched, in Unix seconds."""

    document: Any
    fetched_at: float


class Documents:
    """
    The documents of a file; of none, where `path` is None.

    A file that cannot be read or written is no reason to let nobody in: it is
    logged, and the platforms are asked.
    """

    def __init__(self, path: Path | None, *, log: Logger) -> None:
        self._path = path
        self._log = log
        self._known = self._read()
        self._writing = asyncio.Lock()

    def get(self, url: str) -> Kept | None:
        """The document of that address as it was kept last."""
        return self._known.get(url)

    async def put(self, url: str, kept: Kept) -> None:
        """Nothing; the document is in the file, which is whole at any moment."""
        self._known[url] = kept
        if self._path is None:
            return
        async with self._writing:
            text = json.dumps({u: [k.fetched_at, k.document] for u, k in self._known.items()})
            try:
                await asyncio.to_thread(_replace, self._path, text)
            except OSError as error:
                self._log.warning("%s cannot be written: %s", self._path, error.strerror)

    def _read(self) -> dict[str, Kept]:
        if self._path is None:
            return {}
        try:
            with self._path.open(encoding="utf-8") as file:
                found = json.loads(file.read(LARGEST_FILE_BYTES))
            return {
                str(url): Kept(document, float(fetched_at))
                for url, (fetched_at, document) in found.items()
            }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            self._log.warning("%s cannot be read, and is made anew", self._path)
            return {}


def _replace(path: Path, text: str) -> None:
    """The file in place of the one before, readable by its owner alone."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise
