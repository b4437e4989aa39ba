"""The next term, as its LMS course was copied from the last one."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from coursehub.courses.actions import applying, terms
from coursehub.courses.actions.applying import Wish
from coursehub.errors import Conflict, Missing
from coursehub.model.assignment import Assignment, Extension
from coursehub.model.course import Course, Enrolment
from coursehub.model.grading import LineItem
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.launch import Context, ResourceLink
from tests.courses.whole import WHOLE
from tests.house.school import School

OLD, NEW = CourseKey("data-8"), CourseKey("data-8-fall")
FALL = Context(id="c2", label="Data 8 Fall", title="Data 8")
AUTUMN = date(2027, 9, 6)


@pytest.fixture
def school(school: School, tmp_path: Path) -> School:
    school = replace(
        school, settings=school.settings.model_copy(update={"data_dir": tmp_path / "data"})
    )
    school.come("t1")
    applying.apply(school.store, OLD, WHOLE, Wish())
    source = school.settings.course_root(OLD) / "course/source/ps1"
    source.mkdir(parents=True)
    (source / "rides.ipynb").write_text("as it was taught")
    return school


def begin(school: School) -> None:
    moved = terms.next_term(school.store, OLD, starts=AUTUMN)
    terms.begin(school.store, school.settings, old=OLD, new=NEW, text=moved.text, wish=Wish())


def test_links_that_the_lms_copied_open_the_new_course(school: School) -> None:
    school.come("t1", context=FALL)
    begin(school)
    copied = ResourceLink(id="copy-of-ps1", title="One", lineitem_url="https://lms/items/77")
    link = school.link("s1", context=FALL, link=copied, custom={"assignment": "ps1"})
    assert school.receive(link).landing.startswith(f"/services/coursehub/courses/{NEW}/")
    by_id = {row.id: row for row in school.rows(Assignment)}
    (item,) = school.rows(LineItem)
    courses = {row.key: row.id for row in school.rows(Course)}
    assert by_id[item.assignment_id].course_id == courses[NEW]


def test_people_and_extensions_stay_in_the_old_course(school: School) -> None:
    school.come("s1")
    school.come("t1", context=FALL)
    begin(school)
    courses = {row.id: row.key for row in school.rows(Course)}
    assert [courses[row.course_id] for row in school.rows(Enrolment)].count(NEW) == 1
    assert {courses[row.course_id] for row in school.rows(Extension)} == {OLD}


def test_the_sources_come_along_and_are_never_overwritten(school: School) -> None:
    school.come("t1", context=FALL)
    begin(school)
    brought = school.settings.course_root(NEW) / "course/source/ps1/rides.ipynb"
    assert brought.read_text() == "as it was taught"
    brought.write_text("as it is taught now")
    begin(school)
    assert brought.read_text() == "as it is taught now"


def test_the_next_term_is_another_course_that_somebody_has_opened(school: School) -> None:
    with pytest.raises(Missing, match="Open it once"):
        begin(school)
    with pytest.raises(Conflict):
        terms.begin(school.store, school.settings, old=OLD, new=OLD, text=WHOLE, wish=Wish())
