"""What every LMS adapter promises, the one in memory included."""

from dataclasses import replace

import pytest

from coursehub.errors import Conflict, Invalid, Missing
from tests.lms.scene import Scene, score

pytestmark = pytest.mark.anyio


async def test_everyone_on_the_roster_is_listed_once(scene: Scene) -> None:
    listed = await scene.roster()
    assert len(listed) == len({member.subject for member in listed}) == scene.people
    (learner,) = [member for member in listed if member.subject == scene.learner]
    assert any("Learner" in role for role in learner.roles)


async def test_a_roster_that_is_gone_is_missing(scene: Scene) -> None:
    with pytest.raises(Missing):
        await replace(scene, roster_url=f"{scene.roster_url}-gone").roster()


async def test_a_line_item_is_made_once_and_found_again(scene: Scene) -> None:
    first = await scene.column()
    assert await scene.column() == first
    assert await scene.column("hub:ps2") != first


async def test_a_score_stands_in_the_gradebook(scene: Scene) -> None:
    url = await scene.column(of=20.0)
    await scene.lms.post_score(scene.access, url, score(scene.learner, 7.5))
    shown = await scene.lms.result(scene.access, url, subject=scene.learner)
    assert shown
    assert shown.points == pytest.approx(15.0), "7.5 of 10 in a column of 20"
    assert shown.max_points == 20.0


async def test_nobody_graded_has_no_result(scene: Scene) -> None:
    url = await scene.column()
    assert await scene.lms.result(scene.access, url, subject=scene.learner) is None


@pytest.mark.parametrize("later_s", [0.0, -1.0])
async def test_a_score_that_is_not_newer_is_a_conflict(scene: Scene, later_s: float) -> None:
    url = await scene.column()
    await scene.lms.post_score(scene.access, url, score(scene.learner, 9))
    with pytest.raises(Conflict):
        await scene.lms.post_score(scene.access, url, score(scene.learner, 1, at_s=later_s))
    shown = await scene.lms.result(scene.access, url, subject=scene.learner)
    assert shown
    assert shown.points == 9


async def test_a_millisecond_is_enough_to_be_newer(scene: Scene) -> None:
    url = await scene.column()
    await scene.lms.post_score(scene.access, url, score(scene.learner, 9))
    await scene.lms.post_score(scene.access, url, score(scene.learner, 8, at_s=0.001))
    shown = await scene.lms.result(scene.access, url, subject=scene.learner)
    assert shown
    assert shown.points == 8


async def test_someone_who_is_no_learner_cannot_be_graded(scene: Scene) -> None:
    url = await scene.column()
    with pytest.raises(Invalid):
        await scene.lms.post_score(scene.access, url, score(scene.teacher, 9))


async def test_a_score_in_a_column_that_is_gone_is_missing(scene: Scene) -> None:
    url = await scene.column()
    gone = url.replace("/lineitem?", "-gone/lineitem?") if "?" in url else f"{url}-gone"
    with pytest.raises(Missing):
        await scene.lms.post_score(scene.access, gone, score(scene.learner, 9))


async def test_a_score_that_waits_for_a_person_shows_no_points(scene: Scene) -> None:
    url = await scene.column()
    pending = score(scene.learner, 9, pending_manual=True)
    await scene.lms.post_score(scene.access, url, pending)
    shown = await scene.lms.result(scene.access, url, subject=scene.learner)
    assert shown is None or shown.points is None
