"""How far a sync is, as it is noted."""

import asyncio

import pytest

from coursehub.model.roster import RosterSync
from coursehub.roster.actions import progress, sync
from coursehub.roster.actions.progress import Progress
from coursehub.roster.actions.settling import Wish
from coursehub.vocabulary.roster import Stage
from tests.roster.class_of import COURSE, Class, member


def test_progress_is_noted_once_a_second(course: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    noted, told = list[tuple[str, int]](), list[Stage]()

    def note(_self: object, _tenant: int, stage: Stage, done: int, _goal: int) -> None:
        noted.append((stage, done))

    monkeypatch.setattr(Progress, "_note", note)
    # Its own clock alone: servers of other tests sleep by the one of all.
    monkeypatch.setattr(progress, "monotonic", lambda: 7.0)
    course.lists(member("t1"), *(member(f"s{n}") for n in range(1000)))
    school = course.school
    asyncio.run(
        sync.sync(
            school.store, course.lms, school.hub, school,
            course=COURSE, wish=Wish(watcher=lambda stage, *_: told.append(stage)),
        )
    )  # fmt: skip
    assert noted == [("reading", 0), ("planning", 0)]
    assert told.count(Stage.READING) == 21
    (record,) = school.rows(RosterSync)
    assert record.finished_at == school.time
