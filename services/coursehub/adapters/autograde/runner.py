"""
The program inside the sandbox: runs one notebook in a cold kernel.

It is handed to `python -I -c` as text, so it imports nothing of coursehub. It
reads one JSON request from standard input and answers one JSON line per code
cell, so that a run which is killed has its earlier cells on record.
"""

import asyncio
import base64
import ctypes
import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

PR_SET_DUMPABLE = 4
AWAKE_S = 5
TIMED_OUT = "CellTimeoutError"
CUT = "\n[The rest of this cell's output was left out: it was too long.]\n"

Answer = Callable[[dict[str, Any]], None]


class BoundedClient(NotebookClient):
    """Runs cells, keeps a bounded part of their output, remembers a timeout."""

    longest: int
    written: int = 0
    timed_out: bool = False

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        if msg["msg_type"] not in {"stream", "display_data", "execute_result", "error"}:
            return super().process_message(msg, cell, cell_index)
        before = self.written
        self.written += size_of(msg["content"])
        if self.written <= self.longest:
            return super().process_message(msg, cell, cell_index)
        if before <= self.longest:
            cell.outputs.append(node(output_type="stream", name="stdout", text=CUT))
        return None

    async def run(self, cell: Any, index: int) -> None:
        """The cell with its outputs; an error that hid its traceback is put back among them."""
        self.written, self.timed_out = 0, False
        await self.async_execute_cell(cell, index)

    async def wake(self, timeout_s: float) -> None:
        """Nothing once the kernel answers again; RuntimeError if it does not."""
        kernel: Any = self.kc
        await kernel.wait_for_ready(timeout=timeout_s)

    def note_reply(self, *, cell: Any, execute_reply: Any, **_: Any) -> None:
        content = execute_reply["content"]
        self.timed_out = content.get("ename") == TIMED_OUT and "ename" not in cell.metadata
        if content["status"] != "error":
            return
        shown = (out.get("ename") for out in cell.outputs if out.output_type == "error")
        if content["ename"] not in shown:
            cell.outputs.append(error(content["ename"], content["evalue"], content["traceback"]))


def size_of(content: Any) -> int:
    """About how many characters a message holds."""
    text = content.get("text")
    return len(text) if isinstance(text, str) else len(json.dumps(content, default=str))


def error(name: str, value: str, traceback: list[str] | None = None) -> Any:
    lines = traceback or [f"{name}: {value}"]
    return node(output_type="error", ename=name, evalue=value, traceback=lines)


def node(**output: Any) -> Any:
    return nbformat.from_dict(output)  # type: ignore[no-untyped-call]  # nbformat is half typed


def limit(bounds: dict[str, Any]) -> None:
    """This process and its children use no more than this (setrlimit(2))."""
    seconds = int(bounds["wall_s"]) + 1
    for what, most in (
        (resource.RLIMIT_AS, bounds["memory_bytes"]),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, bounds["files_bytes"]),
        (resource.RLIMIT_NPROC, bounds["processes"]),
        (resource.RLIMIT_NOFILE, bounds["open_files"]),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, allowed))


def unpack(files: dict[str, str], folder: Path) -> None:
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(base64.b64decode(text))


async def run(request: dict[str, Any], answer: Answer) -> None:
    """Every code cell in order, one answer each; the last answer says how it ended."""
    text = request["notebook"]
    notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]  # nbformat is half typed
    bounds = request["bounds"]
    kernel = notebook.metadata.get("kernelspec", {}).get("name", "python3")
    client = BoundedClient(
        notebook,
        km=AsyncKernelManager(kernel_name=kernel, transport="ipc"),
        resources={"metadata": {"path": request["folder"]}},
        timeout=max(1, int(bounds["cell_s"])),
        allow_errors=True,
        interrupt_on_timeout=True,
        error_on_timeout={
            "ename": TIMED_OUT,
            "evalue": f"This cell ran longer than {bounds['cell_s']:g} s and was stopped.",
            "traceback": [],
        },
        raise_on_iopub_timeout=False,
    )
    client.longest = bounds["cell_output_bytes"]
    client.on_cell_executed = client.note_reply
    async with client.async_setup_kernel():
        ended = await run_cells(client, notebook, answer)
        answer({"ended": ended})
        leave()


async def run_cells(client: BoundedClient, notebook: Any, answer: Answer) -> str:
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        try:
            await client.run(cell, index)
            if client.timed_out:
                await client.wake(AWAKE_S)
        except DeadKernelError:
            cell.outputs.append(error("DeadKernelError", "This cell ended the kernel."))
            answer(told(index, cell))
            return "kernel-died"
        except RuntimeError:
            answer(told(index, cell))
            return "kernel-stuck"
        answer(told(index, cell))
    return "all"


def told(index: int, cell: Any) -> dict[str, Any]:
    return {
        "cell": index,
        "outputs": cell.get("outputs", []),
        "execution_count": cell.get("execution_count"),
    }


def leave() -> None:
    """The end at once: the kernel goes with the sandbox and needs no goodbye."""
    os._exit(0)


def own_streams() -> tuple[Any, Any]:
    """Private copies of standard input and output; what the kernel inherits leads nowhere."""
    questions, answers, complaints = (os.dup(fd) for fd in (0, 1, 2))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    sys.stderr = os.fdopen(complaints, "w")
    return os.fdopen(questions, "rb"), os.fdopen(answers, "wb", buffering=0)


def main() -> None:
    # Not dumpable: the student's process, of the same account, can neither
    # trace this one nor open its streams under /proc (prctl(2), ptrace(2)).
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    questions, answers = own_streams()
    request = json.load(questions)
    limit(request["bounds"])
    unpack(request["files"], Path(request["folder"]))
    os.chdir(request["folder"])  # the kernel's sockets are named relative to it

    def answer(line: dict[str, Any]) -> None:
        text = json.dumps(line).encode() + b"\n"
        while text:
            text = text[answers.write(text) :]

    asyncio.run(run(request, answer))


if __name__ == "__main__":
    main()
