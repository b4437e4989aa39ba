"""
Git's smart HTTP protocol, answered by git's own `git http-backend` (CGI).

Read only unless said otherwise. The request's body is put aside first, within
its bound, so that git is never left waiting for a slow sender; the answer
streams. Source: git-http-backend(1), RFC 3875.
"""

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from fastapi import Request
from starlette.responses import StreamingResponse

from coursehub.errors import Invalid, Missing, Unreachable

_CHUNK_BYTES: Final = 65_536
_HEADERS_MAX_BYTES: Final = 65_536
_IN_MEMORY_BYTES: Final = 1_000_000
_PULL: Final = "git-upload-pack"
_PUSH: Final = "git-receive-pack"


async def backend(
    request: Request,
    repository: Path,
    path_info: str,
    *,
    receive_pack: bool = False,
    timeout_s: float = 600.0,
    body_max_bytes: int = 10_000_000,
) -> StreamingResponse:
    """
    Git's answer to one request of a git client for the bare `repository`.

    `path_info` is what follows the repository in the address: `info/refs`,
    `git-upload-pack` or, with `receive_pack`, `git-receive-pack`. Missing for
    anything else (there is no dumb protocol here), Invalid for a body that is
    too large, Unreachable when git does not start to answer in time.
    """
    services = (_PULL, _PUSH) if receive_pack else (_PULL,)
    _check(request, repository, path_info, services)
    deadline = time.monotonic() + timeout_s
    with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as body:
        size_bytes = await _set_aside(request, body, body_max_bytes)
        process = await _start(
            _variables(request, repository, path_info, size_bytes, receive_pack), body
        )
    try:
        status, headers = await _head(process, deadline)
    except BaseException:
        await _end(process)
        raise
    return StreamingResponse(_rest(process, deadline), status_code=status, headers=headers)


def _check(request: Request, repository: Path, path_info: str, services: tuple[str, ...]) -> None:
    if not repository.is_dir():
        raise Missing("no-such-repository", "There is no such repository.")
    if request.method == "GET" and path_info == "info/refs":
        wanted = request.query_params.get("service", "")
    else:
        wanted = path_info if request.method == "POST" else ""
    if wanted not in services:
        raise Missing("no-such-git-service", "This repository can be fetched from, nothing else.")


async def _set_aside(request: Request, body: IO[bytes], max_bytes: int) -> int:
    size_bytes = 0
    async for chunk in request.stream():
        size_bytes += len(chunk)
        if size_bytes > max_bytes:
            raise Invalid("too-large", "This is larger than this repository accepts.")
        if size_bytes > _IN_MEMORY_BYTES:
            await asyncio.to_thread(body.write, chunk)
        else:
            body.write(chunk)
    body.seek(0)
    return size_bytes


def _variables(
    request: Request, repository: Path, path_info: str, size_bytes: int, receive_pack: bool
) -> dict[str, str]:
    """The CGI variables (RFC 3875, 4.1), and nothing else of this process's environment."""
    sent = request.headers
    settings = {"core.hooksPath": "/dev/null", "gc.auto": "0", "safe.directory": "*"}
    if receive_pack:
        settings["http.receivepack"] = "true"
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        **_numbered(settings),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROJECT_ROOT": str(repository.parent),
        "GIT_PROTOCOL": sent.get("git-protocol", "")[:100],
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REQUEST_METHOD": request.method,
        "PATH_INFO": f"/{repository.name}/{path_info}",
        "QUERY_STRING": f"service={request.query_params.get('service', '')}",
        "CONTENT_TYPE": sent.get("content-type", ""),
        "CONTENT_LENGTH": str(size_bytes),
        "HTTP_CONTENT_ENCODING": sent.get("content-encoding", ""),
    }


def _numbered(settings: Mapping[str, str]) -> dict[str, str]:
    """Git settings as environment variables (git-config(1), GIT_CONFIG_COUNT)."""
    numbered = {"GIT_CONFIG_COUNT": str(len(settings))}
    for n, (key, value) in enumerate(settings.items()):
        numbered |= {f"GIT_CONFIG_KEY_{n}": key, f"GIT_CONFIG_VALUE_{n}": value}
    return numbered


async def _start(
    variables: Mapping[str, str], body: "tempfile.SpooledTemporaryFile[bytes]"
) -> asyncio.subprocess.Process:
    body.rollover()  # git reads a file of its own, at its own pace
    try:
        return await asyncio.create_subprocess_exec(
            "git",
            "http-backend",
            env=dict(variables),
            stdin=body.fileno(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_HEADERS_MAX_BYTES,
            start_new_session=True,
        )
    except OSError as cause:
        raise Unreachable("git-missing", "git cannot be run on this hub.") from cause


async def _head(process: asyncio.subprocess.Process, deadline: float) -> tuple[int, dict[str, str]]:
    """Status and headers of the CGI answer (RFC 3875, 6.3)."""
    output = _output(process)
    try:
        raw = await asyncio.wait_for(output.readuntil(b"\r\n\r\n"), _left(deadline))
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError) as cause:
        raise Unreachable(
            "git-failed", "The repository cannot be read now: try again in a minute."
        ) from cause
    headers: dict[str, str] = {}
    for line in raw.decode("latin-1").splitlines():
        name, _, value = line.partition(":")
        if value:
            headers[name.strip().lower()] = value.strip()
    status = int(headers.pop("status", "200").partition(" ")[0])
    return status, headers


async def _rest(process: asyncio.subprocess.Process, deadline: float) -> AsyncIterator[bytes]:
    """
    The body, as git writes it; git is gone when it ends, however it ends.

    Out of time the answer is broken off: git clients tell a short pack from a whole one.
    """
    output = _output(process)
    try:
        while chunk := await asyncio.wait_for(output.read(_CHUNK_BYTES), _left(deadline)):
            yield chunk
    finally:
        await _end(process)


def _output(process: asyncio.subprocess.Process) -> asyncio.StreamReader:
    assert process.stdout is not None  # noqa: S101  for the type checker: it is a pipe
    return process.stdout


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
