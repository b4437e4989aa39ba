"""Folders as tars and back: plain files, and nothing else either way."""

import hashlib
import os
import shutil
import stat
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

_CHUNK = 1 << 20

Ignore = Callable[[str, list[str]], "set[str] | list[str]"]


class BadFolder(Exception):
    """A folder that cannot be sent, or a tar that cannot be unpacked, with a sentence why."""


def files_of(folder: Path, *, ignore: Ignore) -> dict[str, Path]:
    """
    The plain files under the folder by relative path with slashes, in order.

    Links to files are sent as the files they point to; links to folders,
    sockets and the like are left out. `ignore` is asked as shutil.copytree asks it.
    """
    found: dict[str, Path] = {}
    for where, folders, names in os.walk(folder):
        left_out = set(ignore(where, [*folders, *names]))
        folders[:] = sorted(name for name in folders if name not in left_out)
        for name in sorted(set(names) - left_out):
            path = Path(where) / name
            if path.is_file():
                found[path.relative_to(folder).as_posix()] = path
    return found


@contextmanager
def packed(files: Mapping[str, Path]) -> Iterator[BinaryIO]:
    """A temporary tar of the files; the same files give the same bytes."""
    with tempfile.TemporaryFile() as archive:
        with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name, path in sorted(files.items()):
                _add(tar, name, path)
        archive.seek(0)
        yield cast("BinaryIO", archive)


def _add(tar: tarfile.TarFile, name: str, path: Path) -> None:
    try:
        name.encode()
    except UnicodeEncodeError as cause:
        raise BadFolder(f"The name of the file {name!a} is not UTF-8; rename it.") from cause
    try:
        with path.open("rb") as content:
            member = tarfile.TarInfo(name)
            member.size = os.fstat(content.fileno()).st_size
            tar.addfile(member, content)
    except OSError as cause:
        why = cause.strerror or "it changed meanwhile"
        raise BadFolder(f"The file {name} could not be read: {why}.") from cause


def digest(archive: BinaryIO) -> str:
    """The SHA-256 of a tar, which stands at its beginning afterwards."""
    hashed = hashlib.sha256()
    while chunk := archive.read(_CHUNK):
        hashed.update(chunk)
    archive.seek(0)
    return hashed.hexdigest()


def unpack(archive: BinaryIO, into: Path) -> None:
    """The tar's plain files in the folder, which is made; anything else in it is refused."""
    archive.seek(0)
    into.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(fileobj=archive, mode="r:") as tar:
            for member in tar:
                if not member.isreg() or member.issparse():
                    raise BadFolder("The course service sent something that is not a plain file.")
                _write(tar, member, into)
    except (tarfile.TarError, EOFError) as cause:
        raise BadFolder("The files from the course service did not arrive whole.") from cause


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> None:
    """
    One file of the tar in the folder, never outside of it.

    Not by TarFile.extract, whose filter for that (PEP 706) the first releases
    of Python 3.11 do not have.
    """
    path, content = PurePosixPath(member.name), tar.extractfile(member)
    if content is None or path.is_absolute() or ".." in path.parts or "\\" in member.name:
        raise BadFolder("The course service sent a file that would lie outside the folder.")
    target = into / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        shutil.copyfileobj(content, file, _CHUNK)


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """An empty folder next to the target, to be renamed into its place; gone afterwards."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=".coursehub-"))
    folder.chmod(stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
