"""Requests to stop: heard once, and never in the middle of what must be whole."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from demo.stage import ROOT

CODE = """
import os, signal
from demo import stopping
stopping.listen()
def ask(how):
    os.kill(os.getpid(), how)
"""


def said(code: str) -> list[str]:
    """What the lines printed, in a process of their own."""
    command = [sys.executable, "-c", CODE + code]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert not done.stderr
    return done.stdout.splitlines()


def test_whoever_asks_twice_does_not_cut_the_cleaning_up_short() -> None:
    assert said("""
try:
    ask(signal.SIGHUP)
except KeyboardInterrupt:
    ask(signal.SIGHUP)
    ask(signal.SIGINT)
    print("cleaned up")
""") == ["cleaned up"]


def test_what_must_be_whole_is_finished_before_a_request_is_heard() -> None:
    assert said("""
try:
    with stopping.undisturbed():
        ask(signal.SIGTERM)
        print("whole")
    print("never reached")
except KeyboardInterrupt:
    print("heard")
""") == ["whole", "heard"]


def test_a_program_under_nohup_outlives_its_terminal() -> None:
    assert said("""
signal.signal(signal.SIGHUP, signal.SIG_IGN)
stopping.listen()
ask(signal.SIGHUP)
with stopping.undisturbed():
    ask(signal.SIGHUP)
print("goes on")
""") == ["goes on"]


def test_a_request_in_the_middle_of_an_import_leaves_the_exit_status_alone(tmp_path: Path) -> None:
    """CPython would end by SIGINT instead: exec of a string is how dataclasses are made."""
    heard = """
try:
    exec("ask(signal.SIGHUP)")
except KeyboardInterrupt:
    raise SystemExit(3)
"""
    (tmp_path / "importing.py").write_text(CODE + heard)
    paths = os.pathsep.join([str(ROOT), str(tmp_path)])
    command = [sys.executable, "-m", "importing"]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, check=False, timeout=60)
    assert done.returncode == 3


def test_nothing_that_a_part_started_goes_on_after_it() -> None:
    """Not even what lost its parent and took a session of its own."""
    orphan = "import subprocess as s; print(s.Popen(['sleep', '99'], start_new_session=True).pid)"
    lines = said(f"""
import subprocess, sys
from demo import part
subprocess.run(part.command(sys.executable, "-c", {orphan!r}))
""")
    (pid,) = map(int, lines)
    assert not is_alive(pid)


def is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
