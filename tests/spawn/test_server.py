"""A real server of a real Hub user, from the verdict to its end."""

from pathlib import Path
from typing import Any

import pytest
from jupyterhub.spawner import SpawnException
from traitlets.config import Config

from tests.spawn.far_side import TOKEN, FarSide
from tests.spawn.hub import TinyHub, settled, started
from tests.spawn.scenes import play

GB = 10**9


def test_a_server_runs_within_its_course_and_gives_its_seat_back(
    tmp_path: Path, service: FarSide
) -> None:
    service.admit(limits={"memory_bytes": 2 * GB, "cpu": 1.5})

    async def scene() -> None:
        hub = TinyHub(tmp_path, service.url)
        user = hub.user("ada")
        spawner = await started(user)
        assert (spawner.mem_limit, spawner.cpu_limit) == (2 * GB, 1.5)
        await settled(spawner)
        await user.stop()
        await settled(spawner)

    play(scene)
    asked, running, closed = service.asked
    assert (asked.body["hub_name"], asked.body["server_name"]) == ("ada", "")
    assert asked.body["spawn_id"]
    assert running.path.endswith("/api/v1/hub/reservations/seat-1/running")
    assert running.body == {"memory_bytes": 2 * GB, "cpu": 1.5}
    assert closed.path.endswith("/api/v1/hub/reservations/seat-1/close")
    assert {message.token for message in service.asked} == {TOKEN}


def test_a_server_finds_its_course_and_the_administrators_environment(
    tmp_path: Path, service: FarSide
) -> None:
    hub = TinyHub(tmp_path, service.url)

    async def scene() -> None:
        user = hub.user("ada")
        await user.spawn()
        await user.stop()

    play(scene)
    found = hub.environment()
    assert (found["COURSEHUB_COURSE"], found["OWN"]) == ("data8", "kept")
    assert found["COURSEHUB_STARTED"] == "yes"
    assert TOKEN not in found.values()


def test_a_full_course_is_a_page_and_no_failure_of_the_hub(
    tmp_path: Path, service: FarSide
) -> None:
    service.refuse(
        status=429, code="seats-full", detail="“<b>Data</b>” is full.", retry_after_s=120
    )

    async def scene() -> None:
        user = TinyHub(tmp_path, service.url).user("ada")
        with pytest.raises(SpawnException) as refusal:
            await user.spawn()
        assert refusal.value.status_code == 429
        assert refusal.value.reason == "coursehub-full"
        assert "“&lt;b&gt;Data&lt;/b&gt;” is full." in refusal.value.message_html
        await settled(user.spawners[""])

    play(scene)
    assert not service.told("/close")
    assert not (tmp_path / "environment.json").exists()


def test_who_may_not_start_is_told_why(tmp_path: Path, service: FarSide) -> None:
    service.refuse(status=403, code="course-over", detail="This course has ended.")

    async def scene() -> None:
        with pytest.raises(SpawnException, match="This course has ended") as refusal:
            await TinyHub(tmp_path, service.url).user("ada").spawn()
        assert refusal.value.status_code == 403

    play(scene)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "", "ftp://nowhere/"])
def test_a_service_that_is_down_lets_people_in_unless_told_otherwise(
    tmp_path: Path, url: str
) -> None:
    async def scene() -> None:
        user = TinyHub(tmp_path, url).user("ada")
        spawner = await started(user)
        assert spawner.mem_limit is None
        await user.stop()

    play(scene)


def test_a_service_that_is_down_keeps_people_out_where_told_so(tmp_path: Path) -> None:
    config = Config()
    config.CourseLimits.when_service_is_down = "refuse"

    async def scene() -> None:
        with pytest.raises(SpawnException) as refusal:
            await TinyHub(tmp_path, "http://127.0.0.1:9/", config).user("ada").spawn()
        assert refusal.value.status_code == 503

    play(scene)


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>no</html>",
        b"[]",
        b'{"reservation_id": "x"}',
        b'{"limits": {"memory_bytes": "all"}}',
        b'{"limits": {}, "environment": {"A": 1}}',
        b" " * 100_000,
    ],
)
def test_an_answer_without_sense_is_a_service_that_is_down(
    tmp_path: Path, service: FarSide, answer: bytes
) -> None:
    service.raw = answer
    config = Config()
    config.CourseLimits.when_service_is_down = "refuse"

    async def scene() -> None:
        with pytest.raises(SpawnException) as refusal:
            await TinyHub(tmp_path, service.url, config).user("ada").spawn()
        assert refusal.value.status_code == 503

    play(scene)


def test_what_a_newer_service_says_besides_is_passed_over(tmp_path: Path, service: FarSide) -> None:
    service.admit(gpus=2, limits={"cpu": 2.0, "gpu": 1})

    async def scene() -> None:
        user = TinyHub(tmp_path, service.url).user("ada")
        spawner = await started(user)
        assert spawner.cpu_limit == 2.0
        await user.stop()

    play(scene)


def test_a_hub_with_a_wrong_token_shows_nobody_a_refusal(tmp_path: Path, service: FarSide) -> None:
    service.refuse(status=403, code="not-the-hub", detail="Only the Hub itself may ask this.")

    async def scene() -> None:
        user = TinyHub(tmp_path, service.url).user("ada")
        await user.spawn()
        await user.stop()

    play(scene)


def test_the_smaller_limit_holds(tmp_path: Path, service: FarSide) -> None:
    service.admit(limits={"memory_bytes": 2 * GB, "cpu": 4.0})
    config = Config()
    config.Spawner.mem_limit = "1G"
    config.SimpleLocalProcessSpawner.cpu_limit = 8.0
    config.Spawner.cpu_guarantee = 6.0

    async def scene() -> None:
        user = TinyHub(tmp_path, service.url, config).user("ada")
        spawner = await started(user)
        assert spawner.mem_limit == 2**30
        assert (spawner.cpu_limit, spawner.cpu_guarantee) == (4.0, 4.0)
        await user.stop()

    play(scene)


def test_the_administrators_hook_runs_and_stays_within_the_courses_limits(
    tmp_path: Path, service: FarSide
) -> None:
    service.admit(limits={"memory_bytes": 2 * GB})
    seen: list[Any] = []

    async def hook(spawner: Any) -> None:
        seen.append(spawner.mem_limit)
        spawner.mem_limit = 64 * GB
        spawner.environment = {**spawner.environment, "HOOK": "ran"}

    config = Config()
    config.Spawner.pre_spawn_hook = hook
    hub = TinyHub(tmp_path, service.url, config)

    async def scene() -> None:
        user = hub.user("ada")
        spawner = await started(user)
        assert spawner.mem_limit == 2 * GB
        await user.stop()

    play(scene)
    assert seen == [2 * GB]
    assert hub.environment()["HOOK"] == "ran"


def test_a_start_that_fails_gives_its_seat_back(tmp_path: Path, service: FarSide) -> None:
    starting: list[Any] = []

    async def hook(spawner: Any) -> None:
        starting.append(spawner)
        raise RuntimeError("the administrator's hook failed")

    config = Config()
    config.Spawner.pre_spawn_hook = hook

    async def scene() -> None:
        user = TinyHub(tmp_path, service.url, config).user("ada")
        with pytest.raises(RuntimeError):
            await user.spawn()
        await settled(starting[0])

    play(scene)
    assert [message.path.rpartition("/")[2] for message in service.asked] == [
        "admissions",
        "close",
    ]


def test_the_next_start_knows_nothing_of_the_last_course(tmp_path: Path, service: FarSide) -> None:
    service.admit(limits={"memory_bytes": 1 * GB}, notebook_dir=str(tmp_path))

    async def scene() -> None:
        user = TinyHub(tmp_path, service.url).user("ada")
        spawner = await started(user)
        await user.stop()
        user.spawners[""] = spawner  # the Hub keeps the object after a start that failed
        service.admit(limits={"memory_bytes": 8 * GB}, environment={"COURSEHUB_COURSE": "new"})
        await user.spawn()
        assert spawner.mem_limit == 8 * GB
        assert not spawner.notebook_dir
        assert spawner.cmd.count("env") == 1
        assert spawner.environment["COURSEHUB_COURSE"] == "new"
        await user.stop()

    play(scene)


def test_a_command_is_left_alone_where_told_so(tmp_path: Path, service: FarSide) -> None:
    config = Config()
    config.CourseLimits.start_command = []
    hub = TinyHub(tmp_path, service.url, config)

    async def scene() -> None:
        user = hub.user("ada")
        await user.spawn()
        await user.stop()

    play(scene)
    assert "COURSEHUB_STARTED" not in hub.environment()


def test_a_hub_that_restarts_closes_the_seat_it_held(tmp_path: Path, service: FarSide) -> None:
    service.admit(reservation_id="seat-of-before")

    async def scene() -> None:
        hub = TinyHub(tmp_path, service.url)
        user = hub.user("ada")
        first = await started(user)
        await settled(first)
        first.proc.terminate()
        first.proc.wait()
        after = hub.again(user)
        spawner = after.spawners[""]
        await after.stop()
        await settled(spawner)

    play(scene)
    assert [message.path.split("/")[-2] for message in service.told("/close")] == ["seat-of-before"]
