"""A new course's key: free on a Hub that taught before coursehub came."""

import asyncio
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from coursehub.errors import Unreachable
from coursehub.model.course import Course
from coursehub.roster.actions import groups
from coursehub.settings import Settings
from coursehub.store import Store
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.people import HubName
from tests.house.school import INSTRUCTOR, School

PROF = HubName("prof")


@pytest.mark.parametrize("name", ["formgrade-data-8", "nbgrader-data-8"])
def test_a_new_course_keeps_out_of_groups_that_the_hub_had_before(
    school: School, name: str
) -> None:
    school.hub.users.add(PROF)
    school.hub.groups_of[name] = {PROF}
    welcome = school.receive(school.link(roles=(INSTRUCTOR,)))
    school.arrive(welcome)
    asyncio.run(groups.align(school.store, school.hub, school, course=CourseKey("data-8-2")))
    assert [course.key for course in school.rows(Course)] == ["data-8-2"]
    assert name not in welcome.groups.join
    assert school.hub.groups_of[name] == {PROF}


def test_a_new_course_keeps_off_a_grader_account_that_the_hub_had_before(school: School) -> None:
    school.hub.users.add(HubName("grader-data-8"))
    assert school.receive(school.link(roles=(INSTRUCTOR,))).graders == ("grader-data-8-2",)


def test_a_course_that_coursehub_lost_finds_its_groups_again(
    school: School, tmp_path: Path, settings: Settings
) -> None:
    """A Hub that was kept while coursehub's database was made anew."""
    school.arrive(school.receive(school.link(roles=(INSTRUCTOR,))))
    again = School(store=new_store(tmp_path / "new.sqlite"), settings=settings, hub=school.hub)
    again.trust()
    assert again.receive(again.link(roles=(INSTRUCTOR,))).graders == ("grader-data-8",)
    again.store.close()


def test_a_course_cannot_begin_while_the_hub_is_away_and_nothing_is_used_up(
    school: School,
) -> None:
    link = school.link()
    school.hub.answers = False
    with pytest.raises(Unreachable):
        school.receive(link)
    school.hub.answers = True
    assert school.receive(link).hub_name == "u1"


def new_store(path: Path) -> Store:
    store = Store(f"sqlite:///{path}")
    SQLModel.metadata.create_all(store.engine)
    return store
