"""What must not come in, and what it must not cost."""

import contextlib
import io
import os
import select
import socket
import tarfile
import unicodedata
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.exchange.actors import Caller, tar_of, tar_with
from tests.exchange.campus import TOKEN
from tests.exchange.conftest import School, Service


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing of this reaches a database."""
    return f"sqlite:///{tmp_path / 'coursehub.sqlite'}"


def member(name: str, kind: bytes = tarfile.REGTYPE, *, size: int = 0) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type = kind
    found.size = size
    return found


def link(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    found = member(name, kind)
    found.linkname = target
    return found


@pytest.mark.parametrize(
    "name",
    [
        "../ps1.ipynb",
        "a/../../ps1.ipynb",
        "/etc/cron.d/ps1",
        "a//b",
        "a/./b",
        "..",
        "a\\..\\b.ipynb",
        "C:/ps1.ipynb",
        "c:ps1.ipynb",
        "a\nb",
        "a\x1b[2Jb",
        "a\u202egnp.exe",
        "x" * 300,
        "/".join(["deep"] * 400),
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused(ps1: School, name: str) -> None:
    answer = ps1.caller("ada").submit(tar_of({"ps1.ipynb": b"{}", name: b"x"}))
    assert (answer.status_code, answer.json()["code"]) == (422, "unsafe-path")
    assert all(sign.isprintable() for sign in answer.json()["detail"])
    assert ps1.caller("ada").submissions() == []


@pytest.mark.parametrize(
    "special",
    [
        link("a", "/etc/passwd", tarfile.SYMTYPE),
        link("a", "ps1.ipynb", tarfile.LNKTYPE),
        member("a", tarfile.CHRTYPE),
        member("a", tarfile.BLKTYPE),
        member("a", tarfile.FIFOTYPE),
        member("a", tarfile.CONTTYPE),
    ],
    ids=["symlink", "hard link", "character device", "block device", "pipe", "contiguous"],
)
def test_links_and_devices_are_refused(ps1: School, special: tarfile.TarInfo) -> None:
    tar = tar_with([(member("ps1.ipynb", size=2), b"{}"), (special, b"")])
    answer = ps1.caller("ada").submit(tar)
    assert (answer.status_code, answer.json()["code"]) == (422, "not-a-file")
    assert ps1.caller("ada").submissions() == []


def test_a_sparse_file_that_claims_to_be_huge_is_refused(ps1: School) -> None:
    sparse = member("a.bin", size=512)
    sparse.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "a.bin",
        "GNU.sparse.realsize": "99999999999",
    }
    answer = ps1.caller("ada").submit(tar_with([(sparse, b"0\n".ljust(512, b"\0"))]))
    assert answer.status_code == 422
    assert ps1.caller("ada").submissions() == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ps1.ipynb", "ps1.ipynb"),
        ("ps1.ipynb", "PS1.ipynb"),
        (unicodedata.normalize("NFC", "é.txt"), unicodedata.normalize("NFD", "é.txt")),
        ("a", "a/b"),
        ("A", "a/b"),
    ],
)
def test_two_files_that_could_not_lie_beside_each_other_are_refused(
    ps1: School, one: str, other: str
) -> None:
    tar = tar_with([(member(one, size=1), b"1"), (member(other, size=1), b"2")])
    assert ps1.caller("ada").submit(tar).json()["code"] == "same-name"


def test_a_name_that_is_not_utf_8_is_refused(ps1: School) -> None:
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT, encoding="latin-1"
    ) as tar:
        tar.addfile(member("r\xe9sum\xe9.ipynb"), io.BytesIO())
    assert ps1.caller("ada").submit(buffer.getvalue()).json()["code"] == "unsafe-path"


def test_a_tar_cut_off_anywhere_is_refused(ps1: School) -> None:
    whole = tar_of({"ps1.ipynb": b"1" * 700, "b.csv": b"2" * 700})
    student = ps1.caller("ada")
    used = 2 * (512 + 1024)
    for length in (0, 100, 512, 600, 1536, 1537, 2048, 2100, used - 1, used):
        answer = student.submit(whole[:length])
        assert (answer.status_code, answer.json()["code"]) == (422, "not-a-tar"), length
    assert student.submissions() == []


def test_a_tar_with_a_broken_header_within_is_refused(ps1: School) -> None:
    whole = bytearray(tar_of({"a.ipynb": b"1", "b.ipynb": b"2"}))
    whole[1024 + 148] ^= 1
    assert ps1.caller("ada").submit(bytes(whole)).json()["code"] == "not-a-tar"


@pytest.mark.parametrize(
    "body", [b"", b"hello", os.urandom(5000), b"\x1f\x8b" + bytes(600), b"PK\x03\x04" + bytes(600)]
)
def test_what_is_no_tar_is_refused(ps1: School, body: bytes) -> None:
    assert ps1.caller("ada").submit(body).json()["code"] == "not-a-tar"


def test_an_empty_tar_is_refused(ps1: School) -> None:
    assert ps1.caller("ada").submit(bytes(1024)).json()["code"] == "no-files"


def test_long_headers_are_refused(ps1: School) -> None:
    packed = member("ps1.ipynb", size=2)
    packed.pax_headers = {"comment": "x" * 1_000_000}
    assert ps1.caller("ada").submit(tar_with([(packed, b"{}")])).json()["code"] == "not-a-tar"


def test_too_many_files_are_refused(ps1: School) -> None:
    tar = tar_of({f"{n}.txt": b"" for n in range(51)})
    assert ps1.caller("ada").submit(tar).json()["code"] == "too-many-files"
    tar = tar_of({f"{n}.txt": b"" for n in range(50)})
    assert ps1.caller("ada").submit(tar).status_code == 201


def test_a_body_larger_than_allowed_is_refused_with_or_without_its_length(ps1: School) -> None:
    tar = tar_of({"a.bin": bytes(2_000_000)})
    student = ps1.caller("ada")
    path = "courses/ds1/assignments/ps1/submissions"
    for content in (tar, iter([tar])):
        answer = student.ask("POST", path, content=content)
        assert (answer.status_code, answer.json()["code"]) == (422, "too-large")
    assert student.submissions() == []


@pytest.mark.parametrize("key", ["k" * 201, "a b", "\x7f"])
def test_an_unusable_idempotency_key_is_refused(ps1: School, key: str) -> None:
    answer = ps1.caller("ada").submit(tar_of({"ps1.ipynb": b"{}"}), key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key")


@pytest.mark.parametrize("name", ["%2e%2e", "a%2Bb", ".hidden", "a%0Ab", "x" * 101, "a%5Cb"])
def test_an_assignments_name_must_be_a_folders_name(school: School, name: str) -> None:
    answer = school.caller("grace").release(name, {"ps1.ipynb": b"{}"})
    assert answer.status_code in {404, 405, 422}
    assert school.caller("grace").ask("GET", "courses/ds1/assignments").json()["items"] == []


GIGABYTE = 1_000_000_000


def _raw_request(caller: Caller, headers: str) -> socket.socket:
    address = urlsplit(caller.base)
    connection = socket.create_connection((address.hostname, address.port), timeout=60)
    connection.sendall(
        f"POST {address.path}api/v1/courses/ds1/assignments/ps1/submissions HTTP/1.1\r\n"
        f"Host: test\r\nAuthorization: token {TOKEN}{caller.name}\r\n{headers}\r\n\r\n".encode()
    )
    return connection


@pytest.fixture
def with_ps1(service: Service) -> Service:
    service.bounds = {"submission_max_bytes": 100_000_000}
    service.start()
    assert service.caller("grace").release("ps1", {"ps1.ipynb": b"{}"}).status_code == 200
    return service


def test_a_declared_gigabyte_is_refused_before_a_byte_of_it(with_ps1: Service) -> None:
    connection = _raw_request(with_ps1.caller("ada"), f"Content-Length: {GIGABYTE}")
    with connection:
        answer = connection.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 422 ")


def test_a_streamed_gigabyte_is_refused_early_and_costs_no_memory(with_ps1: Service) -> None:
    assert with_ps1.process is not None
    process = psutil.Process(with_ps1.process.pid)
    before = process.memory_info().rss
    chunk = b"100000\r\n" + bytes(0x100000) + b"\r\n"
    sent = highest = 0
    connection = _raw_request(with_ps1.caller("ada"), "Transfer-Encoding: chunked")
    with connection:
        with contextlib.suppress(ConnectionError):  # the service may hang up meanwhile
            while sent < GIGABYTE and not _readable(connection):
                connection.sendall(chunk)
                sent += 0x100000
                highest = max(highest, process.memory_info().rss)
        answer = connection.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 422 ")
    assert sent < 150_000_000
    assert highest - before < 50_000_000
    assert with_ps1.caller("ada").submissions() == []


def _readable(connection: socket.socket) -> bool:
    return bool(select.select([connection], [], [], 0)[0])


def test_a_hundred_thousand_tiny_files_are_refused_quickly(with_ps1: Service) -> None:
    assert with_ps1.process is not None
    process = psutil.Process(with_ps1.process.pid)
    tar = tar_of({f"{n}": b"" for n in range(100_000)})
    before, cpu = process.memory_info().rss, sum(process.cpu_times()[:2])
    answer = with_ps1.caller("ada").submit(tar)
    assert answer.json()["code"] == "too-many-files"
    assert process.memory_info().rss - before < 50_000_000
    assert sum(process.cpu_times()[:2]) - cpu < 5
    assert not list((with_ps1.data_dir / "blobs").rglob("e3b0c442*"))
