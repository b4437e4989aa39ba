from coursehub.launch.actions import arrivals
from coursehub.model.course import Enrolment
from coursehub.model.institution import Person
from coursehub.vocabulary.courses import GRADERS_GROUP
from coursehub.vocabulary.launch import Context
from coursehub.vocabulary.people import PEOPLE_GROUP
from tests.house.school import INSTRUCTOR, LEARNER, School

STUDENT_GROUPS = {"coursehub-data-8-student", "nbgrader-data-8"}
STAFF_GROUPS = {"coursehub-data-8-instructor", "formgrade-data-8"}


def groups(school: School, name: str) -> set[str]:
    return {group for group, names in school.hub.groups_of.items() if name in names}


def test_a_student_who_arrives_is_in_the_courses_groups(school: School) -> None:
    name = school.come("u1")
    assert groups(school, name) == STUDENT_GROUPS | {PEOPLE_GROUP}
    (person,) = school.rows(Person)
    assert person.arrived_at == school.time


def test_groups_that_are_not_ours_stay(school: School) -> None:
    name = school.come("u1")
    school.hub.groups_of["chess-club"] = {name}
    school.come("u1", roles=(INSTRUCTOR,))
    assert groups(school, name) == STAFF_GROUPS | {PEOPLE_GROUP, "chess-club"}


def test_a_changed_role_changes_the_groups(school: School) -> None:
    name = school.come("u1", roles=(INSTRUCTOR,))
    assert groups(school, name) == STAFF_GROUPS | {PEOPLE_GROUP}
    assert school.hub.groups_of[GRADERS_GROUP] == {"grader-data-8"}
    school.come("u1", roles=(LEARNER,))
    assert groups(school, name) == STUDENT_GROUPS | {PEOPLE_GROUP}


def test_a_second_course_takes_nothing_from_the_first(school: School) -> None:
    name = school.come("u1")
    school.come("u1", context=Context(id="c2", label="Bio"))
    assert groups(school, name) == STUDENT_GROUPS | {
        PEOPLE_GROUP, "coursehub-bio-student", "nbgrader-bio",
    }  # fmt: skip


def test_word_of_an_arrival_is_asked_for_until_it_comes(school: School) -> None:
    first = school.receive(school.link("u1"))
    again = school.receive(school.link("u1"))
    assert (first.tell_arrival, again.tell_arrival) == (True, True)
    assert school.rows(Person)[0].arrived_at is None
    school.arrive(again)
    assert not school.receive(school.link("u1")).tell_arrival


def test_a_launch_asks_the_hub_nothing_of_someone_who_has_a_name(school: School) -> None:
    school.come("u1")
    school.hub.answers = False
    assert school.begin(school.link("u1")).groups.join == tuple(sorted(STUDENT_GROUPS))


def test_who_has_no_role_in_the_course_any_more_loses_its_groups_at_once(school: School) -> None:
    name = school.come("u1", roles=(INSTRUCTOR,))
    school.come("u1", context=Context(id="c2", label="Bio"))
    school.come("u1", roles=())
    assert groups(school, name) == {"coursehub-bio-student", "nbgrader-bio", PEOPLE_GROUP}
    dropped = {row.dropped_at for row in school.rows(Enrolment)}
    assert dropped == {None, school.time}
    school.come("u1", roles=(LEARNER,))
    assert groups(school, name) >= STUDENT_GROUPS


def test_a_launch_waits_for_no_answer_of_the_hubs_api(school: School) -> None:
    """The Hub is waiting for this very answer; its API may be busy with a class."""
    school.come("teacher", roles=(INSTRUCTOR,))
    school.hub.answers = False
    assert school.begin(school.link("u1")).hub_name == "u1"
    school.hub.answers = True
    assert school.come("u1") == "u1"
    assert len(school.rows(Person)) == 2


def test_word_of_a_launch_that_nobody_made_changes_nothing(school: School) -> None:
    school.receive(school.link("u1"))
    arrivals.note(school.store, school, ["invented"])
    assert school.rows(Person)[0].arrived_at is None


def test_only_the_launched_courses_grader_is_named_to_the_hub(school: School) -> None:
    school.come("u1", roles=(INSTRUCTOR,), context=Context(id="c0", label="Old"))
    welcome = school.receive(school.link("u1", roles=(INSTRUCTOR,)))
    assert welcome.graders == ("grader-data-8",)
