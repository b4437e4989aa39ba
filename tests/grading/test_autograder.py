"""Grading by nbgrader itself, the notebooks run in the sandbox on Dask."""

import asyncio
import io
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from nbgrader.api import Gradebook

from coursehub.adapters.autograde import NbgraderAutograder
from coursehub.errors import Invalid, Unreachable
from coursehub.ports import Grade, GradeRequest
from coursehub.settings import Settings
from tests.grading.campus import MORNING, MemoryBlobs
from tests.grading.notebooks import answered, from_a_newer_nbgrader, notebook, source

RIGHT = "def double(x):\n    return x + x"


@dataclass
class School:
    """A course directory with one generated assignment, and students who hand in."""

    autograder: NbgraderAutograder
    blobs: MemoryBlobs
    root: Path

    def request(self, student: str, **files: bytes) -> GradeRequest:
        """A request for the files; two underscores stand for the dot in a name."""
        named = {name.replace("__", "."): content for name, content in files.items()}
        kept = {
            path: self.blobs.put(io.BytesIO(content), max_bytes=10**9).sha256
            for path, content in named.items()
        }
        return GradeRequest(
            course="data8",
            assignment="ps1",
            student=student,
            received_at=MORNING,
            files=kept,
        )

    def grade(self, student: str, **files: bytes) -> Grade:
        return asyncio.run(self.autograder.grade(self.request(student, **files)))

    def released(self) -> bytes:
        return (self.root / "release" / "ps1" / "ps1.ipynb").read_bytes()

    def answer(self, double: str, *, why: str | None = None) -> bytes:
        return answered(self.released(), double=double, why=why)

    def graded_cell(self, student: str, name: str) -> tuple[str, str]:
        """Source and errors of a graded cell, as formgrader shows them."""
        path = self.root / "autograded" / student / "ps1" / "ps1.ipynb"
        for one in json.loads(path.read_text())["cells"]:
            if one["metadata"].get("nbgrader", {}).get("grade_id") == name:
                errors = [out.get("evalue", "") for out in one["outputs"]]
                return "".join(one["source"]), " ".join(errors)
        raise LookupError(name)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    data = tmp_path_factory.mktemp("data")
    settings = Settings(data_dir=data, autograde_timeout_s=12, dask_workers=2)
    blobs = MemoryBlobs()
    autograder = NbgraderAutograder(settings, blobs)
    school = School(autograder, blobs, settings.course_root("data8") / "course")
    given = school.root / "source" / "ps1"
    given.mkdir(parents=True)
    (given / "ps1.ipynb").write_bytes(source())
    (given / "data.csv").write_text("1,2")
    before = {one.pid for one in psutil.Process().children(recursive=True)}
    try:
        asyncio.run(autograder.prepare("data8", "ps1"))
        yield school
    finally:
        asyncio.run(autograder.close())
    # multiprocessing's own resource tracker serves this process to its end
    left = [
        one
        for one in psutil.Process().children(recursive=True)
        if one.pid not in before and "resource_tracker" not in " ".join(one.cmdline())
    ]
    assert left == []


def test_a_right_answer_gets_its_points_and_waits_for_a_person(school: School) -> None:
    notebook = school.answer(RIGHT, why="Because.")
    assert school.grade("ada", ps1__ipynb=notebook, data__csv=b"1,2") == Grade(
        points=5, max_points=10, needs_manual=True
    )
    folder = school.root / "submitted" / "ada" / "ps1"
    assert sorted(path.name for path in folder.iterdir()) == [
        "data.csv", "ps1.ipynb", "timestamp.txt",
    ]  # fmt: skip
    assert "2027-03-01 09:00:00" in (folder / "timestamp.txt").read_text()


def test_points_given_by_hand_are_read(school: School) -> None:
    school.grade("hand", ps1__ipynb=school.answer(RIGHT, why="Because."))
    with closing(Gradebook(f"sqlite:///{school.root / 'gradebook.db'}", "data8")) as gradebook:
        mark = gradebook.find_grade("why", "ps1", "ps1", "hand")
        mark.manual_score, mark.needs_manual_grade = 4, False
        gradebook.db.commit()
    assert asyncio.run(school.autograder.read(school.request("hand"))) == Grade(
        points=9, max_points=10, needs_manual=False
    )


def test_nobody_has_a_grade_before_grading(school: School) -> None:
    assert asyncio.run(school.autograder.read(school.request("stranger"))) is None


def test_an_answer_that_fails_the_hidden_test_alone_gets_none_of_its_points(
    school: School,
) -> None:
    assert school.grade("bob", ps1__ipynb=school.answer("double = abs")).points == 2


def test_an_untouched_notebook_gets_what_the_course_gave_it(school: School) -> None:
    graded = school.grade("idle", ps1__ipynb=school.released())
    assert (graded.points, graded.needs_manual) == (2, False)


def test_grading_again_replaces_the_grade(school: School) -> None:
    school.grade("again", ps1__ipynb=school.answer("double = abs"), extra__txt=b"x")
    assert school.grade("again", ps1__ipynb=school.answer(RIGHT)).points == 5
    assert not (school.root / "submitted" / "again" / "ps1" / "extra.txt").exists()


def test_tests_that_the_student_changed_are_put_back(school: School) -> None:
    changed = school.answer("double = abs").replace(b"assert ", b"pass # ")
    assert school.grade("eve", ps1__ipynb=changed).points == 2
    assert "assert double(-3) == -6" in school.graded_cell("eve", "double-test")[0]


def test_data_that_the_student_changed_is_put_back(school: School) -> None:
    graded = school.grade("eva", ps1__ipynb=school.answer(RIGHT), data__csv=b"3,4")
    assert graded.points == 5


def test_an_endless_loop_costs_its_own_points_alone(school: School) -> None:
    endless = school.answer("def double(x):\n    while True: pass")
    assert school.grade("loop", ps1__ipynb=endless).points == 2
    assert "longer than 3 s" in school.graded_cell("loop", "double-test")[1]


def test_a_killed_kernel_gets_a_score_and_a_reason(school: School) -> None:
    graded = school.grade("dead", ps1__ipynb=school.answer("import os; os._exit(1)"))
    assert graded.points == 0
    assert "ended the kernel" in school.graded_cell("dead", "data-test")[1]


def test_a_students_code_reaches_neither_the_source_nor_the_gradebook(school: School) -> None:
    wanted = [str(school.root / "gradebook.db"), str(school.root / "source/ps1/ps1.ipynb")]
    spy = f"""
import os
def double(x):
    return 0 if any(os.path.exists(path) for path in {wanted!r}) else 2 * x
"""
    assert school.grade("spy", ps1__ipynb=school.answer(spy)).points == 5


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{not json", "notebook-unreadable"),
        (b"", "notebook-unreadable"),
        (b"[]", "notebook-unreadable"),
        (b'{"cells": 3}', "notebook-unreadable"),
        (b"\xff\xfe", "notebook-unreadable"),
    ],
)
def test_a_broken_notebook_gets_a_reason(school: School, content: bytes, code: str) -> None:
    with pytest.raises(Invalid, match=r"ps1\.ipynb") as refused:
        school.grade("broken", ps1__ipynb=content)
    assert refused.value.code == code


def test_a_renamed_notebook_gets_a_reason(school: School) -> None:
    with pytest.raises(Invalid, match=r"none of ps1\.ipynb") as refused:
        school.grade("renamed", ps1_copy__ipynb=school.answer(RIGHT))
    assert refused.value.code == "notebook-missing"


def test_a_notebook_without_the_courses_cells_gets_a_score(school: School) -> None:
    assert school.grade("empty", ps1__ipynb=notebook("x = 1")).points == 0


def test_an_assignment_that_was_not_generated_says_what_to_do(school: School) -> None:
    request = replace(school.request("ada", ps9__ipynb=notebook("1")), assignment="ps9")
    with pytest.raises(Invalid, match="generate the assignment") as refused:
        asyncio.run(school.autograder.grade(request))
    assert refused.value.code == "assignment-not-generated"
    with pytest.raises(Invalid, match="source/ps9"):
        asyncio.run(school.autograder.prepare("data8", "ps9"))


@pytest.mark.parametrize("name", ["../ada", "a/b", "*", "", ".", "a\0b", "[ab]"])
def test_a_name_that_is_no_folder_is_refused(school: School, name: str) -> None:
    with pytest.raises(Invalid):
        school.grade(name, ps1__ipynb=school.released())


def test_feedback_is_a_page_for_each_notebook(school: School) -> None:
    school.grade("fran", ps1__ipynb=school.answer(RIGHT, why="Because I say so."))
    files = asyncio.run(school.autograder.feedback(school.request("fran")))
    assert list(files) == ["ps1.html"]
    assert b"Because I say so." in files["ps1.html"]
    with pytest.raises(Invalid, match="not graded"):
        asyncio.run(school.autograder.feedback(school.request("stranger")))


def test_a_version_that_cannot_be_graded_takes_nothing_from_the_one_before(
    school: School,
) -> None:
    first = school.grade("vera", ps1__ipynb=school.answer(RIGHT, why="The first version."))
    broken = school.answer("double = abs", why="The second version.")
    with pytest.raises(Invalid) as refused:
        school.grade("vera", ps1__ipynb=from_a_newer_nbgrader(broken))
    assert refused.value.code == "not-gradable"
    files = asyncio.run(school.autograder.feedback(school.request("vera")))
    assert b"The first version." in files["ps1.html"]
    assert asyncio.run(school.autograder.read(school.request("vera"))) == first
    school.grade("vera", ps1__ipynb=broken)
    files = asyncio.run(school.autograder.feedback(school.request("vera")))
    assert b"The second version." in files["ps1.html"]
    assert not list(school.root.glob(".autograding/*/*"))


def test_points_of_half_a_version_are_taken_back(school: School) -> None:
    """nbgrader writes a notebook's points down before it opens the next, which may be broken."""
    given = school.root / "source" / "ps2"
    given.mkdir()
    for name in ("a.ipynb", "b.ipynb"):
        (given / name).write_bytes(source())
    asyncio.run(school.autograder.prepare("data8", "ps2"))
    released = (school.root / "release" / "ps2" / "a.ipynb").read_bytes()

    def wim(first: bytes, second: bytes) -> GradeRequest:
        request = school.request("wim", a__ipynb=first, b__ipynb=second, data__csv=b"1,2")
        return replace(request, assignment="ps2")

    right, wrong = (answered(released, double=code) for code in (RIGHT, "double = abs"))
    graded = asyncio.run(school.autograder.grade(wim(right, right)))
    assert graded.points == 10
    with pytest.raises(Invalid):
        asyncio.run(school.autograder.grade(wim(wrong, from_a_newer_nbgrader(right))))
    assert asyncio.run(school.autograder.read(wim(right, right))) == graded


def test_a_class_is_graded_side_by_side_without_a_lost_grade(school: School) -> None:
    names = [f"s{number}" for number in range(4)]
    handed_in = school.answer(RIGHT)

    async def everyone() -> list[Grade]:
        requests = [school.request(name, ps1__ipynb=handed_in) for name in names]
        return await asyncio.gather(*(school.autograder.grade(one) for one in requests))

    assert [graded.points for graded in asyncio.run(everyone())] == [5.0] * len(names)


def test_a_killed_worker_process_is_said_and_replaced(school: School) -> None:
    handed_in = school.answer("import time; time.sleep(2)")

    async def killed() -> None:
        grading = asyncio.create_task(
            school.autograder.grade(school.request("kim", ps1__ipynb=handed_in))
        )
        await asyncio.sleep(1)
        for one in psutil.Process().children():
            if "spawn_main" in " ".join(one.cmdline()) and not one.children():
                one.kill()
        await grading

    with pytest.raises(Unreachable):
        asyncio.run(killed())
    assert school.grade("kim", ps1__ipynb=school.answer(RIGHT)).points == 5


def test_the_time_of_receipt_is_the_gradebooks(school: School) -> None:
    school.grade("tim", ps1__ipynb=school.answer(RIGHT))
    with closing(Gradebook(f"sqlite:///{school.root / 'gradebook.db'}", "data8")) as gradebook:
        assert gradebook.find_submission("ps1", "tim").timestamp == datetime(2027, 3, 1, 9)  # noqa: DTZ001  # nbgrader keeps UTC without saying so
    assert MORNING.tzinfo is UTC
