"""
What a student keeps: receipts, and the keys of deliveries whose answer is still out.

An upload whose answer was lost may have arrived. Its key is kept until an
answer came, so that handing in the same files again finds that submission,
with its earlier time, and makes no second one.
"""

import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def receipts_folder() -> Path:
    """Where receipts lie (XDG Base Directory Specification)."""
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data) / "coursehub" / "receipts"


def keep(receipt: Mapping[str, Any]) -> Path:
    """The file that holds the receipt from now on."""
    folder = receipts_folder() / str(receipt["course"]) / str(receipt["assignment"])
    folder.mkdir(parents=True, exist_ok=True)
    moment = receipt["received_at"].replace(":", "").partition(".")[0]
    path = folder / f"{moment}-{receipt['id'][:8]}.json"
    path.write_text(json.dumps(receipt, indent=2) + "\n", encoding="utf-8")
    return path


class Pending:
    """The key of one delivery, on disk until it is settled."""

    def __init__(self, course: str, assignment: str, digest: str) -> None:
        self._path = receipts_folder() / "pending" / course / assignment / digest

    def key(self) -> str:
        """The key of the earlier attempt with the same files, or a new one."""
        if self._path.is_file() and (earlier := self._path.read_text(encoding="ascii")):
            return earlier
        key = uuid.uuid4().hex
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(key, encoding="ascii")
        return key

    def settled(self) -> None:
        """Nothing; the service answered, and the key is done with."""
        self._path.unlink(missing_ok=True)
