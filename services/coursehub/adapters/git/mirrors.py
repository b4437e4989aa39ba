"""
The mirrors of module repositories: bare, fetched once for everybody, never pruned.

A mirror appears whole or not at all. Heads that were handed out keep a ref of
their own (`refs/coursehub/kept/<commit>`), whatever upstream does later.
"""

import asyncio
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from coursehub.adapters.git.addresses import pinned
from coursehub.adapters.git.process import environment, git
from coursehub.adapters.git.reasons import TooSlow
from coursehub.errors import CoursehubError, Invalid, Missing
from coursehub.ports import Head
from coursehub.settings import Settings
from coursehub.vocabulary.repositories import fault_of_url

T = TypeVar("T")

_LOCAL_TIMEOUT_S: Final = 20.0
_LOCK_INTERVAL_S: Final = 0.1
_UPSTREAM_HEAD: Final = "refs/coursehub/upstream-head"
_KEPT: Final = "refs/coursehub/kept"
# Upstream's other refs (pull requests, notes, its own refs/coursehub) stay there.
_REFSPECS: Final = (
    "+refs/heads/*:refs/heads/*",
    "+refs/tags/*:refs/tags/*",
    f"+HEAD:{_UPSTREAM_HEAD}",
)
_CONFIGURATION: Final = """\
[core]
\trepositoryformatversion = 0
\tbare = true
[gc]
\tauto = 0
[http]
\tuploadpack = true
\treceivepack = false
[transfer]
\thideRefs = refs/coursehub
[uploadpack]
\tallowTipSHA1InWant = true
\tallowFilter = true
"""


class GitRepos:
    """ports.Repos in a folder of bare repositories."""

    def __init__(self, settings: Settings) -> None:
        self._root = (settings.data_dir / "mirrors").absolute()
        self._timeout_s = settings.repository_timeout_s
        self._max_bytes = settings.repository_max_bytes
        self._protocols = settings.protocols
        self._allow_private = settings.allow_private_repositories
        self._under_way: dict[tuple[str, ...], asyncio.Task[Any]] = {}

    def path(self, key: str) -> Path:
        """Folder of the bare mirror, there or not yet."""
        return self._root / key

    async def refresh(self, key: str, url: str, *, branch: str = "") -> Head:
        """
        The head of a branch (the default one if empty), fetched from upstream now.

        Whoever asks while it is under way waits for the same answer; someone
        who stops waiting does not stop it.
        """
        return await self._joined((key, branch), lambda: self._refresh(key, url, branch))

    async def head(self, key: str, *, branch: str = "") -> Head:
        """The head of a branch as the mirror has it, kept for ever; Missing if there is none."""
        mirror = self.path(key)
        if not mirror.is_dir():
            raise Missing("mirror-missing", "The repository has not been fetched yet.")
        name = branch or await self._default_branch(mirror)
        listed = await self._local(
            mirror, "for-each-ref", "--format=%(objectname)", f"refs/heads/{name}"
        )
        commits = listed.split()
        if len(commits) != 1:
            raise Missing("no-such-branch", f"The repository has no branch {name!r}.")
        await self._local(mirror, "update-ref", f"{_KEPT}/{commits[0]}", commits[0])
        return Head(branch=name, commit=commits[0])

    async def text(self, key: str, commit: str, path: str, *, max_bytes: int) -> str:
        """A text of a commit in the mirror; Missing if it is not there, Invalid if too large."""
        mirror, what = self.path(key), f"{commit}:{path}"
        try:
            kind = (await self._local(mirror, "cat-file", "-t", what)).strip()
        except CoursehubError as cause:
            raise Missing("no-such-file", f"The repository has no file {path}.") from cause
        if kind != "blob":
            raise Missing("no-such-file", f"{path} is no file in the repository.")
        if int(await self._local(mirror, "cat-file", "-s", what)) > max_bytes:
            raise Invalid("file-too-large", f"{path} is larger than {max_bytes:,} bytes.")
        return await self._local(mirror, "cat-file", "blob", what)

    async def close(self) -> None:
        """Stop every fetch that runs."""
        running = tuple(self._under_way.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _joined(
        self, what: tuple[str, ...], begin: Callable[[], Coroutine[Any, Any, T]]
    ) -> T:
        """The outcome of what is under way by that name, begun if nothing is."""
        task = self._under_way.get(what)
        if task is None:
            task = asyncio.create_task(begin())
            self._under_way[what] = task
            task.add_done_callback(lambda done: self._forget(what, done))
        outcome: T = await asyncio.shield(task)
        return outcome

    def _forget(self, what: tuple[str, ...], task: "asyncio.Task[Any]") -> None:
        del self._under_way[what]
        if not task.cancelled():
            task.exception()  # taken note of, also when everyone has stopped waiting

    async def _refresh(self, key: str, url: str, branch: str) -> Head:
        await self._joined((key,), lambda: self._fetch(key, url))
        return await self.head(key, branch=branch)

    async def _fetch(self, key: str, url: str) -> None:
        if fault := fault_of_url(url, protocols=self._protocols):
            raise Invalid("repository-url", fault)
        settings: tuple[tuple[str, str], ...] = ()
        if not self._allow_private:
            settings = await pinned(url, timeout_s=self._timeout_s)
        async with self._locked(key) as lock:
            mirror = self.path(key)
            if mirror.is_dir():
                await asyncio.to_thread(_clear_leftovers, mirror)
                await self._fetch_into(mirror, url, settings=settings, lock=lock)
                return
            fresh = self._root / f"{key}.new"
            await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)
            try:
                await self._local(
                    self._root, "init", "--bare", "--quiet", "--template=", fresh.name
                )
                await self._fetch_into(fresh, url, settings=settings, lock=lock)
                fresh.rename(mirror)
            finally:
                await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)

    async def _fetch_into(
        self, mirror: Path, url: str, *, settings: tuple[tuple[str, str], ...], lock: int
    ) -> None:
        await asyncio.to_thread((mirror / "config").write_text, _CONFIGURATION)
        await git(
            "fetch", "--prune", "--no-tags", "--force", "--no-write-fetch-head",
            "--no-recurse-submodules", "--quiet", "--", url, *_REFSPECS,
            cwd=mirror,
            env=environment(protocols=self._protocols, settings=settings),
            timeout_s=self._timeout_s,
            max_bytes=self._max_bytes,
            keeps_open=lock,
        )  # fmt: skip
        await self._local(
            mirror, "symbolic-ref", "HEAD", f"refs/heads/{await self._upstream_branch(mirror)}"
        )

    async def _default_branch(self, mirror: Path) -> str:
        return (await self._local(mirror, "symbolic-ref", "--short", "HEAD")).strip()

    async def _upstream_branch(self, mirror: Path) -> str:
        """
        The name of upstream's default branch.

        The fetch tells HEAD's commit but not its name: among the branches there,
        the one that was the default before stays it, then come the usual names.
        """
        listed = await self._local(
            mirror,
            "for-each-ref", f"--points-at={_UPSTREAM_HEAD}", "--format=%(refname)", "refs/heads",
        )  # fmt: skip
        names = [ref.removeprefix("refs/heads/") for ref in listed.split()]
        if not names:
            raise Invalid("repository-empty", "The repository has no default branch.")
        usual = (await self._default_branch(mirror), "main", "master")
        return next((name for name in usual if name in names), names[0])

    async def _local(self, cwd: Path, *arguments: str) -> str:
        return await git(*arguments, cwd=cwd, env=environment(), timeout_s=_LOCAL_TIMEOUT_S)

    @asynccontextmanager
    async def _locked(self, key: str) -> AsyncIterator[int]:
        """The descriptor of a lock on one mirror, over all processes of this machine."""
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._root / f"{key}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            async with asyncio.timeout(self._timeout_s):
                while not _try_lock(descriptor):  # noqa: ASYNC110  another process holds it
                    await asyncio.sleep(_LOCK_INTERVAL_S)
            yield descriptor
        except TimeoutError as cause:
            raise TooSlow(self._timeout_s) from cause
        finally:
            os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _clear_leftovers(mirror: Path) -> None:
    """Remove what a killed git left: under the mirror's lock, no git of ours is alive."""
    for lock in mirror.rglob("*.lock"):
        lock.unlink(missing_ok=True)
    for unfinished in mirror.glob("objects/pack/tmp_*"):
        unfinished.unlink(missing_ok=True)
