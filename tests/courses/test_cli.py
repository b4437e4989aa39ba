"""`coursehub course ...` as an instructor types it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from coursehub import migrations
from coursehub.cli import app
from coursehub.courses.rules.file import parse
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course
from coursehub.model.institution import Institution
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from tests.courses.whole import WHOLE


class Instructor:
    """Ada at a terminal, with a folder for her course."""

    def __init__(self, data: Path, folder: Path) -> None:
        self.data, self.folder = data, folder
        self.store = Store(Settings(data_dir=data).database)
        self.file = folder / "course.yml"
        self.write(WHOLE)
        for name in ("ps1", "midterm"):
            (folder / f"assignments/source/{name}").mkdir(parents=True)
            (folder / f"assignments/source/{name}/rides.ipynb").write_text("{}")

    def write(self, text: str) -> None:
        self.file.write_text(text)

    def types(self, *words: str, said: str | None = None) -> Result:
        data = () if words[0] in {"check", "schema"} else ("--data-dir", str(self.data))
        return CliRunner().invoke(
            app, ["course", *words, *data], input=said, env={"COLUMNS": "160"}
        )

    def opens(self, key: str) -> None:
        """The course, opened once from the LMS."""
        with self.store.writing(EVERYONE) as session:
            school = session.exec(select(Institution)).first()
            school = school or Institution(slug="north", name="North College")
            session.add(school)
            session.flush()
            session.add(Course(institution_id=school.id or 0, key=key, title="From the LMS"))


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[Instructor]:
    data = tmp_path / "data"
    data.mkdir()
    at_desk = Instructor(data, tmp_path / "course")
    migrations.upgrade(at_desk.store.engine)
    at_desk.opens("data-8")
    yield at_desk
    at_desk.store.close()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> None:
    (tmp_path / "course").mkdir()


def test_a_file_is_checked_and_every_fault_is_on_a_line_of_its_own(ada: Instructor) -> None:
    good = ada.types("check", str(ada.file))
    assert good.output == "Data 8: 2 modules, 2 assignments.\n"
    ada.write(WHOLE.replace("week 3 friday", "week 3 firday").replace("points: 10", "pionts: 10"))
    bad = ada.types("check", str(ada.file))
    assert bad.exit_code == 1
    first, second = bad.output.splitlines()
    assert first.endswith("assignments.0.pionts: there is no such key; is it points?")
    assert f"{ada.file}: line 4" in second
    assert second.endswith("'firday' is no day of the week; is it friday?")


def test_what_may_surprise_in_a_file_is_said(ada: Instructor) -> None:
    ada.write(
        WHOLE.replace("due: week 3 friday", "due: week 10 friday").replace("week 4", "week 14")
    )
    said = ada.types("check", str(ada.file)).output
    assert "ps1, due: the Friday of week 10 is a holiday: it is on Monday 2027-03-29." in said


def test_a_plan_is_shown_and_then_carried_out(ada: Instructor) -> None:
    planned = ada.types("plan", "data-8", str(ada.file))
    assert "title: From the LMS → Data 8" in planned.output
    assert "assignments ps1: new: title A week of rides, notebooks rides" in planned.output
    assert "line item shown no" in planned.output
    assert "environment OMP_NUM_THREADS: - → 2" in planned.output
    applied = ada.types("apply", "data-8", str(ada.file))
    assert applied.exit_code == 0, applied.output
    assert applied.output.endswith("sources placed: ps1, midterm.\n")
    again = ada.types("apply", "data-8", str(ada.file))
    assert again.output == (
        "Nothing to change.\nData 8: 2 modules, 2 assignments; nothing to change.\n"
    )


def test_a_clash_is_shown_and_said_which_holds(ada: Instructor) -> None:
    ada.types("apply", "data-8", str(ada.file))
    with ada.store.writing(EVERYONE) as session:
        row = session.exec(select(Assignment).where(Assignment.name == "ps1")).one()
        row.points = 11
        session.add(row)
    ada.write(WHOLE.replace("points: 10", "points: 12"))
    clash = ada.types("apply", "data-8", str(ada.file))
    assert clash.exit_code == 1
    assert "assignments ps1 points is 11 here and 12 in the file (it was 10)" in clash.output
    assert ada.types("plan", "data-8", str(ada.file), "--keep", "file").exit_code == 0
    assert "1 changed" in ada.types("apply", "data-8", str(ada.file), "--keep", "file").output


def test_what_runs_is_exported_to_a_file(ada: Instructor) -> None:
    ada.types("apply", "data-8", str(ada.file))
    assert ada.types("export", "data-8").output == WHOLE
    out = ada.folder / "now.yml"
    assert "Written to" in ada.types("export", "data-8", "--output", str(out)).output
    assert out.read_text() == WHOLE


def test_a_new_term_begins_with_the_old_ones_file_and_sources(ada: Instructor) -> None:
    ada.types("apply", "data-8", str(ada.file))
    shown = ada.types("rollover", "data-8", "--starts", "2027-09-06")
    assert parse(shown.stdout).term.starts.isoformat() == "2027-09-06"
    assert "exams midterm starts: 2027-03-02 10:00 → 2027-10-19 10:00" in shown.stderr
    early = ada.types("rollover", "data-8", "--starts", "2027-09-06", "--into", "data-8-fall")
    assert "Open it once from the LMS" in early.output
    ada.opens("data-8-fall")
    begun = ada.types(
        "rollover", "data-8", "--starts", "2027-09-06", "--into", "data-8-fall",
        "--holiday", "2027-10-11",
    )  # fmt: skip
    assert begun.exit_code == 0, begun.output
    assert "data-8-fall is the next term of data-8" in begun.output
    source = Settings(data_dir=ada.data).course_root("data-8-fall") / "course/source"
    assert sorted(path.name for path in source.iterdir()) == ["midterm", "ps1"]
    with ada.store.reading(EVERYONE) as session:
        old, new = session.exec(select(Course).order_by(Course.key)).all()
        assert old.successor_id == new.id
        assert str(new.term_starts) == "2027-09-06"
        assert [str(day) for day in new.holidays] == ["2027-10-11"]


@pytest.mark.parametrize("day", ["soon", "week 3 friday", "2027-09-06 10:00", "2027-02-30"])
def test_a_term_starts_on_a_day(ada: Instructor, day: str) -> None:
    refused = ada.types("rollover", "data-8", "--starts", day)
    assert refused.exit_code == 2
    assert "write a date like 2027-09-06" in refused.output


def test_a_course_is_archived_and_restored(ada: Instructor) -> None:
    archived = ada.types("archive", "data-8")
    assert "coursehub course restore data-8" in archived.output
    assert "archived already" in ada.types("archive", "data-8").output
    assert ada.types("restore", "data-8").output == "data-8 runs again.\n"


def test_who_changed_what_is_shown(ada: Instructor) -> None:
    assert "Nothing of data-8 has been changed yet." in ada.types("history", "data-8").output
    ada.types("apply", "data-8", str(ada.file))
    ada.write(WHOLE.replace("points: 10", "points: 12"))
    ada.types("apply", "data-8", str(ada.file))
    shown = ada.types("history", "data-8", "--limit", "1").output
    assert "(command): assignments ps1 points: 10 → 12" in shown
    assert len(shown.splitlines()) == 1


def test_the_schema_is_written_for_an_editor(ada: Instructor) -> None:
    assert '"$schema"' in ada.types("schema").output


def test_a_course_that_is_not_there_is_told(ada: Instructor) -> None:
    for words in (
        ("export", "none"),
        ("plan", "none", str(ada.file)),
        ("archive", "none"),
        ("history", "none"),
    ):
        refused = ada.types(*words)
        assert refused.exit_code == 1
        assert "There is no course" in refused.output
