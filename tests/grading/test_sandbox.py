"""Hostile notebooks, each in a sandbox of its own."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from coursehub.adapters.autograde import confinement, sandbox
from coursehub.adapters.autograde.parcel import Bounds, CellRun, Parcel, Run
from coursehub.adapters.autograde.rebuilding import rebuilt
from coursehub.errors import Invalid
from tests.grading.notebooks import cell as nb_cell
from tests.grading.notebooks import notebook


@pytest.fixture(autouse=True)
def _nothing_is_left_running() -> Iterator[None]:
    yield
    left = [one for one in psutil.Process().children(recursive=True) if "-I" in _argv(one)]
    assert left == []


def _argv(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def run(*cells: str, files: dict[str, bytes] | None = None, **bounds: Any) -> Run:
    parcel = Parcel(notebook=notebook(*cells), files=files or {})
    return sandbox.run(parcel, Bounds(**bounds))


def text(ran: CellRun) -> str:
    return "".join(out["text"] for out in ran.outputs if out["output_type"] == "stream")


def errors(ran: CellRun) -> list[str]:
    return [out["ename"] for out in ran.outputs if out["output_type"] == "error"]


def test_cells_run_with_the_submissions_files_and_nothing_else() -> None:
    ran = run(
        "print(open('data/x.csv').read(), end='')",
        "import os; print(sorted(n for n in os.listdir('.') if n[0] not in '.k'), end='')",
        "1 + 1",
        files={"data/x.csv": b"1,2"},
    )
    assert ran.cut_short == ""
    assert text(ran.cells[0]) == "1,2"
    assert text(ran.cells[1]) == "['data']"
    assert ran.cells[2].outputs[0]["data"] == {"text/plain": "2"}
    assert ran.cells[2].execution_count == 3


def test_the_network_the_host_and_its_secrets_are_out_of_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSEHUB_HUB_TOKEN", "secret-token")
    gradebook = tmp_path / "gradebook.db"
    gradebook.write_text("grades")
    gradebook.chmod(0o666)
    tmp_path.chmod(0o777)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        ran = run(
            f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)",
            "import socket; socket.create_connection(('192.0.2.1', 80), 2)",
            f"open({str(gradebook)!r})",
            f"open({str(Path(sandbox.__file__))!r})",
            "open('/etc/passwd')",
            "open('/usr/x', 'w')",
            "import os; print(dict(os.environ), os.getuid())",
            "import os; print(len([p for p in os.listdir('/proc') if p.isdigit()]) < 10)",
        )
    if ran.confinement == "limits alone":
        pytest.skip("this machine cannot build walls")
    assert errors(ran.cells[0]) == ["ConnectionRefusedError"]
    assert errors(ran.cells[1]) == ["OSError"]
    assert errors(ran.cells[2]) == errors(ran.cells[3]) == errors(ran.cells[4])
    assert errors(ran.cells[4]) == ["FileNotFoundError"]
    assert errors(ran.cells[5]) in (["OSError"], ["PermissionError"])
    assert "secret-token" not in text(ran.cells[6])
    assert text(ran.cells[6]).split()[-1] != "0"
    assert text(ran.cells[7]) == "True\n"


def test_an_endless_cell_is_stopped_and_the_next_one_runs() -> None:
    ran = run("x = 1", "while True: pass", "print(x)", cell_s=2)
    assert "CellTimeoutError" in errors(ran.cells[1])
    assert text(ran.cells[2]) == "1\n"


def test_a_cell_that_cannot_be_stopped_ends_the_run_with_a_reason() -> None:
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    ran = run("print(1)", stubborn, "print(2)", cell_s=2)
    assert text(ran.cells[0]) == "1\n"
    assert 2 not in ran.cells
    assert "could not be stopped" in ran.cut_short


def test_the_whole_notebook_has_a_time_and_keeps_what_it_did(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sandbox, "_STARTUP_S", 10.0)
    began = time.monotonic()
    ran = run("print(1)", "import time; time.sleep(120)", cell_s=120, wall_s=5)
    assert time.monotonic() - began < 60
    assert text(ran.cells[0]) == "1\n"
    assert "time" in ran.cut_short


def test_a_memory_eater_gets_an_error_and_the_next_cell_runs() -> None:
    ran = run("x = bytearray(2_000_000_000)", "print(2)", memory_bytes=1_000_000_000)
    assert errors(ran.cells[0]) == ["MemoryError"]
    assert text(ran.cells[1]) == "2\n"


def test_many_processes_that_eat_memory_together_are_ended() -> None:
    eat = """
import os, time
print('eating')
for _ in range(8):
    if os.fork() == 0:
        x = os.urandom(100_000_000)
        time.sleep(60)
time.sleep(60)
"""
    ran = run("print(1)", eat, memory_bytes=600_000_000, cell_s=60)
    assert text(ran.cells[0]) == "1\n"
    assert "memory" in ran.cut_short


def test_a_fork_bomb_ends_with_the_run() -> None:
    bomb = "import os\ntry:\n    while True: os.fork()\nexcept BaseException: pass"
    began = time.monotonic()
    run("print(1)", bomb, cell_s=2, wall_s=10)
    assert time.monotonic() - began < 120


def test_a_flood_of_output_is_cut_and_the_next_cell_runs() -> None:
    ran = run("for _ in range(100): print('x' * 1_000_000)", "print(2)")
    assert len(json.dumps(ran.cells[0].outputs)) < 2_100_000
    assert "left out" in text(ran.cells[0])
    assert text(ran.cells[1]) == "2\n"


def test_a_full_disk_is_the_cells_own_trouble() -> None:
    ran = run("open('big', 'wb').write(bytes(10**8) * 4)", "print(2)")
    assert errors(ran.cells[0]) == ["OSError"]
    assert text(ran.cells[1]) == "2\n"


def test_a_cell_that_ends_the_kernel_says_so() -> None:
    ran = run("print(1)", "import os; os._exit(0)", "print(2)")
    assert text(ran.cells[0]) == "1\n"
    assert errors(ran.cells[1]) == ["DeadKernelError"]
    assert 2 not in ran.cells
    assert "ended the kernel" in ran.cut_short


def test_a_cell_that_asks_for_input_fails_at_once() -> None:
    assert errors(run("input('?')", cell_s=20).cells[0]) == ["StdinNotImplementedError"]


def test_an_error_that_hides_its_traceback_is_an_error_all_the_same() -> None:
    hide = "get_ipython().showtraceback = lambda *a, **k: None"
    assert errors(run(hide, "1 / 0").cells[1]) == ["ZeroDivisionError"]


def test_the_students_code_cannot_answer_in_the_runners_place() -> None:
    forge = """
import glob, os
done = 0
for path in glob.glob('/proc/[0-9]*/fd/*'):
    if path.split('/')[2] == str(os.getpid()):
        continue
    try:
        with open(path, 'wb', buffering=0) as stream:
            stream.write(b'{"cell": 1, "outputs": [], "execution_count": 1}\\n')
            done += 1
    except OSError:
        pass
os.write(1, b'{"cell": 1, "outputs": [], "execution_count": 1}\\n')
print(done)
"""
    ran = run(forge, "assert False")
    assert errors(ran.cells[1]) == ["AssertionError"]


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", ""])
def test_a_file_that_leads_out_of_the_submission_is_refused(path: str) -> None:
    with pytest.raises(Invalid):
        run("1", files={path: b""})


def test_no_students_code_runs_as_root() -> None:
    found = confinement.confinement(files_bytes=1_000_000)
    assert found.user != 0
    assert os.geteuid() != 0 or found.user or "--reuid=65534" in found.argv


def sent() -> Any:
    """What was sent: a text, a student's cell, a test worth 3 points."""
    test = nb_cell("assert f == 2", grade_id="test", grade=True, points=3)
    written = notebook(nb_cell("# ps1", "markdown"), "f = 1", test).decode()
    return nbformat.reads(written, as_version=4)  # type: ignore[no-untyped-call]  # half typed


def cell(*outputs: Any, count: Any = 1) -> CellRun:
    return CellRun(outputs=outputs, execution_count=count)


def test_only_outputs_come_back() -> None:
    original = sent()
    stream = {"output_type": "stream", "name": "stdout", "text": "hi", "cells": [], "x": 1}
    back = rebuilt(original, Run(cells={1: cell(stream), 2: cell()}))
    assert [one.source for one in back.cells] == [one.source for one in original.cells]
    assert back.cells[2].metadata == original.cells[2].metadata
    assert back.cells[1].outputs == [{"output_type": "stream", "name": "stdout", "text": "hi"}]
    nbformat.validate(back)


@pytest.mark.parametrize(
    "forged",
    [
        "text",
        {"output_type": "pyout"},
        {"output_type": "stream", "name": "stdout"},
        {"output_type": "stream", "name": "stdout", "text": {"a": 1}},
        {"output_type": "error", "ename": 1, "evalue": "", "traceback": []},
        {"output_type": "execute_result", "data": []},
        None,
    ],
)
def test_what_is_no_output_counts_as_an_error(forged: Any) -> None:
    back = rebuilt(sent(), Run(cells={1: cell(), 2: cell(forged, count="many")}))
    assert [out.ename for out in back.cells[2].outputs] == ["OutputError"]
    assert back.cells[2].execution_count is None
    nbformat.validate(back)


def test_cells_that_do_not_exist_are_not_made() -> None:
    back = rebuilt(sent(), Run(cells={0: cell(), 1: cell(), 2: cell(), 3: cell(), -1: cell()}))
    assert len(back.cells) == 3
    assert "outputs" not in back.cells[0]


def test_a_cell_that_did_not_run_fails_with_the_reason() -> None:
    back = rebuilt(sent(), Run(cells={1: cell()}, cut_short="Not run to its end: no time."))
    (output,) = back.cells[2].outputs
    assert (output.ename, output.evalue) == ("NotRunError", "Not run to its end: no time.")


BARE = """
import json, os
os.environ["PATH"] = "/nowhere"  # no bubblewrap there
from coursehub.adapters.autograde import sandbox
from coursehub.adapters.autograde.parcel import Bounds, Parcel
from tests.grading.notebooks import notebook
cells = ("import os; print(os.environ)", "x = bytearray(3 * 10**9)", "print(2)")
ran = sandbox.run(Parcel(notebook=notebook(*cells)), Bounds())
print(json.dumps([ran.confinement, [list(one.outputs) for one in ran.cells.values()]]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="root plays the ordinary account here")
def test_without_bubblewrap_an_ordinary_account_keeps_limits_and_says_so() -> None:
    # The capability lets the account read a Python that lies in root's home.
    drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    able = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    secret = {"COURSEHUB_HUB_TOKEN": "secret-token"}
    path = os.pathsep.join(["services", "."])
    ended = subprocess.run(
        [*drop, *able, sys.executable, "-c", BARE],
        capture_output=True, check=True, text=True, timeout=120,
        env={**os.environ, **secret, "PYTHONPATH": path, "TMPDIR": "/tmp"},
    )  # fmt: skip
    name, (first, second, third) = json.loads(ended.stdout)
    assert name == "limits alone"
    assert "limits alone" in ended.stderr
    assert "secret-token" not in first[0]["text"]
    assert second[0]["ename"] == "MemoryError"
    assert third[0]["text"] == "2\n"
