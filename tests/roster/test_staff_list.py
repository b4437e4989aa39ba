"""The staff whom the course file names."""

from sqlmodel import select

from coursehub.model.course import Course
from coursehub.model.course_file import CourseStaff
from coursehub.model.institution import Person
from coursehub.ports import Member
from coursehub.store import EVERYONE
from coursehub.vocabulary.people import Role
from tests.house.school import LEARNER
from tests.roster.class_of import COURSE, member
from tests.roster.lists import ASSISTANT, Office, line, office

__all__ = ["office"]


def names_staff(office: Office, person: str, role: Role = Role.TA, *sections: str) -> None:
    with office.school.store.writing(EVERYONE) as session:
        course = session.exec(select(Course).where(Course.key == COURSE)).one()
        session.add(
            CourseStaff(
                institution_id=course.institution_id,
                course_id=course.id or 0,
                person=person,
                role=role,
                sections=list(sections),
            )
        )


def test_the_course_files_staff_stands_above_every_list(office: Office) -> None:
    names_staff(office, "S1@North.example", Role.TA, "B")
    names_staff(office, "nobody@north.example")
    office.sync()
    assert office.enrolled()["s1"] is Role.TA
    assert office.sections() == {"s1": {"B"}}
    assert list(office.unplaced()) == ["nobody@north.example"]
    assert office.sync().changed == 0


def test_staff_of_the_course_file_are_so_when_they_come(office: Office) -> None:
    names_staff(office, "new@north.example")
    office.school.come("new", name="New", email="new@north.example")
    assert office.enrolled()["new"] is Role.TA
    office.school.come("new", name="New", email="new@north.example")
    assert office.enrolled()["new"] is Role.TA


def test_a_hub_name_in_the_course_file_is_nobodys_address(office: Office) -> None:
    office.school.come("s1", name="Sam", email="sam@north.example")
    (sam,) = (row for row in office.school.rows(Person) if row.subject == "s1")
    names_staff(office, sam.hub_name or "")
    office.lists(member("t1"), Member(subject="s1", roles=(LEARNER,)))
    office.sync()
    (sam,) = (row for row in office.school.rows(Person) if row.subject == "s1")
    assert (sam.name, sam.email) == ("Sam", "sam@north.example")
    assert office.enrolled()["s1"] is Role.TA


def test_a_launch_leaves_the_role_that_a_higher_list_gave(office: Office) -> None:
    office.adds(first=True)
    office.canvas_lists(line("s1", ASSISTANT), line("s2"))
    office.sync()
    office.school.come("s1", name="Name s1", email="s1@north.example")
    assert office.enrolled()["s1"] is Role.TA
