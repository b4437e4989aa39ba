import pytest

from coursehub.errors import Missing, Unreachable
from coursehub.model.institution import Person
from coursehub.vocabulary.courses import GRADERS_GROUP
from coursehub.vocabulary.launch import Context, Welcome
from coursehub.vocabulary.people import HubName
from tests.house.school import INSTRUCTOR, LEARNER, School

STUDENT_GROUPS = {"coursehub-data-8-student", "nbgrader-data-8"}
STAFF_GROUPS = {"coursehub-data-8-instructor", "formgrade-data-8"}


def groups(school: School, name: str) -> set[str]:
    return {group for group, names in school.hub.groups_of.items() if name in names}


def test_a_student_who_arrives_is_in_the_courses_groups(school: School) -> None:
    name = school.come("u1")
    assert groups(school, name) == STUDENT_GROUPS
    (person,) = school.rows(Person)
    assert person.arrived_at == school.time


def test_groups_that_are_not_ours_stay(school: School) -> None:
    name = school.come("u1")
    school.hub.groups_of["chess-club"] = {name}
    school.come("u1", roles=(INSTRUCTOR,))
    assert groups(school, name) == STAFF_GROUPS | {"chess-club"}


def test_a_changed_role_changes_the_groups(school: School) -> None:
    name = school.come("u1", roles=(INSTRUCTOR,))
    assert groups(school, name) == STAFF_GROUPS
    assert school.hub.groups_of[GRADERS_GROUP] == {"grader-data-8"}
    school.come("u1", roles=(LEARNER,))
    assert groups(school, name) == STUDENT_GROUPS


def test_a_second_course_takes_nothing_from_the_first(school: School) -> None:
    name = school.come("u1")
    school.come("u1", context=Context(id="c2", label="Bio"))
    assert groups(school, name) == STUDENT_GROUPS | {"coursehub-bio-student", "nbgrader-bio"}


def test_a_hub_that_is_down_is_said_and_a_later_arrival_heals(school: School) -> None:
    welcome = school.receive(school.link("u1"))
    school.hub.answers = False
    with pytest.raises(Unreachable):
        school.arrive(welcome)
    school.hub.answers = True
    school.arrive(welcome)
    assert groups(school, welcome.hub_name) == STUDENT_GROUPS


def test_a_launch_into_a_hub_that_is_down_leaves_one_person_for_the_next(school: School) -> None:
    school.hub.answers = False
    with pytest.raises(Unreachable):
        school.receive(school.link("u1"))
    school.hub.answers = True
    assert school.come("u1") == "u1"
    assert len(school.rows(Person)) == 1


def test_an_arrival_that_nobody_launched_is_not_known(school: School) -> None:
    stranger = Welcome(launch_id="invented", hub_name=HubName("eve"), landing="/")
    with pytest.raises(Missing):
        school.arrive(stranger)


def test_a_lost_grader_account_of_another_course_keeps_no_teacher_out(school: School) -> None:
    name = school.come("u1", roles=(INSTRUCTOR,), context=Context(id="c0", label="Old"))
    school.hub.users.discard(HubName("grader-old"))
    school.hub.groups_of[GRADERS_GROUP].clear()
    school.come("u1", roles=(INSTRUCTOR,))
    assert groups(school, name) >= STAFF_GROUPS
    assert school.hub.groups_of[GRADERS_GROUP] == {"grader-data-8"}
