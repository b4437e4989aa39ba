"""
Students of nbgrader's gradebook, written many at a time.

nbgrader's own `update_or_create_student` takes a transaction for each; its
table is written here as SQL, without nbgrader, which would be a second of
imports and 100 MB in the service (nbgrader 0.9, `nbgrader.api.Student`).
"""

import asyncio
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Final

from coursehub.errors import Unreachable
from coursehub.ports import GradebookStudent
from coursehub.settings import Settings

PATIENCE_S: Final = 5.0
"""Longest wait for another writer of the same file."""
LONGEST: Final = 128
"""Characters of a column."""

_KNOWN: Final = "SELECT id, first_name, last_name, email FROM student"
_ADD: Final = (
    "INSERT INTO student (id, first_name, last_name, email) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET first_name = excluded.first_name, "
    "last_name = excluded.last_name, email = excluded.email"
)
Row = tuple[str, str | None, str | None, str | None]


class NbgraderGradebooks:
    """ports.Gradebooks over the files of the courses' grader servers."""

    def __init__(self, settings: Settings) -> None:
        self._course_root = settings.course_root

    async def has(self, course: str) -> bool:
        """Whether the course has a gradebook yet: nbgrader makes it at the first assignment."""
        return await asyncio.to_thread(self._file(course).exists)

    async def enrol(self, course: str, students: Collection[GradebookStudent]) -> int:
        """How many students were added or renamed; whoever is not named stays."""
        rows = [_row(student) for student in students]
        return await asyncio.to_thread(_enrol, self._file(course), rows)

    def _file(self, course: str) -> Path:
        return self._course_root(course) / "course" / "gradebook.db"


def _enrol(file: Path, rows: list[Row]) -> int:
    if not file.exists():
        return 0
    try:
        with _alone(file), closing(sqlite3.connect(file, timeout=PATIENCE_S)) as connection:
            known: dict[str, Row] = {row[0]: row for row in connection.execute(_KNOWN)}
            new = [row for row in rows if known.get(row[0]) != row]
            with connection:
                connection.executemany(_ADD, new)
            return len(new)
    except sqlite3.OperationalError as cause:
        raise _busy() from cause


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """The turn to write the course's gradebook, if nobody grades at this moment."""
    with (file.parent / ".autograde.lock").open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError as cause:
            raise _busy() from cause
        yield


def _busy() -> Unreachable:
    return Unreachable(
        "gradebook-busy", "The gradebook is written to by others; its students follow in a minute."
    )


def _row(student: GradebookStudent) -> Row:
    first, _, last = student.name.strip().rpartition(" ")
    return tuple(part[:LONGEST] for part in (student.id, first.strip(), last, student.email))  # type: ignore[return-value]  # four of them
