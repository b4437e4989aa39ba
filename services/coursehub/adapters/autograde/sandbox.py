"""
One notebook run in the sandbox: started, fed, watched, ended.

Nothing that comes back is believed: bytes and time are bounded here, and the
answers are plain data for `rebuilding` to check.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO

import psutil

from coursehub.adapters.autograde import confinement as walls
from coursehub.adapters.autograde.parcel import Bounds, CellRun, Parcel, Run, is_inside
from coursehub.errors import Invalid, Unreachable

_RUNNER = Path(__file__).with_name("runner.py").read_text()
_LOOK_S = 0.25
_STARTUP_S = 15.0
_REASONS = {
    "all": "",
    "kernel-died": "Not run to its end: an earlier cell ended the kernel.",
    "kernel-stuck": "Not run to its end: an earlier cell could not be stopped.",
    "time": "Not run to its end: the notebook had used up its time.",
    "memory": "Not run to its end: the notebook had used up its memory.",
    "output": "Not run to its end: the notebook had written too much output.",
    "": "Not run to its end: the notebook's process ended before its time.",
}


def run(parcel: Parcel, bounds: Bounds) -> Run:
    """The cells that ran and why the others did not; Unreachable if none could be started."""
    found = walls.confinement(files_bytes=bounds.files_bytes)
    with _folder(found) as folder, tempfile.TemporaryFile() as question:
        _ask(question, parcel, bounds, folder=folder, user=found.user)
        with tempfile.TemporaryFile() as complaints:
            process = _start(found, folder, question, complaints)
            try:
                answer, ended = _listen(process, bounds)
            finally:
                _end(process)
            complaints.seek(0)
            complaint = complaints.read(20000).decode(errors="replace")
    cells, said = _read(answer)
    if not cells and not said and not ended:
        raise Unreachable("sandbox-broken", f"The sandbox did not start. {_last(complaint)}")
    return Run(cells=cells, cut_short=_REASONS[ended or said], confinement=found.name)


@contextmanager
def _folder(found: walls.Confinement) -> Iterator[str]:
    """The run's folder as the program inside sees it."""
    if found.folder:
        yield found.folder
        return
    folder = tempfile.mkdtemp(prefix="coursehub-run-")
    if found.user is not None:
        os.chown(folder, found.user, found.user)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ask(
    question: IO[bytes], parcel: Parcel, bounds: Bounds, *, folder: str, user: int | None
) -> None:
    if not all(is_inside(path) for path in parcel.files):
        raise Invalid("bad-path", "A file of the submission has a path that leads out of it.")
    account = os.geteuid() if user is None else user
    request = {
        "notebook": parcel.notebook.decode(),
        "files": {path: base64.b64encode(data).decode() for path, data in parcel.files.items()},
        "folder": folder,
        # RLIMIT_NPROC counts every task of the account, on older kernels
        # those outside of the namespace too.
        "bounds": {**asdict(bounds), "processes": bounds.processes + _tasks_of(account)},
    }
    question.write(json.dumps(request).encode())
    question.seek(0)


def _tasks_of(account: int) -> int:
    count = 0
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            count += process.num_threads() if process.uids().real == account else 0
    return count


def _start(
    found: walls.Confinement, folder: str, question: IO[bytes], complaints: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  # our own argument list
        [*found.argv, sys.executable, "-I", "-c", _RUNNER],
        stdin=question,
        stdout=subprocess.PIPE,
        stderr=complaints,
        cwd="/",
        env=walls.environment(folder),
        start_new_session=True,
        **walls.account(found),
    )


def _listen(process: subprocess.Popen[bytes], bounds: Bounds) -> tuple[bytes, str]:
    """What the program wrote until its end, and which bound ended it, if one did."""
    stream = process.stdout
    if stream is None:
        raise Unreachable("sandbox-broken", "The sandbox has no output.")
    deadline = time.monotonic() + bounds.wall_s + _STARTUP_S
    answer = bytearray()
    while True:
        ready, _, _ = select.select([stream], [], [], _LOOK_S)
        if ready:
            chunk = os.read(stream.fileno(), 1 << 16)
            if not chunk:
                return bytes(answer), ""
            answer += chunk
        if len(answer) > bounds.answer_bytes:
            return bytes(answer), "output"
        if time.monotonic() > deadline:
            return bytes(answer), "time"
        if not ready and _memory_of(process.pid) > bounds.memory_bytes * 5 // 4:
            return bytes(answer), "memory"


def _tree(pid: int) -> list[psutil.Process]:
    with suppress(psutil.Error):
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    return []


def _memory_of(pid: int) -> int:
    total = 0
    for process in _tree(pid):
        with suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of the run is alive; in a namespace of its own, all go with the first."""
    for one in reversed(_tree(process.pid)):
        with suppress(psutil.Error):
            one.kill()
    process.kill()
    process.wait(timeout=10)
    if process.stdout:
        process.stdout.close()


def _read(answer: bytes) -> tuple[dict[int, CellRun], str]:
    """The answers that can be understood, up to the first that cannot."""
    cells: dict[int, CellRun] = {}
    ended = ""
    for line in answer.splitlines():
        try:
            said = json.loads(line)
            if "ended" in said:
                ended = said["ended"] if said["ended"] in _REASONS else ""
                break
            outputs = tuple(said["outputs"])
            cells[int(said["cell"])] = CellRun(
                outputs=outputs, execution_count=said["execution_count"]
            )
        except (ValueError, TypeError, KeyError, RecursionError):
            break
    return cells, ended


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:200] if lines else ""
