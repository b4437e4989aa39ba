import datetime as dt
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import coursehub_templates
from coursehub.courses.rules import remarks
from coursehub.courses.rules.file import CourseFile, parse

from . import kernels

if TYPE_CHECKING:
    from .conftest import Render

DATA = {".csv", ".txt"}
ODD = 'Données & "Dados": it\'s {{ 1 + 1 }}, #1 — データ 📊'


def course_file(course: Path) -> Any:
    return yaml.safe_load((course / "course.yml").read_text(encoding="utf-8"))


def read(course: Path) -> CourseFile:
    return parse((course / "course.yml").read_text(encoding="utf-8"))


# Of each template: its title, slug, student's memory, staff's memory, cores and seats where nobody
# was asked.
USUAL = {
    "intro-data-science": ("Introduction to Data Science", "data8", "1G", "2G", 1.0, 300),
    "seminar": ("Reading an Archive with Data", "archive", "512M", "1G", 1.0, 30),
    "summer-school": ("Summer School: First Steps in Python", "summer", "512M", "1G", 0.5, 40),
    "statistics-lab-r": ("Statistics Lab", "statlab", "1G", "2G", 1.0, 30),
}
# Of which every day of week 1 is needed.
FROM_MONDAY = {"summer-school"}


def test_a_template_is_found_by_its_name(template: str) -> None:
    assert (coursehub_templates.folder(template) / "copier.yml").is_file()


def test_every_template_that_lies_here_is_listed_and_described_in_a_line() -> None:
    here = Path(coursehub_templates.__file__).parent
    names = coursehub_templates.names()
    assert set(names) == {found.parent.name for found in here.glob("*/copier.yml")}
    assert names[0] == "intro-data-science"
    described = coursehub_templates.descriptions()
    assert tuple(described) == names
    assert all(line and "\n" not in line and len(line) < 80 for line in described.values())


@pytest.mark.parametrize("name", ["nonesuch", "", ".", "..", "../coursehub_templates", "/"])
def test_a_name_that_is_no_template_is_refused(name: str) -> None:
    with pytest.raises(LookupError, match="intro-data-science"):
        coursehub_templates.folder(name)


def test_the_defaults_make_a_course_that_starts_today_or_on_the_next_monday(
    template: str, course: Path
) -> None:
    written = course_file(course)
    title, slug, memory, more, cpu, seats = USUAL[template]
    assert (written["title"], written["slug"]) == (title, slug)
    assert written["term"]["time_zone"] == "UTC"
    wait = written["term"]["starts"] - dt.datetime.now().astimezone().date()
    if template in FROM_MONDAY:
        assert written["term"]["starts"].strftime("%A") == "Monday"
        assert abs(wait - dt.timedelta(3)) <= dt.timedelta(4)
    else:
        assert abs(wait) <= dt.timedelta(1)
    student, staff = {"memory": memory, "cpu": cpu}, {"memory": more, "cpu": cpu}
    assert written["quotas"] == {
        "student": student,
        "ta": staff,
        "instructor": staff,
        "seats": seats,
    }


def test_every_module_and_assignment_of_the_course_file_is_in_its_folder(course: Path) -> None:
    written = course_file(course)
    modules = {
        f"materials/{module['path']}/{module['name']}.ipynb" for module in written["modules"]
    }
    sources = {
        f"assignments/source/{name}/{name}.ipynb"
        for name in (assignment["name"] for assignment in written["assignments"])
    }
    found = {path.relative_to(course).as_posix() for path in course.rglob("*.ipynb")}
    assert found == modules | sources


def test_every_date_is_in_the_term_even_over_a_leap_day(
    render: "Render", template: str, tmp_path: Path
) -> None:
    answers = {"term_start": "2028-02-21", "time_zone": "Asia/Kolkata"}
    file = read(render(template, tmp_path, **answers))
    assert (file.term.starts, file.term.time_zone) == (dt.date(2028, 2, 21), "Asia/Kolkata")
    assert not list(remarks.remarks(file))
    for item in file.assignments:
        due = file.due(item)
        assert due is not None
        assert due.utcoffset() == dt.timedelta(hours=5, minutes=30)
        assert file.term.starts < due.date() <= (file.term.ends or due.date())
    released = [at for module in file.modules if (at := file.since(module.release))]
    assert released
    assert released == sorted(released)


@pytest.mark.parametrize("template", [name for name in USUAL if name not in FROM_MONDAY])
def test_an_assignment_is_due_in_the_term_whichever_day_that_begins(
    render: "Render", template: str, tmp_path: Path
) -> None:
    file = read(render(template, tmp_path, term_start="2028-02-27"))
    assert file.term.starts.strftime("%A") == "Sunday"
    assert all(file.term.starts < due.date() for due in map(file.due, file.assignments) if due)


@pytest.mark.parametrize("template", FROM_MONDAY)
def test_where_every_day_counts_another_day_than_a_monday_is_refused_and_one_is_named(
    render: "Render", template: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="give one, such as 2028-02-21"):
        render(template, tmp_path, term_start="2028-02-27")


def test_what_stands_as_an_example_in_a_comment_holds_without_its_mark(course: Path) -> None:
    written = (course / "course.yml").read_text(encoding="utf-8")
    told, more = parse(written), parse(re.sub(r"^#(?=\S|  )", "", written, flags=re.MULTILINE))
    examples = {"staff", "extensions", "budget", "image", "environment"}
    assert more.model_fields_set - told.model_fields_set >= examples
    assert (more.modules, more.late, more.quotas) == (told.modules, told.late, told.quotas)


def test_quotes_braces_and_other_scripts_arrive_as_they_were_typed(
    render: "Render", template: str, tmp_path: Path
) -> None:
    course = render(
        template, tmp_path, course_title=ODD, institution=ODD, instructor="null", seats=7
    )
    written = course_file(course)
    assert (written["title"], written["institution"]) == (ODD, ODD)
    assert written["instructors"] == ["null"]
    assert written["quotas"]["seats"] == 7
    for readme in ["README.md", "materials/README.md", "assignments/README.md"]:
        assert (course / readme).read_text(encoding="utf-8").startswith(f"# {ODD}")


@pytest.mark.parametrize(
    "answers",
    [
        {"course_title": "  "},
        {"course_title": "two\nlines"},
        {"instructor": "a\nslug: other"},
        {"course_slug": "../elsewhere"},
        {"course_slug": "Data 8"},
        {"course_slug": "data8\n"},
        {"term_start": "11/01/2027"},
        {"term_start": "2027-02-29"},
        {"time_zone": "Europe/Lisbon\nslug: other"},
        {"seats": 0},
    ],
    ids=str,
)
def test_an_answer_that_cannot_be_is_refused_and_no_course_file_is_left(
    render: "Render", template: str, tmp_path: Path, answers: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=rf"question '{next(iter(answers))}'"):
        render(template, tmp_path / "course", **answers)
    assert not (tmp_path / "course" / "course.yml").exists()


def test_git_leaves_out_what_the_gradebook_knows(course: Path, tmp_path: Path) -> None:
    repository = tmp_path / "assignments"
    (repository / "source").mkdir(parents=True)
    ignored = (course / "assignments" / ".gitignore").read_text(encoding="utf-8")
    (repository / ".gitignore").write_text(ignored, encoding="utf-8")
    (repository / "gradebook.db").touch()
    for private in ["submitted", "autograded", "feedback", "release"]:
        (repository / private).mkdir()
        (repository / private / "one.ipynb").touch()
    (repository / "source" / "kept.ipynb").touch()
    git = ["git", "-c", "core.excludesFile=", "-C", str(repository)]
    subprocess.run([*git, "init", "-q"], check=True, timeout=60)
    listed = subprocess.run(
        [*git, "ls-files", "--others", "--exclude-standard"],
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )
    assert listed.stdout.split() == [".gitignore", "source/kept.ipynb"]


def test_the_records_are_those_that_the_script_invents(
    render: "Render", template: str, tmp_path: Path
) -> None:
    course = render(template, tmp_path)
    given = {path: path.read_text() for path in sorted(course.rglob("*")) if path.suffix in DATA}
    assert given
    (script,) = course.glob("invent_data.*")
    if script.suffix == ".R":
        kernels.need_r()
    for path in given:
        path.unlink()
    program = "Rscript" if script.suffix == ".R" else sys.executable
    subprocess.run([program, script], check=True, timeout=120, cwd=tmp_path)
    assert {path: path.read_text() for path in given} == given


def test_no_template_syntax_is_left_in_any_file(course: Path) -> None:
    for path in filter(Path.is_file, course.rglob("*")):
        assert path.suffix != ".jinja"
        if path.suffix != ".ipynb":
            assert "{{" not in path.read_text(encoding="utf-8")
