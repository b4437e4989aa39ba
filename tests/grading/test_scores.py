import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from coursehub.adapters.memory_lms import MemoryLms
from coursehub.errors import CoursehubError, Invalid, Unreachable
from coursehub.grading.actions import scores, scoring
from coursehub.grading.rules import scores as rules
from coursehub.model.grading import DeliveryState
from coursehub.ports import LmsScore, PlatformAccess
from coursehub.store import EVERYONE
from coursehub.vocabulary.people import Role
from tests.grading.campus import COURSE, Campus, grade


@pytest.fixture
def lms() -> MemoryLms:
    return MemoryLms()


@pytest.fixture
def graded(campus: Campus) -> Campus:
    campus.open("ada", "bob")
    for name, points in (("ada", 9.0), ("bob", 4.0)):
        campus.submit(name)
        campus.grader.grades[name] = grade(points)
    campus.ask()
    campus.work()
    return campus


def shown(lms: MemoryLms) -> dict[str, float]:
    return {subject: score.points for (_, subject), score in lms.scores.items()}


def test_scores_reach_the_lms_in_one_column(graded: Campus, lms: MemoryLms) -> None:
    assert graded.deliver(lms) == 2
    assert shown(lms) == {"s-ada": 9, "s-bob": 4}
    (column,) = lms.columns.values()
    assert (column.resource_id, column.label) == ("coursehub:data8:ps1", "Problem set 1")
    assert graded.delivery("ada").state is DeliveryState.DELIVERED
    assert graded.delivery("ada").delivered_at == graded.time
    assert graded.deliver(lms) == 0
    assert lms.posts == 2


def test_an_unchanged_score_is_not_sent_again(graded: Campus, lms: MemoryLms) -> None:
    graded.deliver(lms)
    graded.ask()
    graded.work()
    assert graded.deliver(lms) == 0
    assert lms.posts == 2


def test_a_changed_score_is_sent_with_a_later_moment(graded: Campus, lms: MemoryLms) -> None:
    graded.deliver(lms)
    graded.grader.grades["ada"] = grade(10)
    graded.ask("ada")
    graded.work()  # at the same moment of the clock
    assert graded.deliver(lms) == 1
    assert shown(lms)["s-ada"] == 10


def test_no_score_of_an_auditor_goes_to_the_lms(graded: Campus, lms: MemoryLms) -> None:
    graded.enrol("ada", Role.AUDITOR)
    assert graded.deliver(lms) == 1
    assert "s-ada" not in shown(lms)
    graded.enrol("ada", Role.STUDENT)
    assert graded.deliver(lms) == 1, "who takes the course for a grade after all has one"


def test_an_lms_that_is_down_gets_every_score_once_it_is_up(graded: Campus, lms: MemoryLms) -> None:
    lms.failure = Unreachable("lms-failed", "The LMS failed (status 503).", retry_after_s=90)
    assert graded.deliver(lms) == 0
    waiting = graded.delivery("bob")
    assert (waiting.state, waiting.last_error) == (
        DeliveryState.WAITING, "The LMS failed (status 503).",
    )  # fmt: skip
    lms.failure = None
    graded.later(seconds=80)
    assert graded.deliver(lms) == 0, "it asked for 90 seconds"
    graded.later(seconds=11)
    assert graded.deliver(lms) == 2
    assert graded.delivery("bob").last_error == ""


def test_a_refused_score_is_not_sent_again_until_someone_asks(
    graded: Campus, lms: MemoryLms
) -> None:
    lms.gradable = {"s-bob"}
    assert graded.deliver(lms) == 1
    refused = graded.delivery("ada")
    assert refused.state is DeliveryState.REFUSED
    assert "status 400" in refused.last_error
    graded.later(days=1)
    assert graded.deliver(lms) == 0
    lms.gradable = None
    refreshed = scoring.refresh(
        graded.store, graded.grader, graded, course=COURSE, assignment="ps1"
    )
    assert asyncio.run(refreshed) == (2, 1)
    assert graded.deliver(lms) == 1


def test_a_service_killed_after_the_lms_took_a_score_settles_it(
    graded: Campus, lms: MemoryLms, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """What follows the LMS's yes never happens."""

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(scores, "_note", die)
        with pytest.raises(Killed):
            graded.deliver(lms)
    assert lms.posts == 1
    graded.later(minutes=3)
    graded.deliver(lms)
    assert shown(lms) == {"s-ada": 9, "s-bob": 4}
    assert graded.delivery("ada").state is DeliveryState.DELIVERED
    assert graded.delivery("bob").state is DeliveryState.DELIVERED


def test_an_older_score_with_a_later_moment_in_the_lms_gives_way(
    graded: Campus, lms: MemoryLms
) -> None:
    graded.deliver(lms)
    (url,) = lms.columns
    held = lms.scores[url, "s-ada"]
    graded.grader.grades["ada"] = grade(10)
    graded.later(seconds=5)
    graded.ask("ada")
    graded.work()
    graded.later(seconds=60)
    lms.scores[url, "s-ada"] = replace(held, scored_at=graded.time)
    graded.later(seconds=1)
    assert graded.deliver(lms) == 1
    assert shown(lms)["s-ada"] == 10


def test_a_column_that_was_deleted_in_the_lms_is_made_again(graded: Campus, lms: MemoryLms) -> None:
    graded.deliver(lms)
    lms.columns.clear()
    lms.scores.clear()
    graded.grader.grades["ada"] = grade(10)
    graded.ask("ada")
    graded.work()
    assert graded.deliver(lms) == 0
    graded.later(minutes=3)
    assert graded.deliver(lms) == 1
    assert shown(lms) == {"s-ada": 10}


def test_a_score_that_waits_for_a_person_is_held_back(campus: Campus, lms: MemoryLms) -> None:
    campus.open("ada")
    campus.submit("ada")
    campus.grader.grades["ada"] = grade(7, needs_manual=True)
    campus.ask()
    campus.work()
    assert campus.deliver(lms) == 0
    assert campus.delivery("ada").state is DeliveryState.HELD
    campus.grader.grades["ada"] = grade(9.5)
    refreshed = scoring.refresh(
        campus.store, campus.grader, campus, course=COURSE, assignment="ps1"
    )
    assert asyncio.run(refreshed) == (1, 1)
    assert campus.deliver(lms) == 1
    assert shown(lms) == {"s-ada": 9.5}


def test_a_newer_score_that_comes_while_one_is_sent_is_sent_too(
    graded: Campus,
) -> None:
    class Slow(MemoryLms):
        async def post_score(
            self, access: PlatformAccess, line_item_url: str, score: LmsScore
        ) -> None:
            await super().post_score(access, line_item_url, score)
            if score.points == 9:
                await asyncio.to_thread(regrade)

    def regrade() -> None:
        graded.grader.grades["ada"] = grade(10)
        graded.ask("ada")
        graded.work()

    lms = Slow()
    graded.deliver(lms)
    assert graded.delivery("ada").state is DeliveryState.WAITING
    graded.later(seconds=1)
    assert graded.deliver(lms) == 1
    assert shown(lms)["s-ada"] == 10


@pytest.mark.parametrize(
    "failure",
    [
        lambda: Unreachable("lms-unreachable", "The LMS did not answer."),
        lambda: Invalid("lms-rejected", "The LMS did not accept this (status 422)."),
    ],
)
def test_what_went_wrong_can_be_read(
    graded: Campus, lms: MemoryLms, failure: Callable[[], CoursehubError]
) -> None:
    lms.failure = failure()
    graded.deliver(lms)
    lines = scoring.standings(graded.store, course=COURSE, assignment="ps1", after=0, limit=10)
    assert [line.student for line in lines] == ["ada", "bob"]
    assert all(line.delivery and line.delivery.last_error for line in lines)
    assert lines[0].score.points == 9


def test_another_institution_sees_none_of_it(graded: Campus) -> None:
    with graded.store.reading(EVERYONE) as session:
        assert scoring.find_assignment(session, COURSE, "ps1")
    with graded.store.reading(4711) as session, pytest.raises(CoursehubError):
        scoring.find_assignment(session, COURSE, "ps1")


def test_attempts_become_rarer_up_to_an_hour_and_never_undercut_the_lms() -> None:
    waits = [rules.wait_s(attempts, chance=0.5) for attempts in range(1, 30)]
    assert waits[:4] == [5, 10, 20, 40]
    assert waits == sorted(waits)
    assert waits[-1] == 3600
    assert rules.wait_s(1, chance=0.0) == 3.75
    assert rules.wait_s(1, chance=1.0) == 6.25
    assert rules.wait_s(1, chance=0.5, retry_after_s=600) == 600


def test_a_score_is_recognised_on_another_scale() -> None:
    assert rules.shows(9, 10, shown=90, of=100)
    assert rules.shows(1, 3, shown=33.33, of=100)
    assert rules.shows(9, 10, shown=9, of=None)
    assert not rules.shows(9, 10, shown=89, of=100)
    assert not rules.shows(0, 10, shown=None, of=10)
