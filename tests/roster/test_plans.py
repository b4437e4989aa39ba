"""Plans of a roster: kept, carried out later, undone, and never twice by themselves."""

import pytest

from coursehub.errors import Conflict, Missing, Refused
from coursehub.model.course import Course, Enrolment
from coursehub.model.roster import RosterStep, RosterSync, StaffChange
from coursehub.roster.actions import plans
from coursehub.roster.actions.plans import Outcome
from coursehub.roster.actions.settling import Wish
from coursehub.vocabulary.people import Role
from coursehub.vocabulary.roster import StepKind
from tests.house.school import INSTRUCTOR, at_once
from tests.roster.class_of import CONTEXT, Class, member

CLASS = tuple(member(f"s{n}") for n in range(20))


@pytest.fixture
def full(course: Class) -> Class:
    """A course of t1 and twenty students."""
    course.lists(member("t1"), *CLASS)
    course.sync()
    return course


def steps(course: Class, sync: RosterSync) -> dict[str, tuple[StepKind, Role | None, Role | None]]:
    rows = [row for row in course.school.rows(RosterStep) if row.sync_id == sync.id]
    return {row.subject: (row.kind, row.before, row.after) for row in rows}


def latest(course: Class) -> RosterSync:
    return course.school.rows(RosterSync)[-1]


def apply(course: Class, sync: RosterSync, *, by: str = "kim") -> Outcome:
    return plans.apply(
        course.school.store, course.school, sync.institution_id, sync.course_id, sync.id or 0, by=by
    )


def undo(course: Class, sync: RosterSync, *, by: str = "kim") -> Outcome:
    return plans.undo(
        course.school.store, course.school, sync.institution_id, sync.course_id, sync.id or 0, by=by
    )


def test_a_sync_keeps_who_was_changed_how_by_whom_and_from_where(full: Class) -> None:
    full.lists(member("t1", INSTRUCTOR), *CLASS[1:], member("s0", status="Deleted"), member("new"))
    done = full.sync(wish=Wish(by="kim"))
    assert steps(full, done) == {
        "t1": (StepKind.CHANGE, Role.STUDENT, Role.INSTRUCTOR),
        "s0": (StepKind.LEAVE, Role.STUDENT, None),
        "new": (StepKind.JOIN, None, Role.STUDENT),
    }
    assert (done.by, done.applied_by, done.source) == ("kim", "", "nrps")
    assert done.applied_at == full.school.time


def test_every_change_of_the_staff_is_kept_whatever_made_it(full: Class) -> None:
    full.lists(member("t1", INSTRUCTOR), *CLASS)
    made = full.sync(wish=Wish(by="kim"))
    full.school.come("t1", context=CONTEXT, roles=())
    full.school.come("t1", context=CONTEXT, roles=(INSTRUCTOR,))
    full.school.come("t1", context=CONTEXT, roles=(INSTRUCTOR,))
    full.school.come("s0", context=CONTEXT)
    undo(full, made)
    full.lists(member("t1"), *CLASS, member("new", INSTRUCTOR))
    apply(full, full.sync(wish=Wish(only_plan=True)), by="lee")
    rows = full.school.rows(StaffChange)
    told = [(row.before, row.after, row.source, row.by) for row in rows]
    assert told == [
        (Role.STUDENT, Role.INSTRUCTOR, "nrps", "kim"),
        (Role.INSTRUCTOR, None, "launch", ""),
        (None, Role.INSTRUCTOR, "launch", ""),
        (Role.INSTRUCTOR, Role.STUDENT, "undo", "kim"),
        (None, Role.INSTRUCTOR, "nrps", "lee"),
    ]
    assert [row.sync_id is None for row in rows] == [False, True, True, False, False]


def test_a_plan_alone_changes_nothing_and_is_carried_out_as_it_was_shown(full: Class) -> None:
    before = full.enrolled()
    full.lists(member("t1", INSTRUCTOR), *CLASS[2:], member("s0", status="Inactive"))
    shown = full.sync(wish=Wish(only_plan=True))
    assert full.enrolled() == before
    assert (shown.waiting, shown.applied_at) == (3, None)
    full.lists()  # whatever the LMS says by now
    assert apply(full, shown) == Outcome(done=3, overtaken=0)
    assert full.enrolled()["t1"] is Role.INSTRUCTOR
    assert set(before) - set(full.enrolled()) == {"s0"}
    with pytest.raises(Conflict, match="Nothing of this plan waits"):
        apply(full, shown)


def test_a_plan_that_lets_many_leave_is_carried_out_by_a_persons_word(full: Class) -> None:
    full.lists(member("t1"))
    with pytest.raises(Refused, match="20 of 21"):
        full.sync()
    waits = latest(full)
    assert (waits.error_code, waits.waiting, len(full.enrolled())) == ("roster-shrinks", 20, 21)
    apply(full, waits)
    assert set(full.enrolled()) == {"t1"}
    done = latest(full)
    assert (done.left, done.waiting, done.error, done.applied_by) == (20, 0, "", "kim")


def test_a_step_whose_person_has_changed_since_is_left(full: Class) -> None:
    full.lists(member("t1", INSTRUCTOR), *CLASS, member("new"))
    shown = full.sync(wish=Wish(only_plan=True))
    full.school.come("new", context=CONTEXT)
    assert apply(full, shown) == Outcome(done=1, overtaken=1)
    assert full.enrolled()["new"] is Role.STUDENT
    assert latest(full).waiting == 1, "and says so"


def test_a_plan_that_a_newer_list_has_overtaken_is_not_carried_out(full: Class) -> None:
    full.lists(member("t1"))
    shown = full.sync(wish=Wish(only_plan=True))
    full.lists(member("t1"), *CLASS)
    full.sync()
    with pytest.raises(Conflict, match="newest plan"):
        apply(full, shown)
    assert len(full.enrolled()) == 21


def test_a_list_that_is_refused_every_hour_is_kept_once(full: Class) -> None:
    full.lists(member("t1"))
    for _ in range(3):
        with pytest.raises(Refused):
            full.sync()
    waiting = [row for row in full.school.rows(RosterStep) if not row.done]
    assert len(waiting) == 20
    assert {row.sync_id for row in waiting} == {latest(full).id}
    assert [row.waiting for row in full.school.rows(RosterSync)] == [0, 0, 0, 20]
    assert apply(full, latest(full)) == Outcome(done=20, overtaken=0)


def test_an_undone_plan_gives_everybody_back_what_they_had(full: Class) -> None:
    before, rows = full.enrolled(), {row.id for row in full.school.rows(Enrolment)}
    full.lists(member("t1", INSTRUCTOR), *CLASS[1:], member("s0", status="Deleted"), member("new"))
    done = full.sync()
    assert undo(full, done) == Outcome(done=3, overtaken=0)
    assert full.enrolled() == before
    assert rows <= {row.id for row in full.school.rows(Enrolment)}
    undone = latest(full)
    assert (undone.undone_by, undone.undone_at) == ("kim", full.school.time)
    with pytest.raises(Conflict, match="Nothing that this plan did stands"):
        undo(full, done)


def test_what_has_changed_since_is_not_undone(full: Class) -> None:
    full.lists(member("t1", INSTRUCTOR), *CLASS[1:], member("s0", status="Deleted"))
    done = full.sync()
    full.school.come("s0", context=CONTEXT)
    full.school.come("s0", context=CONTEXT, roles=(INSTRUCTOR,))
    assert undo(full, done) == Outcome(done=1, overtaken=1)
    assert (full.enrolled()["t1"], full.enrolled()["s0"]) == (Role.STUDENT, Role.INSTRUCTOR)


def test_what_was_undone_is_not_done_again_until_a_person_says_so(full: Class) -> None:
    full.lists(member("t1", INSTRUCTOR), *CLASS[1:], member("s0", status="Deleted"))
    undo(full, full.sync())
    full.lists(member("t1", INSTRUCTOR), *CLASS[1:], member("s0", status="Deleted"), member("new"))
    for joined in (1, 0):
        full.school.time = full.school.time.replace(hour=full.school.time.hour + 1)
        again = full.sync(wish=Wish(by="kim"))
        assert (again.joined, again.waiting) == (joined, 2)
        assert full.enrolled()["t1"] is Role.STUDENT
    assert apply(full, again) == Outcome(done=2, overtaken=0)
    assert full.enrolled()["t1"] is Role.INSTRUCTOR
    assert "s0" not in full.enrolled()
    full.lists(member("t1", INSTRUCTOR), *CLASS[1:], member("s0"), member("new"))
    full.sync()
    full.lists(member("t1", INSTRUCTOR), *CLASS[1:], member("s0", status="Deleted"), member("new"))
    assert full.sync().left == 1, "that person's word counts from then on"


def test_of_two_who_carry_out_a_plan_at_one_instant_one_does(full: Class) -> None:
    full.lists(member("t1"), *CLASS, *(member(f"n{n}") for n in range(30)))
    shown = full.sync(wish=Wish(only_plan=True))
    found = at_once(*(lambda: apply(full, shown) for _ in range(4)))
    assert [each for each in found if isinstance(each, Outcome)] == [Outcome(done=30, overtaken=0)]
    assert all(isinstance(each, Outcome | Conflict) for each in found)
    assert len(full.enrolled()) == 51


def test_another_course_knows_nothing_of_a_plan(full: Class) -> None:
    (row,) = full.school.rows(Course)
    done = latest(full)
    with pytest.raises(Missing):
        plans.show(full.school.store, row.institution_id, (row.id or 0) + 1, done.id or 0)
    with pytest.raises(Missing):
        plans.undo(
            full.school.store, full.school, row.institution_id, (row.id or 0) + 1, done.id or 0,
            by="kim",
        )  # fmt: skip


def test_the_history_leaves_out_what_changed_nothing(full: Class) -> None:
    (row,) = full.school.rows(Course)
    for _ in range(3):
        full.sync()
    full.lists()
    with pytest.raises(Refused):
        full.sync()
    found = plans.history(full.school.store, row.institution_id, row.id or 0, before=None, limit=10)
    assert [(sync.joined, sync.error_code) for sync in found] == [(0, "roster-empty"), (20, "")]
