"""Everything that a file says, applied, exported, and changed on both sides."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import select

from coursehub.courses.actions import applying, archiving
from coursehub.courses.actions.applying import Wish
from coursehub.courses.rules.difference import Side
from coursehub.courses.rules.file import parse
from coursehub.courses.rules.settings import settings_of
from coursehub.errors import Conflict, Invalid, Missing
from coursehub.model.assignment import Assignment, Extension
from coursehub.model.course import Course
from coursehub.model.course_file import CourseFileVersion, CourseStaff
from coursehub.model.module import Module
from coursehub.model.quota import Budget, Exam, Quota
from coursehub.model.roster_source import RosterSource
from coursehub.store import EVERYONE
from coursehub.vocabulary.courses import CourseKey
from tests.courses.whole import WHOLE
from tests.house.school import School

KEY = CourseKey("data-8")
FILE = Wish(by="ada")


@dataclass
class Instructor:
    """Ada, with her file and her page."""

    school: School

    def applies(self, text: str = WHOLE, **choice: Any) -> int:
        wish = Wish(by="ada", **choice)
        return len(applying.apply(self.school.store, KEY, text, wish).changes)

    def exports(self) -> str:
        return applying.export(self.school.store, KEY)

    def sets_on_the_page(self, table: Any, name: str, **values: Any) -> None:
        with self.school.store.writing(EVERYONE) as session:
            row = session.exec(select(table).where(table.name == name)).one()
            for key, value in values.items():
                setattr(row, key, value)
            session.add(row)

    def due(self, name: str = "ps1") -> str:
        rows = {row.name: row for row in self.school.rows(Assignment)}
        return str(rows[name].due_at)


@pytest.fixture
def ada(school: School) -> Instructor:
    school.come("t1")
    return Instructor(school)


def test_everything_that_a_file_says_is_so_in_the_course(ada: Instructor) -> None:
    ada.applies()
    rows = ada.school.rows
    (course,) = rows(Course)
    assert str(course.term_ends) == "2027-04-09"
    assert [day.name for day in course.holidays] == ["Reading week", ""]
    assert (course.image, course.environment) == (
        "quay.io/jupyter/scipy-notebook:2026-11-24",
        {"OMP_NUM_THREADS": "2"},
    )
    assert ada.due("ps1") == "2027-01-30 04:59:00+00:00"
    assert [module.pin for module in rows(Module)] == ["", "v1.2"]
    extensions = {row.person or row.section: row for row in rows(Extension)}
    assert extensions["cho@north.example"].by_days == 2
    assert str(extensions["B"].due_at) == "2027-02-01 17:00:00+00:00"
    assert [row.by_seconds for row in rows(Extension) if row.person.startswith("dee")] == [
        36 * 3600,
        30 * 60,
    ]
    assert [(row.role, row.memory_bytes, row.gpu) for row in rows(Quota)] == [
        ("student", 10**9, None),
        ("ta", 4 * 10**9, 1),
        ("instructor", None, None),
    ]
    assert [(row.name, row.seats, row.assignments) for row in rows(Exam)] == [
        ("midterm", 250, ["midterm"])
    ]
    assert [row.total_microusd for row in rows(Budget)] == [500_000_000]
    assert [row.sections for row in rows(CourseStaff)] == [[], ["A", "B"]]
    assert [row.kind for row in rows(RosterSource)] == ["lti", "canvas"]


def test_what_was_applied_is_exported_letter_by_letter(ada: Instructor) -> None:
    ada.applies()
    assert ada.exports() == WHOLE


def test_an_export_after_a_change_on_the_page_says_it_and_changes_nothing(ada: Instructor) -> None:
    ada.applies()
    ada.sets_on_the_page(Assignment, "ps1", title="Rides of a week")
    exported = ada.exports()
    assert "title: Rides of a week" in exported
    assert "due: week 3 friday" in exported  # as the file had it
    assert settings_of(parse(exported)) != settings_of(parse(WHOLE))
    assert ada.applies(exported) == 0
    assert ada.exports() == exported


def test_a_course_that_was_never_set_up_is_exported_too(ada: Instructor) -> None:
    assert parse(ada.exports()).slug == "data-8"
    assert ada.applies(ada.exports()) == 0


def test_a_change_on_the_page_and_one_in_the_file_both_hold(ada: Instructor) -> None:
    ada.applies()
    ada.sets_on_the_page(Assignment, "ps1", due_at=datetime.fromisoformat("2027-02-03T04:59Z"))
    ada.applies(WHOLE.replace("title: Data 8", "title: Data Eight"))
    (course,) = ada.school.rows(Course)
    assert course.title == "Data Eight"
    assert ada.due() == "2027-02-03 04:59:00+00:00"


def test_a_clash_is_shown_and_changes_nothing_until_somebody_says_which_holds(
    ada: Instructor,
) -> None:
    ada.applies()
    ada.sets_on_the_page(Assignment, "ps1", due_at=datetime.fromisoformat("2027-02-03T04:59Z"))
    later = WHOLE.replace("due: week 3 friday", "due: week 5 friday").replace("Data 8", "Data 9")
    later = later.replace("due: week 4 monday", "due: week 6 monday")
    with pytest.raises(Conflict) as clash:
        ada.applies(later)
    assert (
        "assignments ps1 due is 2027-02-02 23:59 here and 2027-02-12 23:59 in the file "
        "(it was 2027-01-29 23:59)" in clash.value.message
    )
    assert [course.title for course in ada.school.rows(Course)] == ["Data 8"]
    assert ada.applies(later, choices={("assignments", "ps1", "due"): Side.PAGE}) > 0
    assert ada.due() == "2027-02-03 04:59:00+00:00"
    assert ada.applies(later) == 0  # it is settled


def test_the_files_word_may_hold_in_a_clash(ada: Instructor) -> None:
    ada.applies()
    ada.sets_on_the_page(Assignment, "ps1", points=11.0)
    assert ada.applies(WHOLE.replace("points: 10", "points: 12"), otherwise=Side.FILE) == 1
    assert {row.name: row.points for row in ada.school.rows(Assignment)}["ps1"] == 12


def test_what_the_page_set_before_the_first_file_stays_where_the_file_is_silent(
    ada: Instructor,
) -> None:
    with ada.school.store.writing(EVERYONE) as session:
        course = session.exec(select(Course)).one()
        owner = course.institution_id
        session.add(Quota(institution_id=owner, course_id=course.id or 0, seats=7))
    ada.applies("title: A\nslug: a\nterm: {starts: 2027-01-11}\n")
    assert [row.seats for row in ada.school.rows(Quota) if row.role == "student"] == [7]


def test_a_line_that_is_taken_out_of_the_file_is_taken_back(ada: Instructor) -> None:
    ada.applies()
    without = WHOLE.replace("      - {section: B, due: week 4 monday 12:00}\n", "")
    without = without.replace("  - {person: ben@north.example, role: ta, sections: [A, B]}\n", "")
    without = without.replace("image: quay.io/jupyter/scipy-notebook:2026-11-24\n", "")
    assert ada.applies(without) == 3
    assert "B" not in [row.section for row in ada.school.rows(Extension)]
    assert [row.person for row in ada.school.rows(CourseStaff)] == ["ada@north.example"]
    assert ada.school.rows(Course)[0].image == ""


def test_an_exam_that_is_taken_out_of_the_file_is_gone_with_its_extra_time(ada: Instructor) -> None:
    ada.applies()
    start, end = WHOLE.index("exams:"), WHOLE.index("quotas:")
    ada.applies(WHOLE[:start] + WHOLE[end:])
    assert ada.school.rows(Exam) == []
    assert all(row.exam_id is None for row in ada.school.rows(Extension))


def test_a_module_from_a_repository_of_its_own_is_delivered_from_there(ada: Instructor) -> None:
    ada.applies()
    first, second = ada.school.rows(Module)
    assert first.source_id != second.source_id


def test_a_faulty_file_changes_nothing(ada: Instructor) -> None:
    ada.applies()
    with pytest.raises(Invalid, match="line"):
        ada.applies(WHOLE.replace("week 2 monday", "week 2 mooday"))
    assert ada.applies() == 0


def test_every_file_that_was_applied_is_kept_with_who_and_when(ada: Instructor) -> None:
    ada.applies()
    ada.applies()
    ada.applies(WHOLE.replace("points: 10", "points: 12"))
    first, second = ada.school.rows(CourseFileVersion)
    assert (first.text, first.by, first.origin) == (WHOLE, "ada", "command")
    assert second.changes == 1


def test_a_plan_changes_nothing(ada: Instructor) -> None:
    planned = applying.plan(ada.school.store, KEY, WHOLE, FILE).difference
    assert planned.changes
    assert ada.school.rows(Module) == []
    assert len(planned.changes) == ada.applies()


def test_a_course_is_archived_once_and_comes_back(ada: Instructor) -> None:
    store = ada.school.store
    archiving.archive(store, ada.school, KEY)
    assert ada.school.rows(Course)[0].archived_at == ada.school.now()
    with pytest.raises(Conflict, match="archived already"):
        archiving.archive(store, ada.school, KEY)
    archiving.restore(store, KEY)
    with pytest.raises(Conflict, match="not archived"):
        archiving.restore(store, KEY)
    with pytest.raises(Missing):
        archiving.restore(store, CourseKey("nothing"))
