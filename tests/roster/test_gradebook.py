"""The students of nbgrader's own gradebook, read back by nbgrader."""

import asyncio
import os
import sqlite3
import sys
import time
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from coursehub.adapters.autograde import NbgraderGradebooks
from coursehub.errors import Unreachable
from coursehub.ports import GradebookStudent
from coursehub.roster.actions import gradebook
from tests.house.school import INSTRUCTOR
from tests.roster.class_of import CONTEXT, COURSE, Class, member
from tests.roster.test_sync import MEMBERSHIP


def folder(course: Class) -> Path:
    return course.school.settings.course_root(COURSE) / "course"


def url(course: Class) -> str:
    return f"sqlite:///{folder(course) / 'gradebook.db'}"


@pytest.fixture
def taught(course: Class, monkeypatch: pytest.MonkeyPatch) -> Class:
    """A course with a gradebook, an instructor and three people who have come."""
    # nbgrader asks the command `alembic` for its version.
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    folder(course).mkdir(parents=True)
    Gradebook(url(course), COURSE).close()
    for subject in ("s1", "s2", "a1"):
        course.school.come(subject, context=CONTEXT)
    lists(course, "s1", "s2")
    return course


def lists(course: Class, *students: str) -> None:
    auditor = member("a1", f"{MEMBERSHIP}/Learner#NonCreditLearner")
    people = (member(each, name=f"Ann Mary {each}") for each in students)
    course.lists(member("t1", INSTRUCTOR), auditor, member("absent"), *people)
    course.sync(confirmed=True)


def enrol(course: Class) -> int:
    gradebooks = NbgraderGradebooks(course.school.settings)
    return asyncio.run(gradebook.enrol(course.school.store, gradebooks, course=COURSE))


def students(course: Class) -> dict[str, tuple[str, str, str]]:
    with Gradebook(url(course), COURSE) as book:
        return {one.id: (one.first_name, one.last_name, one.email) for one in book.students}


def test_the_gradebook_has_the_students_of_the_course(taught: Class) -> None:
    assert enrol(taught) == 2
    assert students(taught) == {
        "s1": ("Ann Mary", "s1", "s1@north.example"),
        "s2": ("Ann Mary", "s2", "s2@north.example"),
    }
    assert enrol(taught) == 0


def test_who_leaves_stays_in_the_gradebook(taught: Class) -> None:
    enrol(taught)
    with Gradebook(url(taught), COURSE) as book:
        book.add_assignment("ps1")
        book.add_submission("ps1", "s2")
    lists(taught, "s1")
    assert enrol(taught) == 0
    assert set(students(taught)) == {"s1", "s2"}
    with Gradebook(url(taught), COURSE) as book:
        assert book.find_submission("ps1", "s2").student.id == "s2"


def test_a_course_without_a_gradebook_has_none_made(course: Class) -> None:
    assert enrol(course) == 0
    assert not folder(course).exists()


def test_a_gradebook_that_others_write_to_is_left_for_later(
    taught: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (folder(taught) / ".autograde.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        with pytest.raises(Unreachable, match="follow in a minute"):
            enrol(taught)
    monkeypatch.setattr("coursehub.adapters.autograde.students.PATIENCE_S", 0.1)
    other = sqlite3.connect(folder(taught) / "gradebook.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unreachable):
        enrol(taught)
    other.close()
    assert enrol(taught) == 2


def test_ten_thousand_students_are_in_a_gradebook_in_seconds(taught: Class) -> None:
    gradebooks = NbgraderGradebooks(taught.school.settings)
    many = [GradebookStudent(id=f"n{number}", name="N N") for number in range(10_000)]
    began = time.perf_counter()
    assert asyncio.run(gradebooks.enrol(COURSE, many)) == 10_000
    assert time.perf_counter() - began < 5
    assert len(students(taught)) == 10_000
