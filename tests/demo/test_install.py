"""What make does first, on a machine that has little or was interrupted."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import install


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the environment is to stand; nothing is there yet."""
    folder = tmp_path / ".venv"
    monkeypatch.setattr(install, "VENV", folder)
    return folder


@pytest.fixture
def bare_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python as Debian ships it without python3-venv, and nobody who may install that."""
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setenv("PATH", "")


def test_an_environment_whose_making_was_interrupted_is_made_anew(venv: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    install.make_environment()
    subprocess.run([venv / "bin" / "python", "-m", "pip", "--version"], check=True)
    kept = venv / "kept"
    kept.touch()
    install.make_environment()
    assert kept.exists(), "an environment that stands was made anew"


@pytest.mark.usefixtures("bare_python")
def test_a_python_that_can_make_no_environment_is_said_so_in_one_line(
    venv: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert install.main("demo") == 1
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "apt-get" in line]
    assert "sudo apt-get install python3-venv" in line
    assert not venv.exists()


@pytest.mark.usefixtures("bare_python")
def test_an_environment_that_stands_needs_nothing_to_make_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(install, "VENV", Path(sys.prefix))
    assert "python3-venv" not in install._missing("demo")
