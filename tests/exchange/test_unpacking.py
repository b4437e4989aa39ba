"""What a user's server takes out of a tar that the service sent."""

import io
import tarfile
from pathlib import Path

import pytest

from coursehub_lab.exchange.tars import BadFolder, unpack


def tar_of(**files: bytes) -> io.BytesIO:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return packed


def test_files_and_their_folders_arrive_as_they_were_sent(tmp_path: Path) -> None:
    unpack(tar_of(**{"ps1.ipynb": b"{}", "data/übung.csv": b"a,b\n"}), tmp_path / "ps1")
    assert (tmp_path / "ps1" / "ps1.ipynb").read_bytes() == b"{}"
    assert (tmp_path / "ps1" / "data" / "übung.csv").read_bytes() == b"a,b\n"


@pytest.mark.parametrize("name", ["../out", "a/../../out", "/out", "a\\..\\out"])
def test_nothing_is_written_outside_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadFolder):
        unpack(tar_of(**{name: b"mine"}), tmp_path / "ps1")
    assert [path.name for path in tmp_path.rglob("*")] == ["ps1"]


def test_a_tar_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    whole = tar_of(**{"ps1.ipynb": b"x" * 5000}).getvalue()
    with pytest.raises(BadFolder):
        unpack(io.BytesIO(whole[:2000]), tmp_path / "ps1")
