"""The secrets of LTI 1.1: made, told once, sealed, and readable by the service alone."""

import logging
import os
import stat
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from coursehub.adapters.consumers import SignedConsumers
from coursehub.cli import app
from coursehub.errors import CoursehubError, Refused
from coursehub.model.institution import Platform
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from tests.house.school import at_once
from tests.launch.lti11 import OldLms, moodle

__all__ = ["moodle"]

SECRET = "a-shared-secret-of-both"


def run(*words: str | Path, data: Path) -> Result:
    line = ["platform", *map(str, words), "--data-dir", str(data)]
    environment = {"COLUMNS": "250", "COURSEHUB_PUBLIC_URL": "https://hub.example"}
    return CliRunner().invoke(app, line, env=environment)


def add(data: Path, *more: str | Path) -> Result:
    return run("add-lti11", "Old Moodle", "--institution", "Lakeside College", *more, data=data)


def told(result: Result, label: str) -> str:
    assert result.exit_code == 0, result.output
    (line,) = [line for line in result.output.splitlines() if line.startswith(label)]
    return line.partition(":")[2].strip()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def test_the_command_tells_once_what_to_enter_in_the_lms(tmp_path: Path) -> None:
    made = add(tmp_path)
    secret = told(made, "Shared secret")
    assert told(made, "Launch URL") == "https://hub.example/hub/lti/launch"
    assert told(made, "Consumer key").startswith("coursehub-")
    assert len(secret) >= 40
    assert secret not in run("list", data=tmp_path).output
    assert secret not in run("show", "1", data=tmp_path).output


def test_the_list_shows_which_version_an_lms_speaks(tmp_path: Path) -> None:
    key = told(add(tmp_path), "Consumer key")
    listed = run("list", data=tmp_path).output
    (row,) = [line for line in listed.splitlines() if key in line and "Lakeside" in line]
    assert " 1.1 " in row


def test_a_key_and_a_secret_in_use_already_are_taken_over(tmp_path: Path) -> None:
    file = tmp_path / "secret.txt"
    file.write_text(f"{SECRET}\n")
    made = add(tmp_path / "data", "--key", "lakeside", "--secret-file", file)
    assert told(made, "Consumer key") == "lakeside"
    assert SECRET not in made.output
    store = Store(Settings(data_dir=tmp_path / "data").database)
    with store.reading(EVERYONE) as session:
        sealed = session.get_one(Platform, 1).sealed_secret
    store.close()
    consumers = SignedConsumers(tmp_path / "data" / "keys")
    assert consumers.secret("lakeside", sealed) == SECRET


def test_the_command_refuses_what_makes_no_sense(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")
    assert add(tmp_path, "--secret-file", empty).exit_code == 2
    assert add(tmp_path, "--secret-file", tmp_path / "nowhere").exit_code == 2
    empty.write_text("short")
    refused = add(tmp_path, "--secret-file", empty)
    assert (refused.exit_code, "weak-secret" in refused.output) == (1, True)
    assert "No LMS is registered" in run("list", data=tmp_path).output


def test_a_copy_of_the_database_tells_no_secret(tmp_path: Path) -> None:
    secret = told(add(tmp_path), "Shared secret")
    for file in tmp_path.glob("coursehub.sqlite*"):
        assert secret.encode() not in file.read_bytes()


def test_the_sealing_key_is_readable_by_its_owner_alone(keys: Path) -> None:
    before = os.umask(0)
    try:
        SignedConsumers(keys).seal("lakeside", SECRET)
    finally:
        os.umask(before)
    assert stat.S_IMODE((keys / "consumers.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700


def test_the_same_secret_is_sealed_otherwise_each_time(keys: Path) -> None:
    consumers = SignedConsumers(keys)
    first, second = consumers.seal("lakeside", SECRET), consumers.seal("lakeside", SECRET)
    assert first != second
    assert consumers.secret("lakeside", first) == consumers.secret("lakeside", second) == SECRET


def test_processes_that_seal_at_one_instant_agree_on_one_key(keys: Path) -> None:
    sealed = at_once(*[partial(SignedConsumers(keys).seal, "lakeside", SECRET)] * 8)
    assert {SignedConsumers(keys).secret("lakeside", one) for one in sealed} == {SECRET}


def test_a_sealed_secret_opens_under_its_own_key_alone(keys: Path) -> None:
    consumers = SignedConsumers(keys)
    sealed = consumers.seal("lakeside", SECRET)
    for key, text in (("hill", sealed), ("lakeside", sealed[:-4]), ("lakeside", "%")):
        with pytest.raises(CoursehubError) as refused:
            consumers.secret(key, text)
        assert refused.value.code == "secret-sealed"


def test_a_lost_sealing_key_is_told_with_what_to_do_and_not_replaced(moodle: OldLms) -> None:
    lost = moodle.school.settings.data_dir / "keys" / "consumers.key"
    lost.unlink()
    with pytest.raises(CoursehubError) as refused:
        moodle.send(moodle.form())
    assert "add-lti11" in refused.value.message
    assert not lost.exists()
    moodle.made = moodle.register(key=moodle.made.key)
    moodle.come()


def test_a_sealing_key_that_everybody_may_read_is_trusted_no_more(keys: Path) -> None:
    consumers = SignedConsumers(keys)
    sealed = consumers.seal("lakeside", SECRET)
    (keys / "consumers.key").chmod(0o644)
    with pytest.raises(CoursehubError) as refused:
        consumers.secret("lakeside", sealed)
    assert refused.value.code == "key-open"


def test_neither_a_secret_nor_a_right_signature_reaches_a_log(
    moodle: OldLms, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    right = moodle.form()
    wrong = type(right)(
        url=right.url, fields={**right.fields, "oauth_signature": "c2lnbmF0dXJl" + "A" * 16}
    )
    caplog.clear()  # of what the LMS's own signing wrote
    with pytest.raises(Refused):
        moodle.send(wrong)
    moodle.send(right)
    written = "\n".join(record.getMessage() for record in caplog.records)
    assert moodle.made.secret not in written
    assert right.fields["oauth_signature"] not in written
    assert "lakeside.example" not in written
