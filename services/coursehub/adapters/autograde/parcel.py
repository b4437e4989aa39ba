"""What goes between the service, its workers and the sandbox: plain data, all of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Literal

Kind = Literal["invalid", "unreachable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much one run of one notebook may use."""

    wall_s: float = 120.0
    cell_s: float = 30.0
    memory_bytes: int = 2_000_000_000
    files_bytes: int = 256_000_000
    processes: int = 128
    open_files: int = 512
    cell_output_bytes: int = 1_000_000
    answer_bytes: int = 32_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One notebook (nbformat JSON) and the files beside it, by relative path."""

    notebook: bytes
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRun:
    """What one cell left behind, as the sandbox says; not yet checked."""

    outputs: tuple[Any, ...]
    execution_count: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """
    The cells that ran, by their index in the notebook.

    `cut_short` says why the others did not; it is empty when all did.
    `confinement` names the walls that stood round the run.
    """

    cells: Mapping[int, CellRun]
    cut_short: str = ""
    confinement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a conversion came to nothing, in one sentence that is safe to show."""

    kind: Kind
    code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One student's assignment in nbgrader's course directory; any student's where it is `*`."""

    course: str
    root: Path
    assignment: str
    student: str
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def folder(self, step: str) -> Path:
        return self.root / step / self.student / self.assignment


def is_inside(path: str) -> bool:
    """Whether a path stays in the folder it is relative to."""
    parts = PurePosixPath(path).parts
    return bool(parts) and ".." not in parts and not path.startswith("/") and "\0" not in path
