"""
A course repository in a person's home: nbgitpuller's, made safe to break off.

The merge is nbgitpuller's (the student's lines win, upstream's other lines
arrive). Around it: a checkout appears whole or not at all, one delivery at a
time works on it, and what a killed one left behind is cleared by the next.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from nbgitpuller.pull import GitPuller, execute_cmd

from coursehub_lab.turn import Turn

_OF_A_COURSE: Final = re.compile(r"/git/[a-z0-9-]+/\d+\.git$")
MERGING: Final = "merging"
"""The stage in which files of the working tree may be half written."""


class NotOurs(Exception):
    """A folder that a person made themselves stands where the checkout would be."""


class Checkout(GitPuller):
    """One repository at one branch in one folder of the home."""

    def __init__(self, url: str, folder: Path, *, branch: str, turn: Turn) -> None:
        self._turn = turn
        super().__init__(url, str(folder), branch=branch)

    @property
    def folder(self) -> Path:
        """The checkout."""
        return Path(self.repo_dir)

    def branch_exists(self, branch: str) -> None:
        """Nothing: the service has said which branch there is, so upstream is not asked again."""

    def pull(self) -> Iterator[str]:
        """What was done, line by line; NotOurs where the folder is not a course's."""
        if (self.folder / ".git").is_dir():
            self._check_origin()
            yield from self._recover()
            yield from self.update()
        elif not self.folder.exists() or not any(self.folder.iterdir()):
            yield from self.initialize_repo()
        else:
            raise NotOurs

    def initialize_repo(self) -> Iterator[str]:
        """A clone beside the place, moved there when it is whole."""
        fresh = self.folder.with_name(f".{self.folder.name}.coursehub-new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.parent.mkdir(parents=True, exist_ok=True)
        depth = ["--depth", str(self.depth)] if self.depth > 0 else []
        place = ["--", self.git_url, str(fresh)]
        try:
            yield from execute_cmd(
                ["git", "clone", *depth, "--no-tags", "--branch", self.branch_name, *place]
            )
            fresh.rename(self.folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def update_remotes(self) -> Iterator[str]:
        """Upstream's branch, also when the service moved or the branch was renamed."""
        self._git("remote", "set-url", "origin", self.git_url)
        refspec = f"+refs/heads/{self.branch_name}:refs/remotes/origin/{self.branch_name}"
        fetch = ["git", "fetch", "--no-tags"]
        yield from execute_cmd([*fetch, "origin", refspec], cwd=self.repo_dir)
        if self._is_cut_short():
            yield from execute_cmd([*fetch, "--unshallow", "origin", refspec], cwd=self.repo_dir)

    def _is_cut_short(self) -> bool:
        """Whether a shallow history hides where both sides parted (after a force-push)."""
        try:
            self._git("merge-base", "HEAD", f"origin/{self.branch_name}")
        except subprocess.CalledProcessError:
            return self._git("rev-parse", "--is-shallow-repository").strip() == "true"
        return False

    def find_upstream_changed(self, kind: str) -> list[str]:
        """Files that upstream added (A), deleted (D) or modified (M), whatever their names."""
        return self._names("diff", f"--diff-filter={kind}", f"..origin/{self.branch_name}")

    def merge(self) -> Iterator[str]:
        """Upstream's changes beside the student's; the student's alone where that cannot be."""
        before = self._git("rev-parse", "HEAD").strip()
        self._turn.note(MERGING)
        try:
            yield from super().merge()
        except subprocess.CalledProcessError:
            self._git("merge", "--abort")
            self._turn.note("")
            raise
        yield from self._mend_notebooks(before)
        self._turn.note("")

    def _mend_notebooks(self, before: str) -> Iterator[str]:
        """A notebook that merging made unreadable is the student's again, upstream's beside it."""
        mended = False
        for name in self._names("diff", "--diff-filter=M", before, "HEAD"):
            path = self.folder / name
            if not name.endswith(".ipynb") or _is_json(path):
                continue
            beside = _beside(path)
            beside.write_bytes(self._blob(f"origin/{self.branch_name}", name))
            _replace(path, self._blob(before, name))
            mended = True
            yield f"Put the new version of {name} beside yours, as {beside.name}"
        if mended:
            yield from self.commit_all()

    def _recover(self) -> Iterator[str]:
        """
        The checkout as it was before a delivery that was killed.

        The turn's note proves that it was ours: a lock of a git that the person
        runs by hand is left to nbgitpuller, which waits for it.
        """
        if not self._turn.was_cut_off:
            return
        for lock in (self.folder / ".git").rglob("*.lock"):
            lock.unlink(missing_ok=True)
        if self._turn.last_note == MERGING:
            yield from self._undo_half_a_merge()

    def _undo_half_a_merge(self) -> Iterator[str]:
        """
        Files that the merge was writing are the student's again (they were committed before it).

        What stands there now and is no part of the student's or upstream's is kept beside.
        """
        upstream = f"origin/{self.branch_name}"
        touched = self._names("diff", "HEAD")
        coming = set(self._names("diff", f"HEAD...{upstream}"))
        added = set(self._names("diff", "--diff-filter=A", f"HEAD...{upstream}"))
        self._git("reset", "--mixed", "--quiet")
        for name in (n for n in coming if n in added or n in touched):
            path = self.folder / name
            if path.is_file() and not self._is_part_of(name, "HEAD", upstream):
                beside = _beside(path)
                path.rename(beside)
                yield f"Kept what was in {name} as {beside.name}"
            path.unlink(missing_ok=True)
            if name not in added:
                self._git("checkout", "HEAD", "--", name)

    def _check_origin(self) -> None:
        try:
            origin = self._git("config", "--get", "remote.origin.url").strip()
        except subprocess.CalledProcessError as cause:
            raise NotOurs from cause
        if not _OF_A_COURSE.search(origin):
            raise NotOurs

    def _names(self, *arguments: str) -> list[str]:
        command, *others = arguments
        listed = self._git(command, "--name-only", "--no-renames", "-z", *others)
        return [name for name in listed.split("\0") if name]

    def _is_part_of(self, name: str, *commits: str) -> bool:
        """Whether a file is one of these commits' versions, or one that was cut short."""
        content = (self.folder / name).read_bytes()
        for commit in commits:
            with suppress(subprocess.CalledProcessError):  # not in that commit
                if self._blob(commit, name).startswith(content):
                    return True
        return False

    def _blob(self, commit: str, name: str) -> bytes:
        return self._run("show", f"{commit}:{name}")

    def _git(self, *arguments: str) -> str:
        return os.fsdecode(self._run(*arguments))

    def _run(self, *arguments: str) -> bytes:
        command = ["git", *arguments]
        return subprocess.run(  # noqa: S603  git, with names that git itself has listed
            command, cwd=self.repo_dir, check=True, capture_output=True
        ).stdout


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except FileNotFoundError:
        return True
    except ValueError:
        return False
    return True


def _beside(path: Path) -> Path:
    """A free name next to a file, marked by the time as nbgitpuller does."""
    stamp = datetime.now().astimezone().strftime("__%Y%m%d%H%M%S")
    candidate, n = path.with_name(f"{path.stem}{stamp}{path.suffix}"), 1
    while candidate.exists():
        candidate = path.with_name(f"{path.stem}{stamp}_{n}{path.suffix}")
        n += 1
    return candidate


def _replace(path: Path, content: bytes) -> None:
    """The file's content, exchanged in one step."""
    partial = path.with_name(f".{path.name}.coursehub-new")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()
