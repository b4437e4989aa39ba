"""One delivery at a time in a folder, and a note of how far the last one came."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

_INTERVAL_S: Final = 0.1
_BEGUN: Final = "begun"
_NOTE_MAX_BYTES: Final = 200
_STANDARD_INPUT: Final = 0


class Busy(Exception):
    """Another delivery has not finished in time."""


@dataclass(frozen=True, slots=True)
class Turn:
    """
    The right to change one checkout.

    `was_cut_off` says that the turn before never ended; `last_note` is the
    stage that it had come to.
    """

    descriptor: int
    was_cut_off: bool
    last_note: str

    def note(self, stage: str) -> None:
        """Write down, before it begins, a stage that the next turn would have to undo."""
        _write(self.descriptor, f"{_BEGUN} {stage}")


@contextmanager
def turn(home: Path, folder: str, *, wait_s: float) -> Iterator[Turn]:
    """
    The turn in `folder`; Busy if nobody gives it up in time.

    The lock's file becomes this process's standard input, which every git that
    it starts inherits: the lock lasts until the last of them has ended, even
    when this process is killed. The note of an unfinished stage outlives an error.
    """
    locks = home / ".coursehub" / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    name = sha256(folder.encode()).hexdigest()[:16]
    descriptor = os.open(locks / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait(descriptor, wait_s)
        os.dup2(descriptor, _STANDARD_INPUT)
        state, _, last_note = _read(descriptor).partition(" ")
        mine = Turn(descriptor, was_cut_off=state == _BEGUN, last_note=last_note)
        if not mine.was_cut_off:
            mine.note("")
        try:
            yield mine
        finally:
            _end(descriptor)
    finally:
        _let_go(descriptor)


def _wait(descriptor: int, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Busy from None
            time.sleep(_INTERVAL_S)
        else:
            return


def _end(descriptor: int) -> None:
    _, _, stage = _read(descriptor).partition(" ")
    if not stage:
        _write(descriptor, "")


def _let_go(descriptor: int) -> None:
    """Close both descriptors of the lock, so that the next may have it."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, _STANDARD_INPUT)
    os.close(nothing)
    os.close(descriptor)


def _read(descriptor: int) -> str:
    return os.pread(descriptor, _NOTE_MAX_BYTES, 0).decode()


def _write(descriptor: int, text: str) -> None:
    content = text.encode()
    os.pwrite(descriptor, content, 0)
    os.ftruncate(descriptor, len(content))
    os.fsync(descriptor)
