from datetime import UTC, datetime
from pathlib import Path

import copier
import pytest
from hypothesis import given
from hypothesis import strategies as st

import coursehub_templates
from coursehub.courses.rules import amounts
from coursehub.courses.rules import file as rules
from coursehub.errors import Invalid

HEAD = "title: Data 8\nslug: data8\nterm: {starts: 2027-01-11, time_zone: America/Toronto}\n"


def fault(text: str) -> str:
    with pytest.raises(Invalid) as refused:
        rules.parse(text)
    return refused.value.message


def test_a_whole_course_is_read() -> None:
    found = rules.parse(
        HEAD
        + """
modules:
  - {name: tables, title: Tables, path: 01-tables}
assignments:
  - {name: ps1, title: One, points: 10, due: 2027-01-25T23:59:00}
quotas: {student: {memory: 1.5G, cpu: 2}, seats: 40}
"""
    )
    assert (found.title, found.modules[0].path) == ("Data 8", "01-tables")
    assert found.assignments[0].points == 10
    assert found.quotas.student.memory_bytes == 1_500_000_000
    assert (found.quotas.student.cpu, found.quotas.seats) == (2.0, 40)


@pytest.mark.parametrize("name", coursehub_templates.names())
def test_the_templates_own_course_file_is_accepted(name: str, tmp_path: Path) -> None:
    source = str(coursehub_templates.folder(name))
    copier.run_copy(source, tmp_path / "course", defaults=True, quiet=True, unsafe=False)
    found = rules.parse((tmp_path / "course/course.yml").read_text())
    assert found.modules
    assert found.assignments


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ("modules: [{name: a, title: A}]", "modules.0.path"),
        ("modules: [{name: a, title: A, path: /etc}]", "modules.0.path"),
        ("modules: [{name: a, title: A, path: ../up}]", "modules.0.path"),
        ("modules: [{name: a, title: A, path: .git/hooks}]", "modules.0.path"),
        ("modules: [{name: a, title: A, path: a/.GIT/config}]", "modules.0.path"),
        ('modules: [{name: a, title: A, path: "a\\\\b"}]', "modules.0.path"),
        ("modules: [{name: a b, title: A, path: a}]", "modules.0.name"),
        ("assignments: [{name: ../x, title: A}]", "assignments.0.name"),
        ("assignments: [{name: a, title: ' '}]", "assignments.0.title"),
        ("assignments: [{name: a, title: A, due: tomorrow}]", "assignments.0.due"),
        ("assignments: [{name: a, title: A, due: 20270315}]", "assignments.0.due"),
        ("assignments: [{name: a, title: A, due: '20270315'}]", "assignments.0.due"),
        ("assignments: [{name: a, title: A, points: -1}]", "assignments.0.points"),
        ("assignments: [{name: a, title: A, points: .inf}]", "assignments.0.points"),
        ("assignments: [{name: a, title: A, points: .nan}]", "assignments.0.points"),
        ("assignments: [{name: a, title: A, points: yes}]", "assignments.0.points"),
        ("assignments: [{name: a, title: A, dues: 2027-01-01}]", "assignments.0.dues"),
        ("assignments: [{name: a, title: A}, {name: a, title: B}]", "'a' is named twice"),
        ("quotas: {seats: -1}", "quotas.seats"),
        ("quotas: {seats: true}", "quotas.seats"),
        ("quotas: {student: {cpu: 0}}", "quotas.student.cpu"),
        ("quotas: {student: {memory: 5 gigs}}", "quotas.student.memory"),
        ("quotas: {student: {memory: 512}}", "quotas.student.memory"),
        ("budget: 5", "budget"),
        ("1: 2", "1"),
        ("modules: nothing", "modules"),
    ],
)
def test_a_fault_is_told_with_its_place(more: str, place: str) -> None:
    assert place in fault(HEAD + more)


def test_all_faults_are_told_at_once() -> None:
    told = fault("title: ''\nslug: x y\nterm: {starts: soon, time_zone: Mars/Base}")
    assert all(part in told for part in ("title:", "slug:", "term.starts:", "Mars/Base"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "must hold"),
        ("- a\n- b", "must hold"),
        ("just words", "must hold"),
        ("title: [", "line 1"),
        ("title: \x00", "not YAML"),
        ("\x7fELF\x02\x01", "not YAML"),
        (HEAD + "term: {starts: 2027-01-11}", "line 4, column 1: 'term' stands twice"),
        (HEAD + "assignments: [{name: a, title: A, due: 2027-02-30}]", "line 4, column 40"),
        (HEAD + f"quotas: {{seats: {'9' * 5000}}}", "line 4"),
        ("? [a, b]\n: c", "not YAML"),
        ("title: !!python/object/apply:os.system [ls]", "not YAML"),
        ("a: &a [x]\nb: *a", "line 2, column 4: anchors and aliases"),
        ("a: &a {k: v}\nb: {<<: *a}", "anchors and aliases"),
        ("[" * 100_000, "more than 20 levels"),
        ("--- a\n--- b", "not YAML"),
        ("x" * 1_000_001, "1 MB"),
    ],
)
def test_odd_yaml_is_refused_with_a_sentence(text: str, told: str) -> None:
    assert told in fault(text)


@given(st.text(max_size=200))
def test_whatever_the_text_it_is_read_or_refused(text: str) -> None:
    try:
        rules.parse(text)
    except Invalid as refused:
        assert refused.message  # noqa: PT017 - either end is right


@pytest.mark.parametrize(
    ("written", "size"),
    [("1K", 10**3), ("512M", 512 * 10**6), ("2g", 2 * 10**9), ("0.5G", 5 * 10**8), ("1T", 10**12)],
)
def test_amounts_of_memory(written: str, size: int) -> None:
    assert amounts.memory_bytes(written) == size


@pytest.mark.parametrize(
    "written",
    [
        "",
        "G",
        "1",
        "-1G",
        "0G",
        "0.0001K",
        "1e9G",
        "nanG",
        "infG",
        "1_0G",
        "9999T",
        "1GB",
        "\u0661G",
    ],
)
def test_what_is_no_amount_of_memory(written: str) -> None:
    with pytest.raises(ValueError, match=r"memory|byte"):
        amounts.memory_bytes(written)


@pytest.mark.parametrize(
    ("due", "moment"),
    [
        ("2027-01-25T23:59:00", datetime(2027, 1, 26, 4, 59, tzinfo=UTC)),  # winter: UTC-5
        ("2027-06-25T23:59:00", datetime(2027, 6, 26, 3, 59, tzinfo=UTC)),  # summer: UTC-4
        ("2027-03-14T02:30:00", datetime(2027, 3, 14, 7, 30, tzinfo=UTC)),  # there is no 2:30
        ("2027-11-07T01:30:00", datetime(2027, 11, 7, 5, 30, tzinfo=UTC)),  # the first of two
        ("2027-01-25T23:59:00Z", datetime(2027, 1, 25, 23, 59, tzinfo=UTC)),
        ("2027-01-25T23:59:00+02:00", datetime(2027, 1, 25, 21, 59, tzinfo=UTC)),
    ],
)
def test_a_due_time_is_meant_in_the_courses_zone(due: str, moment: datetime) -> None:
    found = rules.parse(HEAD + f"assignments: [{{name: a, title: A, due: {due}}}]")
    in_zone = found.due(found.assignments[0])
    assert in_zone is not None
    assert in_zone.astimezone(UTC) == moment
