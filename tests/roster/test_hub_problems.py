"""People whom the Hub does not take, and a Hub that is ill or stops midway."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from coursehub.adapters.memory import MemoryHub
from coursehub.errors import Unreachable
from coursehub.model.course import Course
from coursehub.model.roster import HubProblem, RosterSync
from coursehub.roster.actions import problems
from coursehub.roster.actions.chunks import MOST_IN_A_ROW
from coursehub.vocabulary.people import HubName
from tests.roster.class_of import CONTEXT, Class, member

STUDENTS = "coursehub-data-8-student"


@dataclass(slots=True, kw_only=True)
class PickyHub(MemoryHub):
    """A Hub that fails for every call with one of these people in it; `calls` are of groups."""

    dislikes: set[str] = field(default_factory=set)
    stops_after: int | None = None
    calls: int = 0

    async def add(self, group: str, names: Collection[HubName]) -> None:
        self.calls += 1
        if self.stops_after is not None and self.calls > self.stops_after:
            self.answers = False
        if self.dislikes & set(names):
            raise Unreachable("hub-failed", "JupyterHub failed to answer; try again in a minute.")
        await super(PickyHub, self).add(group, names)


@pytest.fixture
def picky(course: Class) -> PickyHub:
    """The Hub of a course in which 130 people have been, and whose groups are gone."""
    for number in range(130):
        course.school.come(f"s{number}", context=CONTEXT)
    course.lists(member("t1"), *(member(f"s{number}") for number in range(130)))
    hub = PickyHub(users=course.school.hub.users)
    course.school.hub = hub
    return hub


def found(course: Class) -> list[problems.Problem]:
    (row,) = course.school.rows(Course)
    return problems.listed(course.school.store, row.institution_id, row.id or 0)


def test_whom_the_hub_does_not_take_keeps_nobody_else_out(course: Class, picky: PickyHub) -> None:
    picky.dislikes = {"s7", "s77"}
    course.align()
    assert picky.groups_of[STUDENTS] == picky.users - {"s7", "s77"}
    assert [(each.hub_name, each.tries) for each in found(course)] == [("s7", 1), ("s77", 1)]
    assert "JupyterHub failed to answer" in found(course)[0].reason
    assert picky.calls < 60, "halves of a chunk, not each of its people"


def test_whom_the_hub_did_not_take_is_tried_again_later(course: Class, picky: PickyHub) -> None:
    picky.dislikes = {"s7"}
    course.align()
    calls = picky.calls
    course.align()
    assert picky.calls == calls, "not before it is due"
    for tries in (2, 3):
        course.school.time = found(course)[0].next_at + timedelta(seconds=1)
        course.align()
        (problem,) = found(course)
        assert problem.tries == tries
        assert problem.next_at - course.school.time >= timedelta(minutes=2**tries - 1)
    picky.dislikes = set()
    course.school.time = found(course)[0].next_at + timedelta(seconds=1)
    course.align()
    assert found(course) == []
    assert course.school.rows(HubProblem) == []
    assert "s7" in picky.groups_of[STUDENTS]


def test_a_hub_that_fails_for_everybody_is_not_asked_for_each(
    course: Class, picky: PickyHub
) -> None:
    picky.dislikes = set(picky.users)
    with pytest.raises(Unreachable):
        course.align()
    assert picky.calls < 20
    assert len(found(course)) == MOST_IN_A_ROW


def test_a_hub_that_restarts_midway_has_the_groups_later(course: Class, picky: PickyHub) -> None:
    course.lists(*(member(f"s{number}") for number in range(130)), member("new"))
    picky.stops_after = 2
    with pytest.raises(Unreachable):
        course.sync(confirmed=True)
    assert len(picky.groups_of[STUDENTS]) == 100
    (last,) = course.school.rows(RosterSync)
    assert last.applied_at is not None
    assert "did not answer" in last.error
    picky.answers, picky.stops_after = True, None
    course.align()
    assert picky.groups_of[STUDENTS] == picky.users - {"t1"}
    assert found(course) == []
