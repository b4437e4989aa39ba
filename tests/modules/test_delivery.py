import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from coursehub_lab.complaints import meaning
from tests.modules.actors import COURSE, Student, Upstream, cells_of, events, notebook


def test_a_first_delivery_brings_the_course_into_the_home(sam: Student) -> None:
    last = sam.deliver()[-1]
    assert last["event"] == "done"
    assert [(m["name"], m["folder"], m["path"]) for m in last["modules"]] == [
        ("one", "intro", "one/one.ipynb"),
        ("two", "intro", "two"),
    ]
    assert cells_of(sam.path("one/one.ipynb")) == ["import math", "radius = 1", "area = 3 * radius"]


def test_a_students_cell_and_an_upstream_fix_in_another_are_both_there(
    sam: Student, upstream: Upstream
) -> None:
    sam.deliver()
    sam.path("one/one.ipynb").write_text(
        notebook("import math", "radius = 42  # mine", "area = 3 * radius")
    )
    upstream.publish(
        {"one/one.ipynb": notebook("import math", "radius = 1", "area = math.pi * radius**2")}
    )
    assert sam.deliver()[-1]["event"] == "done"
    assert cells_of(sam.path("one/one.ipynb")) == [
        "import math",
        "radius = 42  # mine",
        "area = math.pi * radius**2",
    ]


def test_where_both_changed_the_same_cell_the_students_stays(
    sam: Student, upstream: Upstream
) -> None:
    sam.deliver()
    sam.path("one/one.ipynb").write_text(notebook("import math", "radius = 42", "area = 0"))
    upstream.publish({"one/one.ipynb": notebook("import math", "radius = 7", "area = 0")})
    assert sam.deliver()[-1]["event"] == "done"
    assert cells_of(sam.path("one/one.ipynb"))[1] == "radius = 42"


def test_a_students_own_file_is_kept_where_upstream_adds_one_of_the_same_name(
    sam: Student, upstream: Upstream
) -> None:
    sam.deliver()
    sam.path("étude.txt").write_text("mine\n")
    upstream.publish({"étude.txt": "theirs\n"})
    told = sam.deliver()
    assert told[-1]["event"] == "done"
    assert sam.path("étude.txt").read_text() == "theirs\n"
    kept = [p for p in sam.path("").iterdir() if p.name.startswith("étude__")]
    assert [p.read_text() for p in kept] == ["mine\n"]
    assert any(kept[0].name in event.get("text", "") for event in told)


def test_the_token_is_in_no_file_of_the_checkout(sam: Student) -> None:
    sam.deliver()
    for path in sam.home.rglob("*"):
        if path.is_file():
            assert sam.token.encode() not in path.read_bytes(), path


def test_the_token_is_in_no_argument_of_any_process(sam: Student, upstream: Upstream) -> None:
    sam.deliver()
    upstream.publish({"README.md": "new\n"})
    seen: set[str] = set()
    under_way = sam.start()
    while under_way.poll() is None:
        seen |= _commands_below(under_way.pid)
    assert events(under_way)[-1]["event"] == "done"
    assert any("git" in command for command in seen)
    assert not any(sam.token in command for command in seen)


def _commands_below(pid: int) -> set[str]:
    """The command lines of a process and of all that it started, as `ps` shows them to anyone."""
    found = set()
    try:
        found.add(Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " "))
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return found
    return found.union(*(_commands_below(int(child)) for child in children))


def test_two_deliveries_at_once_do_not_collide(sam: Student, upstream: Upstream) -> None:
    assert [last["event"] for last in at_once(sam)] == ["done"] * 3
    sam.path("README.md").write_text("An introduction. Mine.\n")
    upstream.publish({"two/table.csv": "a,b\n1,3\n"})
    assert [last["event"] for last in at_once(sam)] == ["done"] * 3
    assert sam.path("README.md").read_text() == "An introduction. Mine.\n"
    assert sam.path("two/table.csv").read_text() == "a,b\n1,3\n"


def at_once(student: Student) -> list[dict[str, Any]]:
    """The last words of three deliveries that were begun together."""
    return [events(process)[-1] for process in [student.start() for _ in range(3)]]


def test_someone_outside_the_course_is_told_so(sam: Student, tmp_path: Path) -> None:
    eve = Student(name="eve", home=tmp_path / "eve", service_url=sam.service_url)
    eve.home.mkdir()
    last = eve.deliver()[-1]
    assert last["event"] == "error"
    assert last["text"] == "There is no such course, or you are not in it."
    assert not (eve.home / "intro").exists()


def test_while_the_service_is_down_the_home_stays_and_what_is_there_is_named(
    sam: Student,
) -> None:
    sam.deliver()
    sam.path("README.md").write_text("mine\n")
    sam.service_url = "http://127.0.0.1:9/services/coursehub/"
    last = sam.deliver()[-1]
    assert last["event"] == "error"
    assert "cannot be reached" in last["text"]
    assert [m["folder"] for m in last["modules"]] == ["intro", "intro"]
    assert sam.path("README.md").read_text() == "mine\n"


def test_a_folder_of_the_students_own_is_not_touched(sam: Student) -> None:
    sam.path("").mkdir()
    sam.path("diary.txt").write_text("mine\n")
    last = sam.deliver()[-1]
    assert last["event"] == "error"
    assert "rename it" in last["text"]
    assert [p.name for p in sam.path("").iterdir()] == ["diary.txt"]


@pytest.mark.parametrize("delay_s", [0.1, 0.4])
def test_a_delivery_that_is_killed_leaves_nothing_that_stops_the_next(
    sam: Student, upstream: Upstream, delay_s: float
) -> None:
    sam.deliver()
    sam.path("README.md").write_text("An introduction. Mine.\n")
    upstream.publish({"two/table.csv": "a,b\n1,3\n"})
    under_way = sam.start()
    assert under_way.stdout is not None
    under_way.stdout.readline()  # it has begun
    time.sleep(delay_s)
    os.kill(under_way.pid, signal.SIGKILL)
    under_way.communicate()
    assert sam.deliver()[-1]["event"] == "done"
    assert sam.path("README.md").read_text() == "An introduction. Mine.\n"
    assert sam.path("two/table.csv").read_text() == "a,b\n1,3\n"


def test_a_merge_that_was_killed_half_way_is_undone_and_done_again(
    sam: Student, upstream: Upstream
) -> None:
    sam.deliver()
    sam.path("one/one.ipynb").write_text(notebook("import math", "radius = 42", "area = 0"))
    upstream.publish(
        {"one/one.ipynb": notebook("import cmath", "radius = 1", "area = 0"), "new.txt": "new\n"}
    )
    _die_while_merging(sam)
    assert sam.deliver()[-1]["event"] == "done"
    assert cells_of(sam.path("one/one.ipynb")) == ["import cmath", "radius = 42", "area = 0"]
    assert sam.path("new.txt").read_text() == "new\n"
    assert not list(sam.home.rglob("*__2*")), "what was cut short is nobody's work"


def _die_while_merging(sam: Student) -> None:
    """A delivery up to its merge, and the state in which a killed merge leaves a home."""
    listing = f"{sam.service_url}api/v1/courses/{COURSE}/modules"
    httpx.get(listing, headers={"Authorization": f"token {sam.token}"}, timeout=60)
    checkout = sam.path("")
    env = sam.environment | {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{sam.service_url}.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: token {sam.token}",
    }

    def run(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=checkout, env=env, check=True, capture_output=True)

    run("fetch", "origin", "+refs/heads/main:refs/remotes/origin/main")
    run("-c", "user.name=n", "-c", "user.email=e@x", "commit", "-qam", "Automatic commit")
    (checkout / ".git" / "index.lock").touch()
    whole = sam.path("one/one.ipynb").read_text()
    sam.path("one/one.ipynb").write_text(whole[: len(whole) // 2])
    sam.path("new.txt").write_text("ne")
    (lock,) = (sam.home / ".coursehub" / "locks").iterdir()
    lock.write_text("begun merging")


def test_a_kept_list_of_modules_is_no_way_out_of_the_home(sam: Student) -> None:
    memory = sam.home / ".coursehub" / "modules" / f"{COURSE}.json"
    memory.parent.mkdir(parents=True)
    escape = {"name": "x", "title": "x", "path": "../../etc", "folder": "intro"}
    memory.write_text(json.dumps([escape]))
    sam.service_url = "http://127.0.0.1:9/"
    assert sam.deliver()[-1]["modules"] == []


def test_the_default_branch_may_be_renamed(sam: Student, upstream: Upstream) -> None:
    sam.deliver()
    sam.path("README.md").write_text("mine\n")
    upstream.rename_branch("trunk")
    upstream.publish({"two/table.csv": "x\n"}, branch="trunk")
    assert sam.deliver()[-1]["event"] == "done"
    assert sam.path("two/table.csv").read_text() == "x\n"
    assert sam.path("README.md").read_text() == "mine\n"


def test_upstream_may_change_its_history(sam: Student, upstream: Upstream) -> None:
    upstream.publish({"two/table.csv": "a,b\n1,3\n"})
    sam.deliver()
    sam.path("README.md").write_text("mine\n")
    upstream.amend({"new.txt": "new\n"})
    assert sam.deliver()[-1]["event"] == "done"
    assert sam.path("new.txt").read_text() == "new\n"
    assert sam.path("README.md").read_text() == "mine\n"
    assert sam.path("two/table.csv").read_text() == "a,b\n1,3\n"


@pytest.mark.parametrize(
    "said",
    [
        "fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output",
        "fatal: sha1 file 'intro/.git/index.lock' write error. Out of diskspace",
        "error: unable to write file big.bin",
    ],
)
def test_a_full_disk_is_told_to_be_full(said: str) -> None:
    """Git's words on a file system of a few megabytes."""
    assert meaning(said, folder="intro").startswith("Your disk is full")
