"""
One run of git, bounded in time and in bytes, that asks nobody anything.

Neither the machine's nor anyone's own git configuration is read: no credential
helper, hook, template, pager or prompt takes part.
"""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from coursehub.adapters.git.reasons import TooLarge, TooSlow, reason
from coursehub.errors import Unreachable

_KEPT_OUTPUT_BYTES: Final = 1_000_000
_LOOK_INTERVAL_S: Final = 0.2
_PASSED_ON: Final = (
    "PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "CURL_CA_BUNDLE",
    "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
)  # fmt: skip
_SETTINGS: Final = (
    ("credential.helper", ""),
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    # Nothing is ever pruned: a student may stand on any commit that was once here.
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    # A pack is written as a whole or not at all; loose objects are not.
    ("fetch.unpackLimit", "1"),
    ("fetch.fsckObjects", "true"),
    # Old tools wrote these; they harm nobody.
    ("fetch.fsck.zeroPaddedFilemode", "ignore"),
    ("fetch.fsck.badTimezone", "ignore"),
    ("fetch.fsck.missingSpaceBeforeDate", "ignore"),
    ("fetch.fsck.missingSpaceBeforeEmail", "ignore"),
    ("fetch.fsck.badFilemode", "ignore"),
    # A redirect could lead to an address that was never looked at.
    ("http.followRedirects", "false"),
    ("http.lowSpeedLimit", "100"),
    ("http.lowSpeedTime", "30"),
    ("core.filesRefLockTimeout", "2000"),
    ("submodule.recurse", "false"),
)


def environment(
    *, protocols: frozenset[str] = frozenset(), settings: Sequence[tuple[str, str]] = ()
) -> dict[str, str]:
    """The whole environment of a git process."""
    every = (*_SETTINGS, *settings)
    numbered = {f"GIT_CONFIG_KEY_{n}": key for n, (key, _) in enumerate(every)}
    numbered |= {f"GIT_CONFIG_VALUE_{n}": value for n, (_, value) in enumerate(every)}
    return {
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        **numbered,
        "GIT_CONFIG_COUNT": str(len(every)),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oStrictHostKeyChecking=yes",
        "GIT_ALLOW_PROTOCOL": ":".join(sorted(protocols)),
        "HOME": "/nonexistent",
        "LC_ALL": "C",
    }


async def git(
    *arguments: str,
    cwd: Path,
    env: Mapping[str, str],
    timeout_s: float,
    max_bytes: int | None = None,
    keeps_open: int | None = None,
) -> str:
    """
    What git wrote to its standard output.

    `max_bytes` bounds the folder `cwd`, looked at while git runs. `keeps_open`
    is a descriptor that git inherits: a lock on it lasts until git itself ends,
    even when this process is killed.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            *arguments,
            cwd=cwd,
            env=dict(env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            pass_fds=() if keeps_open is None else (keeps_open,),
        )
    except OSError as cause:
        raise Unreachable("git-missing", "git cannot be run on this hub.") from cause
    try:
        out, err = await asyncio.wait_for(_watched(process, cwd, max_bytes), timeout_s)
    except TimeoutError as cause:
        raise TooSlow(timeout_s) from cause
    finally:
        await _end(process)
    if process.returncode:
        raise reason(err)
    return out


async def _watched(
    process: asyncio.subprocess.Process, folder: Path, max_bytes: int | None
) -> tuple[str, str]:
    """Both outputs at the end of the process; TooLarge once the folder outgrows its bound."""
    assert process.stdout is not None  # noqa: S101  for the type checker: both are pipes
    assert process.stderr is not None  # noqa: S101
    reading = asyncio.gather(_read(process.stdout), _read(process.stderr), process.wait())
    try:
        while max_bytes is not None:
            done, _ = await asyncio.wait({reading}, timeout=_LOOK_INTERVAL_S)
            if await asyncio.to_thread(size_bytes, folder) > max_bytes:
                raise TooLarge(max_bytes)
            if done:
                break
        out, err, _ = await reading
    finally:
        reading.cancel()
    return out, err


async def _read(stream: asyncio.StreamReader) -> str:
    """The first megabyte of a stream; the rest is read and dropped, so that git never waits."""
    kept = bytearray()
    while chunk := await stream.read(65_536):
        kept += chunk[: _KEPT_OUTPUT_BYTES - len(kept)]
    return kept.decode(errors="replace")


async def _end(process: asyncio.subprocess.Process) -> None:
    """No process of git's group is left, and nothing in its pipes, so that they are closed."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
    pipes = (pipe for pipe in (process.stdout, process.stderr) if pipe is not None)
    with suppress(TimeoutError):
        async with asyncio.timeout(_LOOK_INTERVAL_S):
            await asyncio.gather(*(_read(pipe) for pipe in pipes))


def size_bytes(folder: Path) -> int:
    """What the files beneath a folder take, as far as they can be seen at this moment."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118  called often
            except FileNotFoundError:  # git renames its temporary files as we look
                continue
    return total
