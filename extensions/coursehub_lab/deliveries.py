"""The deliveries that this server has under way, each in a process of its own."""

import asyncio
import json
import os
import secrets
import signal
import sys
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_TIMEOUT_S: Final = 900.0
_LINE_MAX_BYTES: Final = 4_000_000
_KEPT: Final = 20
_MESSAGES_KEPT: Final = 50


@dataclass(slots=True, kw_only=True)
class Delivery:
    """
    One delivery, from its start until it is forgotten.

    `error` is a sentence once it has failed; `modules` are what the course has,
    as far as that is known.
    """

    id: str
    course: str
    messages: list[str] = field(default_factory=list)
    error: str = ""
    modules: list[dict[str, str]] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.task is not None and not self.task.done()

    def heed(self, line: bytes) -> bool:
        """Whether this line of the process's output was its last word."""
        try:
            said: dict[str, Any] = json.loads(line)
        except ValueError:
            return False
        if said.get("event") == "message":
            self.messages = [*self.messages, str(said.get("text", ""))][-_MESSAGES_KEPT:]
            return False
        self.modules = said.get("modules", [])
        self.error = str(said.get("text", ""))
        return True


class Deliveries:
    """The latest deliveries of one server; a course has one under way at most."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Delivery] = OrderedDict()

    def get(self, key: str) -> Delivery | None:
        """The delivery of that id, unless it is long over."""
        return self._known.get(key)

    def begin(self, course: str, home: Path) -> Delivery:
        """The delivery of the course that is under way, or a new one."""
        for known in self._known.values():
            if known.course == course and known.is_running:
                return known
        delivery = Delivery(id=secrets.token_urlsafe(9), course=course)
        delivery.task = asyncio.create_task(_run(delivery, home))
        self._known[delivery.id] = delivery
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return delivery


async def _run(delivery: Delivery, home: Path) -> None:
    """The delivery's process, heard to its end; `error` says so when it ends without a word."""
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "coursehub_lab.delivery",
            "--course", delivery.course, "--home", str(home),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_MAX_BYTES,
            start_new_session=True,
        )  # fmt: skip
    except OSError:
        delivery.error = "This server has no room for another process: close something, try again."
        return
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            if not await _listen(process, delivery):
                delivery.error = "The delivery broke off; your own work is as it was. Try again."
    except TimeoutError:
        delivery.error = "The delivery took too long and was stopped: try again later."
    finally:
        await _end(process)


async def _listen(process: asyncio.subprocess.Process, delivery: Delivery) -> bool:
    """Whether the process came to a last word."""
    assert process.stdout is not None  # noqa: S101  for the type checker: it is a pipe
    ended = False
    async for line in process.stdout:
        ended = delivery.heed(line) or ended
    return ended


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
