"""The promises of the port Blobs, over a folder and over an object store (fsspec's memory)."""

import hashlib
import io
import uuid
from pathlib import Path

import pytest

from coursehub.adapters.blobs import FsspecBlobs
from coursehub.errors import Invalid, Missing


class Pipe(io.RawIOBase):
    """A source that can be read once."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's wider Buffer
        return self._content.readinto(buffer)


@pytest.fixture(params=["folder", "object store"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> FsspecBlobs:
    folder = f"file://{tmp_path}/blobs"
    return FsspecBlobs(folder if request.param == "folder" else f"memory://{uuid.uuid4().hex}")


@pytest.mark.parametrize("content", [b"", b"some work", bytes(3_000_000)])
def test_what_was_put_is_read_back_under_its_sha256(blobs: FsspecBlobs, content: bytes) -> None:
    for source in (io.BytesIO(content), io.BufferedReader(Pipe(content))):
        blob = blobs.put(source, max_bytes=3_000_000)
        assert (blob.sha256, blob.size_bytes) == (
            hashlib.sha256(content).hexdigest(),
            len(content),
        )
        with blobs.open(blob.sha256) as found:
            assert found.read() == content


def test_more_than_the_bound_is_refused_and_not_kept(blobs: FsspecBlobs) -> None:
    for source in (io.BytesIO(b"12345"), io.BufferedReader(Pipe(b"12345"))):
        with pytest.raises(Invalid, match="4 bytes"):
            blobs.put(source, max_bytes=4)
    with pytest.raises(Missing):
        blobs.open(hashlib.sha256(b"12345").hexdigest())


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "0" * 63, "G" * 64, "0" * 64])
def test_what_is_not_there_is_missing(blobs: FsspecBlobs, name: str) -> None:
    with pytest.raises(Missing):
        blobs.open(name)


def test_a_blob_once_written_is_never_written_again(tmp_path: Path) -> None:
    blobs = FsspecBlobs(f"file://{tmp_path}/blobs")
    for _ in range(2):
        sha256 = blobs.put(io.BytesIO(b"common"), max_bytes=10).sha256
        path = tmp_path / "blobs" / sha256[:2] / sha256
        assert list(path.parent.iterdir()) == [path]
        inode = path.stat().st_ino
    assert path.stat().st_ino == inode
    assert path.stat().st_mode & 0o077 == 0
