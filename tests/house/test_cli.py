"""What an administrator does by hand, with a data folder of its own."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import coursehub_templates
from coursehub import migrations
from coursehub.cli import app
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course
from coursehub.model.module import Module, Source
from coursehub.model.quota import Quota
from coursehub.settings import Settings
from coursehub.store import Store
from tests.house.school import School

TEMPLATES = coursehub_templates.descriptions().items()
IDENTITY = ("--client-id", "c1", "--institution", "North College", "--deployment", "1")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def run(*words: str | Path, data: Path | None = None) -> Result:
    given = ("--data-dir", data) if data else ()
    line = [str(word) for word in (*words, *given)]
    return CliRunner().invoke(app, line, env={"COLUMNS": "200"})


def said(result: Result, *parts: str, code: int = 0) -> None:
    assert result.exit_code == code, result.output
    plain = " ".join(result.output.split())
    assert not [part for part in parts if part not in plain], result.output
    assert "Traceback" not in result.output


def test_a_course_is_made_checked_and_applied(data: Path, tmp_path: Path) -> None:
    made = tmp_path / "course"
    said(run("course", "new", made, "--answers", '{"course_title": "Rides"}'), "The course is in")
    file = made / "course.yml"
    said(run("course", "check", file), "Rides: 3 modules, 2 assignments.")
    address = ("--materials", "https://git.example/data8.git")
    said(run("course", "apply", "data-8", file, *address, data=data), "Open it once", code=1)

    with opened_course(data):
        pass
    first = run("course", "apply", "data-8", file, *address, data=data)
    said(first, " changed, sources placed: ps1, ps2.")
    said(run("course", "apply", "data-8", file, *address, data=data), "nothing to change.")
    said(run("course", "apply", "data-8", file, data=data), "where their repository is", code=1)


@pytest.mark.parametrize("command", [("platform", "list"), ("db", "upgrade"), ("serve",)])
def test_a_database_that_cannot_be_reached_is_one_sentence_without_its_password(
    data: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    address = f"postgresql+psycopg://joe:pass-word@127.0.0.1:{port}/courses"
    monkeypatch.setenv("COURSEHUB_DATABASE_URL", address)
    result = run(*command, data=data)
    told = ("postgresql+psycopg://joe:***@127.0.0.1", "COURSEHUB_DATABASE_URL right?")
    said(result, *told, "[database-unreachable]", code=1)
    assert "pass-word" not in result.output


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("courses", "COURSEHUB_DATABASE_URL is no address of a database."),
        ("oracle+nobody://x", "COURSEHUB_DATABASE_URL is no address of a database."),
        ("mysql+pymysql://x/y", "needs the package pymysql, which is not installed"),
    ],
)
def test_an_address_of_no_database_is_one_sentence(
    data: Path, monkeypatch: pytest.MonkeyPatch, address: str, told: str
) -> None:
    monkeypatch.setenv("COURSEHUB_DATABASE_URL", address)
    said(run("platform", "list", data=data), told, code=1)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said(run("platform", "list", data=tmp_path / "file/data"), "cannot be made", code=1)


@contextmanager
def opened_course(data: Path) -> Iterator[School]:
    """The school of a course, data-8, that its teacher has opened from the LMS."""
    settings = Settings(data_dir=data)
    data.mkdir(exist_ok=True)
    store = Store(settings.database)
    migrations.upgrade(store.engine)
    school = School(store=store, settings=settings)
    school.trust()
    school.come("t1")
    try:
        yield school
    finally:
        store.close()


@pytest.mark.parametrize("fault", ["missing", "link"])
def test_a_course_whose_sources_are_not_all_there_is_not_changed(
    data: Path, tmp_path: Path, fault: str
) -> None:
    made = tmp_path / "course"
    run("course", "new", made, "--answers", '{"course_title": "Rides"}')
    last = made / "assignments/source/ps2"
    if fault == "missing":
        shutil.rmtree(last)
    else:
        (last / "passwd.csv").symlink_to("/etc/passwd")
    address = ("--materials", "https://git.example/data8.git")
    with opened_course(data) as school:
        before = school.rows(Course)
        refused = run("course", "apply", "data-8", made / "course.yml", *address, data=data)
        said(refused, {"missing": "no-source", "link": "source-link"}[fault], code=1)
        assert school.rows(Course) == before
        assert not any(school.rows(table) for table in (Assignment, Module, Source, Quota))
        assert not school.settings.course_root("data-8").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    said(run("course", "new", tmp_path), "not empty", code=2)
    said(run("course", "new", tmp_path / "x", "--template", "../../etc"), "no template", code=2)
    said(run("course", "new", tmp_path / "x", "--answers", "{"), "Expecting", code=2)


def test_a_faulty_course_file_is_told_without_a_traceback(tmp_path: Path) -> None:
    file = tmp_path / "course.yml"
    file.write_text("title: X\nslug: x\nterm: {starts: 2027-02-30}")
    said(run("course", "check", file), "line 3, column 16", code=1)
    file.write_bytes(b"\xff\xfe\x00")
    said(run("course", "check", file), "cannot be read as text", code=2)
    said(run("course", "check", tmp_path), "cannot be read as text", code=2)
    said(run("course", "check", "/dev/zero"), "1 MB", code=1)


def test_the_database_is_brought_up_to_date_as_often_as_one_likes(data: Path) -> None:
    for _ in range(2):
        said(run("db", "upgrade", data=data), "up to date")


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ((), ("serve", "db", "platform", "course")),
        (("platform", "add"), ("--client-id", "--deployment", "OpenID configuration", "--family")),
        (("course", "apply"), ("--materials", "--data-dir")),
        (("course", "new"), tuple(f"{name}: {line}." for name, line in TEMPLATES)),
        (("serve",), ("--only", "launch, roster")),
    ],
)
def test_help_says_what_there_is(words: tuple[str, ...], parts: tuple[str, ...]) -> None:
    said(run(*words, "--help"), *parts)


def test_a_service_that_there_is_not_cannot_be_served(data: Path) -> None:
    said(run("serve", "--only", "astrology", data=data), "no such service", code=2)


def test_the_module_is_the_same_command(data: Path) -> None:
    """As JupyterHub calls it; our own errors end it with a sentence and 1."""
    line = [sys.executable, "-m", "coursehub", "platform", "add", "http://lms.example", *IDENTITY]
    done = subprocess.run(
        [*line, "--data-dir", str(data)],
        capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ),
    )  # fmt: skip
    assert done.returncode == 1
    assert "must be an https address" in done.stderr
    assert "Traceback" not in done.stderr
