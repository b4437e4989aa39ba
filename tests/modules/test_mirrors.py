import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from coursehub.adapters.git import GitRepos
from coursehub.errors import CoursehubError, Invalid, Refused, Unreachable
from coursehub.ports import Head
from coursehub.settings import Settings
from tests.modules.actors import Upstream, git


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path / "data", allow_private_repositories=True, repository_timeout_s=60
    )


def refreshed(settings: Settings, url: str, *, branch: str = "") -> Head:
    return asyncio.run(GitRepos(settings).refresh("key", url, branch=branch))


def refusal(settings: Settings, url: str) -> CoursehubError:
    with pytest.raises(CoursehubError) as caught:
        refreshed(settings, url)
    return caught.value


def test_a_mirror_follows_upstream(settings: Settings, upstream: Upstream) -> None:
    first = refreshed(settings, upstream.url)
    assert first == Head(branch="main", commit=git("rev-parse", "HEAD", cwd=upstream.work))
    pushed = upstream.publish({"new.txt": "new\n"})
    assert refreshed(settings, upstream.url).commit == pushed


def test_those_who_ask_at_the_same_moment_share_one_fetch(
    settings: Settings, upstream: Upstream
) -> None:
    async def everyone() -> set[Head]:
        repos = GitRepos(settings)
        return set(await asyncio.gather(*(repos.refresh("key", upstream.url) for _ in range(30))))

    assert len(asyncio.run(everyone())) == 1
    assert len(upstream.requests) == 3  # what is there, which of it, the pack


def test_someone_who_stops_waiting_does_not_stop_the_fetch(
    settings: Settings, upstream: Upstream
) -> None:
    async def one_leaves() -> Head:
        repos = GitRepos(settings)
        leaving = asyncio.create_task(repos.refresh("key", upstream.url))
        staying = asyncio.create_task(repos.refresh("key", upstream.url))
        await asyncio.sleep(0.05)
        leaving.cancel()
        return await staying

    assert asyncio.run(one_leaves()).branch == "main"


def test_while_upstream_is_down_the_last_mirror_stays(
    settings: Settings, upstream: Upstream
) -> None:
    head = refreshed(settings, upstream.url)
    upstream.down = True
    assert isinstance(refusal(settings, upstream.url), Unreachable)
    assert asyncio.run(GitRepos(settings).head("key")) == head


def test_an_upstream_that_never_answers_is_given_up_in_time(
    settings: Settings, upstream: Upstream
) -> None:
    upstream.silent.set()
    error = refusal(settings.model_copy(update={"repository_timeout_s": 1.0}), upstream.url)
    assert error.code == "repository-slow"
    assert "within 1 seconds" in error.message


def test_a_commit_that_was_served_outlives_a_force_push(
    settings: Settings, upstream: Upstream
) -> None:
    old = refreshed(settings, upstream.url).commit
    upstream.amend({})
    assert refreshed(settings, upstream.url).commit != old
    mirror = GitRepos(settings).path("key")
    git("gc", "-q", "--prune=now", cwd=mirror)
    assert git("cat-file", "-t", old, cwd=mirror) == "commit"


def test_an_author_can_push_where_pushing_is_allowed(
    settings: Settings, upstream: Upstream
) -> None:
    (upstream.work / "large.bin").write_bytes(os.urandom(3_000_000))
    git("add", "-A", cwd=upstream.work)
    git("commit", "-qm", "Over HTTP", cwd=upstream.work)
    git("push", "-q", upstream.url, "HEAD:main", cwd=upstream.work)
    pushed = git("rev-parse", "HEAD", cwd=upstream.work)
    assert refreshed(settings, upstream.url).commit == pushed


def test_a_deleted_branch_makes_way_for_one_beneath_its_name(
    settings: Settings, upstream: Upstream
) -> None:
    git("push", "-q", "origin", "HEAD:refs/heads/week", cwd=upstream.work)
    refreshed(settings, upstream.url, branch="week")
    git("push", "-q", "origin", ":week", cwd=upstream.work)
    git("push", "-q", "origin", "HEAD:refs/heads/week/1", cwd=upstream.work)
    assert refreshed(settings, upstream.url, branch="week/1").branch == "week/1"


def test_a_repository_larger_than_the_bound_is_refused_and_leaves_nothing(
    settings: Settings, upstream: Upstream
) -> None:
    (upstream.work / "big.bin").write_bytes(os.urandom(3_000_000))
    upstream.publish({})
    small = settings.model_copy(update={"repository_max_bytes": 1_000_000})
    assert refusal(small, upstream.url).code == "repository-too-large"
    assert [p.name for p in (settings.data_dir / "mirrors").iterdir()] == ["key.lock"]


def test_an_empty_repository_is_told_to_be_empty(
    settings: Settings, upstream: Upstream, tmp_path: Path
) -> None:
    git("init", "-q", "--bare", "empty.git", cwd=tmp_path)
    upstream.repository.rename(upstream.folder / "full.git")
    (tmp_path / "empty.git").rename(upstream.repository)
    assert refusal(settings, upstream.url).code == "repository-empty"


def test_a_repository_that_is_not_there_is_told_to_be_missing(
    settings: Settings, upstream: Upstream
) -> None:
    error = refusal(settings, upstream.url.replace("intro", "other"))
    assert isinstance(error, Invalid)
    assert error.code == "repository-missing"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/intro.git",
        "http://localhost:{port}/intro.git",
        "http://[::ffff:127.0.0.1]:{port}/intro.git",
        "http://2130706433:{port}/intro.git",
        "http://10.0.0.1/intro.git",
        "http://169.254.169.254/intro.git",
    ],
)
def test_addresses_inside_the_hub_are_refused_by_default(
    settings: Settings, upstream: Upstream, url: str
) -> None:
    closed = settings.model_copy(update={"allow_private_repositories": False})
    port = upstream.url.split(":")[2].split("/")[0]
    assert isinstance(refusal(closed, url.format(port=port)), Refused)
    assert upstream.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "https://ada:secret@git.example.org/intro.git",
        "https://secret@git.example.org/intro.git",
        "https://git.example.org/intro.git?token=secret",
        "file:///etc",
        "ssh://git@git.example.org/intro.git",
        "ext::sh -c whoami",
        "--upload-pack=whoami",
        "/etc",
        "https://git.example.org/a\nb",
        "",
    ],
)
def test_addresses_with_credentials_or_of_other_protocols_are_refused(
    settings: Settings, url: str
) -> None:
    error = refusal(settings, url)
    assert error.code == "repository-url"
    assert "secret" not in error.message


def test_a_tree_that_would_write_into_gits_own_folder_is_refused(
    settings: Settings, upstream: Upstream
) -> None:
    blob = git("hash-object", "-w", "README.md", cwd=upstream.work)
    entries = upstream.folder / "entries"
    entries.write_text(f"100644 blob {blob}\tconfig\n")
    inner = _tree(upstream.work, entries)
    entries.write_text(f"040000 tree {inner}\t.GIT\n")
    outer = _tree(upstream.work, entries)
    commit = git("commit-tree", outer, "-m", "Hostile", cwd=upstream.work)
    git("push", "-qf", "origin", f"{commit}:refs/heads/main", cwd=upstream.work)
    assert refusal(settings, upstream.url).code == "repository-unsafe"


def _tree(work: Path, entries: Path) -> str:
    with entries.open() as listed:
        done = subprocess.run(
            ["git", "mktree"], cwd=work, stdin=listed, check=True, capture_output=True, text=True
        )
    return done.stdout.strip()


def test_a_service_killed_in_its_first_fetch_recovers(
    settings: Settings, upstream: Upstream
) -> None:
    upstream.silent.set()
    _killed_while_fetching(settings, upstream)
    upstream.silent.clear()
    assert refreshed(settings, upstream.url).branch == "main"


def test_locks_of_a_killed_fetch_are_cleared(settings: Settings, upstream: Upstream) -> None:
    refreshed(settings, upstream.url)
    mirror = GitRepos(settings).path("key")
    for name in ("HEAD.lock", "config.lock", "packed-refs.lock", "refs/heads/main.lock"):
        (mirror / name).touch()
    (mirror / "objects" / "pack" / "tmp_pack_x").write_bytes(b"half")
    pushed = upstream.publish({"new.txt": "new\n"})
    assert refreshed(settings, upstream.url).commit == pushed
    assert not list(mirror.rglob("tmp_pack_*"))


def _killed_while_fetching(settings: Settings, upstream: Upstream) -> None:
    program = """
        import asyncio, sys
        from coursehub.adapters.git import GitRepos
        from coursehub.settings import Settings
        settings = Settings.model_validate_json(sys.argv[1])
        asyncio.run(GitRepos(settings).refresh("key", sys.argv[2]))
    """
    shown = settings.model_copy(update={"repository_timeout_s": 120}).model_dump_json(
        include={"data_dir", "allow_private_repositories", "repository_timeout_s"}
    )
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), shown, upstream.url]
    )
    deadline = time.monotonic() + 60
    while not upstream.requests and time.monotonic() < deadline:
        time.sleep(0.02)
    assert upstream.requests
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
