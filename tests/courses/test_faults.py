import json
from pathlib import Path

import pytest

from coursehub.courses.rules import schema, text
from coursehub.courses.rules.file import checked
from tests.courses.test_rules import HEAD

ROOT = Path(__file__).parents[2]
DUE = "assignments: [{name: a, title: A, due: week 2 friday"
EXAM = "exams: [{name: e, title: E, starts: week 6 monday 10:00, ends: week 6 monday 12:00"


def faults(more: str, head: str = HEAD) -> list[str]:
    _, found = checked(text.read(head + more))
    return [str(fault) for fault in found]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            "asignments: []",
            "line 4, column 1: asignments: there is no such key; is it assignments?",
        ),
        (
            "assignments:\n- name: a\n  title: A\n  deu: 2027-02-01",
            "line 7, column 3: assignments.0.deu: there is no such key; is it due?",
        ),
        (
            "assignments: [{name: a, title: A, due: week 3 firday}]",
            "line 4, column 40: assignments.0.due: 'firday' is no day of the week; is it friday?",
        ),
        (
            "roster: {dropped_servers: stopp}",
            "line 4, column 27: roster.dropped_servers: it must be 'stop' or 'keep'; is it stop?",
        ),
        (
            "staff: [{person: a@x.edu, role: instuctor}]",
            "line 4, column 33: staff.0.role: it must be 'instructor' or 'ta'; is it instructor?",
        ),
        ("modules: [{name: a, path: a}]", "line 4, column 11: modules.0.title: it is missing"),
        ("modules: a", "line 4, column 10: modules: write a list here, each item after a hyphen"),
    ],
)
def test_a_fault_names_line_column_reason_and_the_nearest_spelling(more: str, told: str) -> None:
    assert faults(more) == [told]


def test_a_time_zone_that_is_misspelt_is_told_the_nearest() -> None:
    head = "title: A\nslug: a\nterm: {starts: 2027-01-11, time_zone: Amercia/Toronto}\n"
    assert "try America/Toronto" in faults("", head)[0]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("modules: [{name: a, title: A, path: a}, {name: a, title: B, path: b}]", "named twice"),
        ("staff: [{person: a@x.edu}, {person: A@x.edu}]", "named twice"),
        (
            "assignments: [{name: a, title: A, release: week 3 monday, due: week 2 friday}]",
            "due before it is released",
        ),
        ("assignments: [{name: a, title: A, extensions: [{person: p, by: 2 days}]}]", "is not due"),
        (
            f"{DUE}, extensions: [{{person: p, due: week 1 friday}}]}}]",
            "ends before",
        ),
        (
            f"{DUE}, extensions: [{{by: 2 days}}]}}]",
            "say whose",
        ),
        ("extensions: [{person: p}]", "say how long"),
        ("extensions: [{person: p, due: week 2 friday}]", "say how much later"),
        (
            "exams: [{name: e, title: E, starts: week 6 monday 12:00, ends: week 6 monday 10:00}]",
            "ends before it starts",
        ),
        (
            f"assignments: [{{name: midterm, title: M}}]\n{EXAM}, assignments: [midtrem]}}]",
            "is it midterm?",
        ),
        ("roster: {sources: [lti, canvas]}", "needs its url and its course"),
        ("environment: {COURSEHUB_URL: x}", "the Hub's own"),
        ("environment: {DB_PASSWORD: x}", "looks like a secret"),
        ("image: 'x; rm -rf /'", "cannot stand here"),
    ],
)
def test_parts_that_do_not_fit_together_are_told(more: str, told: str) -> None:
    found = faults(more)
    assert len(found) == 1
    assert told in found[0]
    assert found[0].startswith("line ")


def test_a_term_that_ends_before_it_starts_is_told() -> None:
    assert "ends before" in faults("", HEAD.replace("starts:", "ends: 2026-12-01, starts:"))[0]


def test_faults_come_in_the_order_of_the_lines() -> None:
    found = faults("quotas: {seats: -1}\nbudget: {total: much}\nmodules: x")
    assert [fault.split(",")[0] for fault in found] == ["line 4", "line 5", "line 6"]


def test_the_published_schema_is_that_of_the_code() -> None:
    published = json.loads((ROOT / "docs/course.schema.json").read_text())
    assert published == schema.schema()


def test_the_schema_tells_editors_what_each_key_means() -> None:
    found = schema.schema()
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    parts = [found, *found["$defs"].values()]
    untold = [
        f"{part['title']}.{key}"
        for part in parts
        for key, said in part.get("properties", {}).items()
        if not said.get("description")
    ]
    assert untold == []
