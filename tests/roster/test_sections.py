"""Sections of a course: as the list says, kept with what a plan did, and who looks after whom."""

from coursehub.model.course import Course
from coursehub.model.roster import RosterStep
from coursehub.roster.actions import listing, plans
from coursehub.roster.actions.settling import Wish
from coursehub.vocabulary.people import Role
from coursehub.vocabulary.roster import StepKind, assisted, may_see
from tests.house.school import INSTRUCTOR
from tests.roster.class_of import Class, member
from tests.roster.test_plans import undo
from tests.roster.test_sync import TA


def lists_labs(course: Class, **labs: tuple[str, ...]) -> None:
    course.lists(member("t1", INSTRUCTOR), *(member(s, sections=labs[s]) for s in labs))


def test_people_are_in_the_sections_that_the_list_says(course: Class) -> None:
    lists_labs(course, s1=("Lab  1",), s2=("Lab 1", "Lab 2"), s3=())
    course.sync()
    assert course.sections() == {"s1": {"Lab 1"}, "s2": {"Lab 1", "Lab 2"}}
    assert course.sync().unchanged == 4


def test_a_change_of_section_is_a_step_that_history_keeps_and_undo_takes_back(
    course: Class,
) -> None:
    lists_labs(course, s1=("Lab 1",), s2=("Lab 2",))
    course.sync()
    lists_labs(course, s1=("Lab 2",), s2=("Lab 2",))
    moved = course.sync()
    assert (moved.changed, moved.unchanged) == (1, 2)
    step = course.school.rows(RosterStep)[-1]
    assert (step.kind, step.sections_before, step.sections_after) == (
        StepKind.SECTION, ("Lab 1",), ("Lab 2",)
    )  # fmt: skip
    undo(course, moved)
    assert course.sections()["s1"] == {"Lab 1"}
    assert course.sync().waiting == 1, "until a person says so"
    assert course.sections()["s1"] == {"Lab 1"}


def test_who_comes_back_is_in_the_section_that_the_list_says_then(course: Class) -> None:
    lists_labs(course, s1=("Lab 1",))
    course.sync()
    course.lists(member("t1", INSTRUCTOR), member("s1", status="Deleted"))
    gone = course.sync()
    assert course.sections() == {}
    undo(course, gone)
    assert course.sections() == {"s1": {"Lab 1"}}
    course.sync(confirmed=True)
    lists_labs(course, s1=("Lab 2",))
    course.sync()
    assert course.sections() == {"s1": {"Lab 2"}}


def test_a_plan_of_sections_is_carried_out_later(course: Class) -> None:
    lists_labs(course, s1=("Lab 1",))
    course.sync()
    lists_labs(course, s1=("Lab 2",), s2=("Lab 2",))
    shown = course.sync(wish=Wish(only_plan=True))
    assert course.sections() == {"s1": {"Lab 1"}}
    (row,) = course.school.rows(Course)
    plans.apply(
        course.school.store, course.school, row.institution_id, row.id or 0, shown.id or 0, by="kim"
    )
    assert course.sections() == {"s1": {"Lab 2"}, "s2": {"Lab 2"}}


def test_an_assistant_in_sections_looks_after_those_and_one_in_none_after_everybody() -> None:
    assert assisted(Role.TA, ("Lab 1",)) == frozenset({"Lab 1"})
    assert assisted(Role.TA, ()) is None
    assert assisted(Role.INSTRUCTOR, ("Lab 1",)) is None
    assert assisted(Role.TA, ("Lab 1", "Evening"), whole=["Evening"]) == frozenset({"Lab 1"})
    assert assisted(Role.TA, ("Evening",), whole=["Evening"]) == frozenset({"Evening"})
    assert may_see(Role.TA, ("Lab 1",), of=("Lab 1", "Lab 2"))
    assert not may_see(Role.TA, ("Lab 1",), of=("Lab 2",))
    assert may_see(Role.TA, (), of=())
    assert not may_see(Role.STUDENT, ("Lab 1",), of=("Lab 1",))


def test_the_roster_is_shown_by_section(course: Class) -> None:
    labs = {"s1": ("Lab 1",), "s2": ("Lab 2",), "s3": ("Lab 2",)}
    course.lists(
        member("t1", INSTRUCTOR),
        member("a1", TA, sections=("Lab 2",)),
        *(member(s, sections=labs[s]) for s in labs),
    )
    course.sync()
    store, (row,) = course.school.store, course.school.rows(Course)
    found, _ = listing.roster(store, row.institution_id, row.id or 0)
    (assistant,) = (line for line in found if line.role is Role.TA)
    assert assistant.sections == ("Lab 2",)
    known = listing.sections(
        store, row.institution_id, row.id or 0, person_id=assistant.person_id, role=Role.TA
    )
    assert [(line.name, line.people, line.is_mine) for line in known] == [
        ("Lab 1", 1, False),
        ("Lab 2", 3, True),
    ]
    _, total = listing.roster(store, row.institution_id, row.id or 0, sections=[known[1].id])
    assert total == 3
