"""Key files that are damaged, foreign or open to others, and processes that die over them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, RSAKey

from coursehub.adapters.keys import ToolKeys
from coursehub.errors import Conflict, CoursehubError
from tests.keys.holders import Watch, files, published, signer, states

AT_ONCE = timedelta()
NOBODY = 65534
ROTATING = """
import sys
from datetime import timedelta
from pathlib import Path
from coursehub.adapters.keys import ToolKeys
keys = ToolKeys(Path(sys.argv[1]))
keys.signing()
print("begun", flush=True)
while True:
    keys.rotate(after=timedelta(), revoke=len(keys.listing()) > 3)
"""


def as_another_account(asked: Callable[[], object]) -> str:
    """The code and sentence of the error that a process of `NOBODY` meets."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        try:
            os.setgroups([])
            os.setuid(NOBODY)
            asked()
        except CoursehubError as error:
            os.write(writing, f"{error.code} {error.message}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as told:
        return told.read()


def other_key(file: Path) -> None:
    file.write_bytes(RSAKey.generate_key(2048).as_pem(private=True))


def wrong_kind(file: Path) -> None:
    file.write_bytes(ECKey.generate_key("P-256").as_pem(private=True))


def public_half(file: Path) -> None:
    file.write_bytes(RSAKey.import_key(file.read_bytes()).as_pem(private=False))


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:700])


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def noise(file: Path) -> None:
    file.write_bytes(os.urandom(100_000))


def opened(file: Path) -> None:
    file.chmod(0o644)


def encrypted(file: Path) -> None:
    """By a passphrase that nobody knows any more."""
    pem = RSAKey.generate_key(2048).as_pem(private=True, password="forgotten")
    file.write_bytes(pem)


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


def a_link_to_nothing(file: Path) -> None:
    file.unlink()
    file.symlink_to("gone")


DAMAGES = [
    (cut_short, "key-broken", "delete it"),
    (emptied, "key-broken", "delete it"),
    (noise, "key-broken", "delete it"),
    (wrong_kind, "key-broken", "delete it"),
    (other_key, "key-foreign", "delete it"),
    (public_half, "key-foreign", "delete it"),
    (a_folder, "key-foreign", "delete it"),
    (a_pipe, "key-foreign", "delete it"),
    (a_link_to_nothing, "key-foreign", "delete it"),
    (opened, "key-open", "chmod 600"),
]


@pytest.mark.parametrize(("damage", "code", "advice"), DAMAGES)
def test_a_damaged_key_is_named_with_what_to_do(
    tmp_path: Path, damage: Callable[[Path], None], code: str, advice: str
) -> None:
    keys = ToolKeys(tmp_path)
    keys.signing()
    (name,) = files(tmp_path)
    damage(tmp_path / name)
    for service in (keys, ToolKeys(tmp_path)):
        with pytest.raises(CoursehubError, match=advice) as told:
            service.sign(Watch().claims())
        assert told.value.code == code
        assert name in told.value.message
        assert str(tmp_path) not in told.value.message
    (listed,) = keys.listing()
    assert listed.fault
    assert listed.fault.code == code


def test_after_a_damaged_key_was_deleted_a_new_one_signs(tmp_path: Path) -> None:
    keys = ToolKeys(tmp_path)
    broken = keys.signing().kid
    (name,) = files(tmp_path)
    (tmp_path / name).unlink()
    assert published(keys) != [broken]
    assert len(published(keys)) == 1


def test_an_incomplete_key_set_is_never_published(tmp_path: Path) -> None:
    """A platform would take a missing key for a withdrawn one; after an error it keeps its copy."""
    keys = ToolKeys(tmp_path)
    active = keys.signing().kid
    new = keys.rotate().kid
    (waiting,) = (name for name in files(tmp_path) if new in name)
    cut_short(tmp_path / waiting)
    with pytest.raises(CoursehubError, match=waiting):
        keys.public_jwks()
    assert signer(keys.sign(Watch().claims())) == active
    with pytest.raises(CoursehubError, match=waiting):
        keys.rotate(after=AT_ONCE)
    assert states(keys) == [("active", active), ("next", new)]


@pytest.mark.parametrize("damage", [cut_short, emptied, other_key, a_pipe, opened, encrypted])
def test_a_leak_can_be_ended_whatever_state_the_files_are_in(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    keys = ToolKeys(tmp_path, passphrase="the right one")
    keys.signing()
    (name,) = files(tmp_path)
    damage(tmp_path / name)
    new = keys.rotate(after=AT_ONCE, revoke=True).kid
    assert published(keys) == [new]


@pytest.mark.parametrize("passphrase", ["", "another"])
def test_a_locked_key_asks_for_its_passphrase(tmp_path: Path, passphrase: str) -> None:
    ToolKeys(tmp_path, passphrase="the right one").signing()
    with pytest.raises(CoursehubError, match="COURSEHUB_KEY_PASSPHRASE") as told:
        ToolKeys(tmp_path, passphrase=passphrase).signing()
    assert told.value.code == "key-locked"
    assert "the right one" not in told.value.message


@pytest.mark.skipif(os.geteuid() != 0, reason="needs two accounts")
def test_what_root_makes_by_hand_belongs_to_the_services_account(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    os.chown(folder, NOBODY, NOBODY)
    keys = ToolKeys(folder)
    keys.signing()
    keys.rotate()
    assert {path.stat().st_uid for path in folder.iterdir()} == {NOBODY}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs two accounts")
def test_a_file_of_another_account_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "keys"
    ToolKeys(folder).signing()
    (name,) = files(folder)
    os.chown(folder, NOBODY, NOBODY)  # its file stays root's
    monkeypatch.chdir(folder)  # what lies above is root's alone
    told = as_another_account(ToolKeys(Path()).signing)
    assert "key-unreadable" in told
    assert name in told


def test_of_many_rotations_at_one_instant_one_is_made(tmp_path: Path) -> None:
    ToolKeys(tmp_path).signing()

    def rotate(_: int) -> str:
        try:
            return ToolKeys(tmp_path).rotate().kid
        except Conflict:
            return "refused"

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(rotate, range(4)))
    assert done.count("refused") == 3
    assert [state for state, _ in states(ToolKeys(tmp_path))] == ["active", "next"]


def test_readers_never_miss_a_key_while_others_rotate(tmp_path: Path) -> None:
    keys = ToolKeys(tmp_path)
    oldest = keys.signing().kid
    with ThreadPoolExecutor(1) as pool:
        waiting = keys.rotate().kid
        begun = pool.submit(lambda: [ToolKeys(tmp_path).rotate(after=AT_ONCE) for _ in "abcd"])
        while not begun.done():
            assert {oldest, waiting} <= set(published(keys))
    assert len(begun.result()) == 4


def test_a_rotation_that_is_killed_leaves_whole_keys_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    for pause_s in (0.15, 0.4, 0.7):
        with subprocess.Popen(
            [sys.executable, "-c", ROTATING, folder], stdout=subprocess.PIPE
        ) as child:
            try:
                assert child.stdout
                assert child.stdout.readline() == b"begun\n"
                time.sleep(pause_s)
            finally:
                child.send_signal(signal.SIGKILL)
        keys = ToolKeys(folder)
        assert signer(keys.sign(Watch().claims())) in published(keys)
        keys.rotate(after=AT_ONCE)
        assert [one.fault for one in keys.listing() if one.fault] == []
        assert all(name.endswith(".pem") for name in files(folder))
