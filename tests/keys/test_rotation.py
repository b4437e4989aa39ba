"""A key's life: published, signing, retired, gone; by a clock that the test turns."""

from datetime import timedelta
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from coursehub.adapters.keys import ToolKeys
from coursehub.errors import Conflict, Missing
from tests.keys.holders import Reader, Watch, files, published, signer, states

AT_ONCE = timedelta()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def keys(tmp_path: Path, watch: Watch) -> ToolKeys:
    """The keys of a service that has signed already."""
    keys = ToolKeys(tmp_path / "keys", clock=watch)
    keys.signing()
    watch.turn(days=100)
    return keys


@pytest.fixture
def platform(watch: Watch) -> Reader:
    return Reader(watch)


def test_a_new_key_is_published_a_day_before_it_signs(keys: ToolKeys, watch: Watch) -> None:
    old = signer(keys.sign(watch.claims()))
    new = keys.rotate().kid
    assert published(keys) == [old, new]
    watch.turn(hours=23, minutes=59)
    assert signer(keys.sign(watch.claims())) == old
    watch.turn(minutes=1)
    assert signer(keys.sign(watch.claims())) == new
    assert published(keys) == [old, new]


def test_a_platform_with_a_day_old_key_set_never_meets_an_unknown_key(
    keys: ToolKeys, watch: Watch, platform: Reader
) -> None:
    platform.fetch(keys)
    keys.rotate()
    for hour in range(72):
        if hour % 24 == 23:
            platform.fetch(keys)
        assert platform.believes(keys.sign(watch.claims()))
        watch.turn(hours=1)


def test_a_token_of_the_old_key_is_believed_until_it_expires(
    keys: ToolKeys, watch: Watch, platform: Reader
) -> None:
    keys.rotate()
    watch.turn(hours=24, seconds=-1)
    last = keys.sign(watch.claims())
    for _ in range(59):
        platform.fetch(keys)
        assert platform.believes(last)
        watch.turn(minutes=1)
    watch.turn(minutes=1)
    assert not platform.believes(last)


def test_a_retired_key_is_deleted_when_no_token_can_need_it(
    keys: ToolKeys, watch: Watch, tmp_path: Path
) -> None:
    old = signer(keys.sign(watch.claims()))
    new = keys.rotate().kid
    watch.turn(hours=24 + 25, seconds=-1)
    assert states(keys) == [("retired", old), ("active", new)]
    watch.turn(seconds=1)
    assert published(keys) == [new]
    (left,) = files(tmp_path / "keys")
    assert new in left


def test_a_process_that_hangs_over_the_folder_holds_up_nobody(
    keys: ToolKeys, watch: Watch, tmp_path: Path
) -> None:
    old = signer(keys.sign(watch.claims()))
    new = keys.rotate(after=AT_ONCE).kid
    watch.turn(hours=25)
    with (tmp_path / "keys" / ".lock").open() as lock:
        flock(lock, LOCK_EX)
        assert published(keys) == [new]
        assert signer(keys.sign(watch.claims())) == new
        assert any(old in name for name in files(tmp_path / "keys"))
    published(keys)
    assert not any(old in name for name in files(tmp_path / "keys"))


def test_every_process_on_the_folder_agrees_without_a_restart(
    keys: ToolKeys, watch: Watch, tmp_path: Path
) -> None:
    other = ToolKeys(tmp_path / "keys", clock=watch)
    assert published(other) == published(keys)
    new = other.rotate().kid
    assert published(keys) == published(other)
    watch.turn(hours=24)
    assert signer(keys.sign(watch.claims())) == signer(other.sign(watch.claims())) == new


def test_a_second_rotation_waits_for_the_first(keys: ToolKeys, watch: Watch) -> None:
    first = keys.rotate().kid
    before = published(keys)
    with pytest.raises(Conflict, match="begins to sign 2027-06-10 12:00 UTC") as refused:
        keys.rotate()
    assert refused.value.code == "key-waiting"
    assert published(keys) == before
    watch.turn(hours=24)
    assert keys.rotate().kid != first


def test_a_key_that_waits_can_begin_at_once(keys: ToolKeys, watch: Watch) -> None:
    old = signer(keys.sign(watch.claims()))
    waiting = keys.rotate().kid
    watch.turn(hours=2)
    begun = keys.rotate(after=AT_ONCE)
    assert (begun.kid, begun.made) == (waiting, False)
    assert signer(keys.sign(watch.claims())) == waiting
    assert published(keys) == [old, waiting]


def test_without_a_waiting_key_a_new_one_begins_at_once(keys: ToolKeys, watch: Watch) -> None:
    old = signer(keys.sign(watch.claims()))
    new = keys.rotate(after=AT_ONCE)
    assert new.made
    assert signer(keys.sign(watch.claims())) == new.kid
    assert states(keys) == [("retired", old), ("active", new.kid)]


def test_a_leaked_key_is_withdrawn_with_all_that_lay_beside_it(
    keys: ToolKeys, watch: Watch, platform: Reader, tmp_path: Path
) -> None:
    leaked = keys.sign(watch.claims())
    waiting = keys.rotate().kid
    done = keys.rotate(after=AT_ONCE, revoke=True)
    assert done.withdrawn == 2
    assert done.kid not in {waiting, signer(leaked)}
    platform.fetch(keys)
    assert not platform.believes(leaked)
    assert platform.believes(keys.sign(watch.claims()))
    assert published(keys) == [done.kid]
    assert len(files(tmp_path / "keys")) == 1


def test_the_key_of_an_older_installation_retires_like_any_other(
    tmp_path: Path, watch: Watch
) -> None:
    old = RSAKey.generate_key(2048)
    (tmp_path / "tool.pem").write_bytes(old.as_pem(private=True))
    (tmp_path / "tool.pem").chmod(0o600)
    keys = ToolKeys(tmp_path, clock=watch)
    new = keys.rotate().kid
    assert states(keys) == [("active", old.thumbprint()), ("next", new)]
    watch.turn(hours=24)
    assert states(keys) == [("retired", old.thumbprint()), ("active", new)]
    watch.turn(hours=25)
    assert states(keys) == [("active", new)]
    assert "tool.pem" not in files(tmp_path)


def test_a_machine_whose_clock_is_behind_still_hands_over(tmp_path: Path) -> None:
    exact, behind = Watch(), Watch()
    behind.turn(minutes=-10)
    here, there = ToolKeys(tmp_path, clock=exact), ToolKeys(tmp_path, clock=behind)
    old = here.signing().kid
    exact.turn(minutes=1)
    behind.turn(minutes=1)
    new = there.rotate(after=AT_ONCE).kid
    assert signer(here.sign(exact.claims())) == new
    behind.turn(minutes=10)
    assert states(there) == states(here) == [("retired", old), ("active", new)]


def test_a_folder_without_keys_is_not_rotated(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="--data-dir"):
        ToolKeys(tmp_path / "elsewhere").rotate()
    with pytest.raises(Missing):
        ToolKeys(tmp_path / "elsewhere").listing()
    assert not list(tmp_path.glob("elsewhere/*.pem"))


def test_once_there_is_a_passphrase_new_keys_are_encrypted(watch: Watch, tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    ToolKeys(folder, clock=watch).signing()
    locked = ToolKeys(folder, clock=watch, passphrase="a long one")
    old = locked.signing().kid
    new = locked.rotate().kid
    texts = {path.read_text() for path in folder.glob("*.pem")}
    assert sorted("ENCRYPTED" in text for text in texts) == [False, True]
    assert published(locked) == [old, new]
    with pytest.raises(Conflict, match="COURSEHUB_KEY_PASSPHRASE"):
        ToolKeys(folder, clock=watch).rotate(after=AT_ONCE)
    assert published(ToolKeys(folder, clock=watch, passphrase="a long one")) == [old, new]
