from dataclasses import replace
from pathlib import Path

import pytest

from coursehub.courses.actions import applying, sources
from coursehub.courses.actions.applying import Wish
from coursehub.courses.rules import file as rules
from coursehub.courses.rules.difference import Difference
from coursehub.errors import Invalid, Missing
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course
from coursehub.model.module import Module, Source
from coursehub.model.quota import Quota
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.launch import Context
from tests.house.school import School

KEY = CourseKey("data-8")
MATERIALS = "https://git.example/data8/materials.git"
HEAD = "title: Data 8\nslug: data8\nterm: {starts: 2027-01-11, time_zone: America/Toronto}\n"
TABLES = "  - {name: tables, title: Tables, path: 01-tables}\n"
MODULES = f"modules:\n{TABLES}  - {{name: charts, title: Charts, path: 02-charts}}\n"
DUE = "2027-01-25T23:59:00"
ASSIGNMENTS = f"assignments:\n  - {{name: ps1, title: One, points: 10, due: {DUE}}}\n"
QUOTAS = "quotas: {student: {memory: 1G, cpu: 1}, seats: 40}\n"
WHOLE = HEAD + MODULES + ASSIGNMENTS + QUOTAS


def apply(
    school: School, text: str = WHOLE, *, key: CourseKey = KEY, materials: str = MATERIALS
) -> Difference:
    return applying.apply(school.store, key, text, Wish(materials=materials))


def changed(
    school: School, text: str = WHOLE, *, key: CourseKey = KEY, materials: str = MATERIALS
) -> int:
    return len(apply(school, text, key=key, materials=materials).changes)


@pytest.fixture
def opened(school: School) -> School:
    """A course that somebody has opened from the LMS."""
    school.come("t1")
    return school


def test_a_course_becomes_what_its_file_says(opened: School) -> None:
    apply(opened)
    (course,), (quota, *_) = opened.rows(Course), opened.rows(Quota)
    assert (course.title, course.time_zone) == ("Data 8", "America/Toronto")
    assert (quota.memory_bytes, quota.cpu, quota.seats) == (10**9, 1.0, 40)
    assert [(m.name, m.position) for m in opened.rows(Module)] == [("tables", 0), ("charts", 1)]
    (assignment,) = opened.rows(Assignment)
    assert assignment.due_at is not None
    assert assignment.due_at.isoformat() == "2027-01-26T04:59:00+00:00"
    (source,) = opened.rows(Source)
    assert (source.url, source.folder) == (MATERIALS, "materials")


def test_applying_twice_changes_nothing(opened: School) -> None:
    apply(opened)
    assert changed(opened) == 0


@pytest.mark.parametrize(
    ("before", "after", "number"),
    [
        ("title: Tables", "title: Table talk", 1),
        ("points: 10", "points: 12", 1),
        (DUE, "2027-02-01T23:59:00", 1),
        ("seats: 40", "seats: 41", 1),
        ("title: Data 8", "title: Data Nine", 1),
        ("America/Toronto", "America/Vancouver", 1),
        (TABLES, f"{TABLES}  - {{name: maps, title: Maps, path: 03-maps}}\n", 2),  # charts move on
    ],
)
def test_changes_are_counted(opened: School, before: str, after: str, number: int) -> None:
    apply(opened)
    assert changed(opened, WHOLE.replace(before, after)) == number
    assert changed(opened, WHOLE.replace(before, after)) == 0


BRACES = f"{{{', '.join(HEAD.splitlines())}, modules: [{TABLES.strip(' -')}]}}"


@pytest.mark.parametrize("text", [WHOLE, BRACES])
def test_an_export_says_itself_where_the_modules_are(opened: School, text: str) -> None:
    apply(opened, text)
    exported = applying.export(opened.store, KEY)
    assert rules.parse(exported).materials == MATERIALS
    assert changed(opened, exported, materials="") == 0


def test_what_the_file_no_longer_names_stays(opened: School) -> None:
    apply(opened)
    apply(opened, HEAD)
    assert len(opened.rows(Module)) == 2
    assert len(opened.rows(Assignment)) == 1


def test_a_course_that_nobody_has_opened_cannot_be_set_up(school: School) -> None:
    with pytest.raises(Missing, match="Open it once from the LMS"):
        apply(school)


@pytest.mark.parametrize(
    "materials",
    [
        "",
        "ftp://git.example/x",
        "file:///etc",
        "git.example/x",
        "https://user:secret@git.example/x",
        "https://git.example/x?token=secret",
        "https://git.example/\nx",
        "--upload-pack=touch /tmp/x",
        "ext::sh -c id",
    ],
)
def test_an_address_that_git_must_not_be_given_is_refused(opened: School, materials: str) -> None:
    with pytest.raises(Invalid) as refused:
        apply(opened, materials=materials)
    assert "secret" not in refused.value.message
    assert not opened.rows(Source)


def test_two_courses_whose_repositories_share_a_name_get_a_folder_each(opened: School) -> None:
    opened.come("t1", context=Context(id="c2", label="Bio"))
    apply(opened)
    apply(opened, key=CourseKey("bio"), materials="https://git.example/bio/materials.git")
    assert sorted(s.folder for s in opened.rows(Source)) == ["bio-materials", "materials"]
    assert changed(opened) == 0


def test_however_many_repositories_share_a_name_none_shares_a_folder(opened: School) -> None:
    for host in ("one", "two", "three", "four"):
        apply(opened, materials=f"https://{host}.example/materials.git")
    folders = [source.folder for source in opened.rows(Source)]
    assert folders == ["materials", "data-8-materials", "data-8-materials-2", "data-8-materials-3"]


def test_another_courses_folder_is_not_taken_by_a_repository_of_that_name(opened: School) -> None:
    opened.come("t1", context=Context(id="c2", label="Bio"))
    apply(opened, materials="https://git.example/bio-materials.git")
    apply(opened, key=CourseKey("bio"), materials="https://git.example/1/materials.git")
    apply(opened, key=CourseKey("bio"), materials="https://git.example/2/materials.git")
    folders = [source.folder for source in opened.rows(Source)]
    assert len(set(folders)) == len(folders) == 3


@pytest.mark.parametrize(
    ("address", "folder"),
    [
        ("https://git.example/.ssh", "ssh"),
        ("https://git.example/..", "data-8"),
        ("https://git.example/data8/.git", "data-8"),
        ("https://git.example/Caf\u00e9%20Data.git/", "cafe-20data"),
    ],
)
def test_a_repositorys_folder_is_never_hidden_and_never_leaves_the_home(
    opened: School, address: str, folder: str
) -> None:
    apply(opened, materials=address)
    assert [source.folder for source in opened.rows(Source)] == [folder]


def folder_of(folder: Path) -> Path:
    (folder / "source/ps1").mkdir(parents=True)
    (folder / "source/ps1/ps1.ipynb").write_text("as delivered")
    return folder


@pytest.fixture
def alone(school: School, tmp_path: Path) -> School:
    return replace(school, settings=school.settings.model_copy(update={"data_dir": tmp_path / "d"}))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sources_are_placed_once_and_never_overwritten(alone: School, tmp_path: Path) -> None:
    file, folder = rules.parse(WHOLE), folder_of(tmp_path)
    assert sources.place_sources(alone.settings, KEY, file, folder) == ["ps1"]
    placed = alone.settings.course_root(KEY) / "course/source/ps1/ps1.ipynb"
    placed.write_text("edited by the teacher")
    assert sources.place_sources(alone.settings, KEY, file, folder) == []
    assert placed.read_text() == "edited by the teacher"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_copy_that_was_killed_is_begun_anew(alone: School, tmp_path: Path) -> None:
    left = alone.settings.course_root(KEY) / "course/source/.ps1.partial"
    left.mkdir(parents=True)
    (left / "half.ipynb").write_text("half")
    sources.place_sources(alone.settings, KEY, rules.parse(WHOLE), folder_of(tmp_path))
    assert [path.name for path in (left.parent / "ps1").iterdir()] == ["ps1.ipynb"]
    assert not left.exists()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_missing_source_and_a_link_are_refused(alone: School, tmp_path: Path) -> None:
    file = rules.parse(WHOLE)
    with pytest.raises(Invalid, match="source/ps1"):
        sources.place_sources(alone.settings, KEY, file, tmp_path)
    folder = folder_of(tmp_path)
    (folder / "source/ps1/data.csv").symlink_to("/etc/passwd")
    with pytest.raises(Invalid, match=r"data\.csv is a link"):
        sources.place_sources(alone.settings, KEY, file, folder)
    assert not (alone.settings.course_root(KEY) / "course/source/ps1").exists()
