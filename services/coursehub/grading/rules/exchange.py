"""
What may be handed in, released and given back, and how it is counted.

Names of files come from anybody's computer and become names on ours, so they
are refused rather than repaired.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import PurePosixPath

from coursehub.errors import Invalid

_LONGEST_PATH_BYTES = 1024
_LONGEST_PART_BYTES = 255
_DRIVE = re.compile(r"[A-Za-z]:")
_ASSIGNMENT = re.compile(r"[^\s/\\+.][^/\\+]{0,99}")
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """A file of a release, a submission or feedback."""

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a student can keep: that these files arrived at that time on the server's clock."""

    id: str
    course: str
    assignment: str
    student: str
    received_at: datetime
    late_s: float
    files: tuple[FileEntry, ...]

    def as_json(self) -> dict[str, object]:
        """The receipt as it is sent, without its signature."""
        return {**asdict(self), "received_at": self.received_at.isoformat()}


def signed_bytes(receipt: dict[str, object]) -> bytes:
    """The bytes that a signature covers: compact JSON with sorted keys, in UTF-8."""
    named = {key: value for key, value in receipt.items() if key != "signature"}
    text = json.dumps(named, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def safe_path(name: str) -> str:
    """
    The name as a relative path; Invalid("unsafe-path") for anything else.

    A leading `./`, as GNU tar writes it, is the one thing that is dropped.
    """
    path = name.removeprefix("./")
    parts = path.split("/")
    if (
        any(part in {"", ".", ".."} for part in parts)
        or "\\" in path
        or _DRIVE.match(path)
        or any(_is_control(sign) for sign in path)
        or len(path.encode()) > _LONGEST_PATH_BYTES
        or any(len(part.encode()) > _LONGEST_PART_BYTES for part in parts)
    ):
        raise Invalid(
            "unsafe-path",
            f"The file name {_shown(name)} is not allowed. Use plain relative names without "
            "'..', backslashes, drive letters or control characters.",
        )
    return path


def check_together(paths: Sequence[str]) -> None:
    """Nothing; Invalid if two paths could not lie beside each other on every computer."""
    if not paths:
        raise Invalid("no-files", "There are no files in this upload.")
    seen: dict[str, str] = {}
    for path in paths:
        key = _folded(path)
        if key in seen:
            raise Invalid(
                "same-name",
                f"Two files have the same name: {_shown(seen[key])} and {_shown(path)}.",
            )
        seen[key] = path
    for path in paths:
        for parent in PurePosixPath(_folded(path)).parents:
            if str(parent) in seen:
                raise Invalid("same-name", f"{_shown(str(parent))} is both a file and a folder.")


def check_assignment_name(name: str) -> None:
    """Nothing; Invalid for a name that cannot be nbgrader's assignment id and a folder."""
    plain = _ASSIGNMENT.fullmatch(name) and name == name.strip()
    if not plain or any(_is_control(sign) for sign in name):
        raise Invalid(
            "assignment-name",
            "An assignment's name has 1 to 100 characters and none of / \\ +, "
            "and does not begin with a dot.",
        )


def check_idempotency_key(key: str) -> None:
    """Nothing; Invalid for a key that is not 1 to 200 printable ASCII characters."""
    if not _KEY.fullmatch(key):
        raise Invalid(
            "idempotency-key",
            "The Idempotency-Key header must have 1 to 200 printable ASCII characters.",
        )


def manifest_digest(files: Iterable[FileEntry]) -> str:
    """The SHA-256 that names a set of files, in whatever order they came."""
    lines = sorted(f"{file.path}\0{file.sha256}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def late_s(received_at: datetime, due_at: datetime | None) -> float:
    """Seconds after the deadline; 0 before it, or without one."""
    return max(0.0, (received_at - due_at).total_seconds()) if due_at else 0.0


def notebooks_of(paths: Iterable[str]) -> list[str]:
    """The notebooks at the top of the folder by nbgrader's ids, which lack `.ipynb`."""
    return sorted(
        path.removesuffix(".ipynb") for path in paths if path.endswith(".ipynb") and "/" not in path
    )


def points_of(notebook: bytes) -> float:
    """The points of a released notebook's graded cells; 0 where it is no notebook."""
    try:
        cells = json.loads(notebook)["cells"]
        marks = [cell.get("metadata", {}).get("nbgrader", {}) for cell in cells]
        graded = [mark for mark in marks if mark.get("grade") or mark.get("task")]
        return float(sum(float(mark.get("points", 0)) for mark in graded))
    except (ValueError, TypeError, KeyError, AttributeError):
        return 0.0


def _is_control(sign: str) -> bool:
    """Control characters, lone surrogates, line separators, and signs that turn text round."""
    return unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} or sign in _BIDI


def _folded(path: str) -> str:
    """The path as a file system that ignores case and composition would know it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _shown(name: str) -> str:
    """The name as ASCII within quotes, cut to a length that fits a sentence."""
    longest = 80
    text = ascii(name)
    return text if len(text) <= longest else f"{text[:longest]}...'"
