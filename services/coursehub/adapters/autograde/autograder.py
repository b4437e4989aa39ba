"""ports.Autograder on nbgrader's converters, Dask and the sandbox."""

import asyncio
import multiprocessing
import re
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import structlog

from coursehub.adapters.autograde import door
from coursehub.adapters.autograde.cluster import Cluster
from coursehub.adapters.autograde.confinement import LOW_WALLS, confinement
from coursehub.adapters.autograde.parcel import Bounds, Desk, Problem
from coursehub.errors import Invalid, Unreachable
from coursehub.ports import Blobs, Grade, GradeRequest
from coursehub.settings import Settings

# Names become folders, and nbgrader looks folders up by patterns.
_NAME = re.compile(r"[^\s/\\.*?\[\]{}\0][^/\\*?\[\]{}\0]{0,127}")
_WHOLE_S = 3600.0
_CELLS_PER_RUN = 4  # one endless cell leaves time for the others


class NbgraderAutograder:
    """
    Grading in worker processes; one writer at a time in a course, runs side by side.

    Processes, cluster and sandbox are started by the first call.
    """

    def __init__(self, settings: Settings, blobs: Blobs) -> None:
        self._blobs = blobs
        self._course_root = settings.course_root
        self._most_bytes = settings.submission_max_bytes
        self._workers = max(1, settings.dask_workers)
        self._log_level = settings.log_level
        self._cluster = Cluster(
            address=settings.dask_address, workers=self._workers, log_level=settings.log_level
        )
        self._pool: ProcessPoolExecutor | None = None
        self._desks: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()
        self.bounds = Bounds(
            wall_s=settings.autograde_timeout_s,
            cell_s=max(1.0, settings.autograde_timeout_s / _CELLS_PER_RUN),
            memory_bytes=settings.autograde_memory_bytes,
        )

    @property
    def sandbox(self) -> str:
        """The walls round a student's code on this machine; a warning where they are low."""
        found = confinement(files_bytes=self.bounds.files_bytes)
        return found.name if found.isolated else f"{found.name}. {LOW_WALLS}"

    async def grade(self, request: GradeRequest) -> Grade:
        """The submission's grade; Invalid with a reason for the student, or Unreachable."""
        desk = self._desk(request)
        files = await asyncio.to_thread(self._fetched, request.files)
        scheduler = await asyncio.to_thread(self._cluster.scheduler)
        async with self._desks.setdefault(desk.folder("submitted"), asyncio.Lock()):
            grade: Grade = await self._in_process("grade", desk, files, scheduler, self.bounds)
            return grade

    async def read(self, request: GradeRequest) -> Grade | None:
        """The grade as the gradebook has it now."""
        grade: Grade | None = await self._in_process("read", self._desk(request))
        return grade

    async def feedback(self, request: GradeRequest) -> Mapping[str, bytes]:
        """Feedback files by path."""
        files: dict[str, bytes] = await self._in_process("feedback", self._desk(request))
        return files

    async def prepare(self, course: str, assignment: str) -> None:
        """The assignment generated from source/, where it is not in the gradebook yet."""
        root = self._course_root(course) / "course"
        await self._in_process("prepare", root, course, _safe(assignment))

    async def close(self) -> None:
        """No process of ours is left."""
        self._drop_pool()
        await asyncio.to_thread(self._cluster.close)

    async def _in_process(self, task: str, *given: Any) -> Any:
        loop = asyncio.get_running_loop()
        pool = self._running_pool()
        asked_by = structlog.contextvars.get_contextvars()
        try:
            async with asyncio.timeout(_WHOLE_S):
                made = await loop.run_in_executor(pool, door.work, asked_by, task, *given)
        except TimeoutError as cause:
            self._drop_pool()
            raise Unreachable("autograde-timeout", "The autograder took too long.") from cause
        except BrokenProcessPool as cause:
            if pool is self._pool:
                self._drop_pool()
            raise Unreachable("autograder-died", "The autograder was ended midway.") from cause
        if isinstance(made, Problem):
            error = Invalid if made.kind == "invalid" else Unreachable
            raise error(made.code, made.sentence)
        return made

    def _running_pool(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                max_workers=self._workers,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=door.open_shop,
                initargs=(self._log_level,),
            )
        return self._pool

    def _drop_pool(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        processes = list((pool._processes or {}).values())  # noqa: SLF001  # it names no public way
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(timeout=10)

    def _desk(self, request: GradeRequest) -> Desk:
        return Desk(
            course=request.course,
            root=self._course_root(request.course) / "course",
            assignment=_safe(request.assignment),
            student=_safe(request.student),
            received_at=request.received_at,
        )

    def _fetched(self, files: Mapping[str, str]) -> dict[str, bytes]:
        fetched: dict[str, bytes] = {}
        left = self._most_bytes
        for path, sha256 in files.items():
            with self._blobs.open(sha256) as blob:
                content = blob.read(left + 1)
            left -= len(content)
            if left < 0:
                raise Invalid("too-large", "The submission is larger than this service allows.")
            fetched[path] = content
        return fetched


def _safe(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise Invalid("bad-name", f"{name[:40]!r} cannot be the name of a folder.")
    return name
