import asyncio
from pathlib import Path
from typing import Any

from jupyterhub.spawner import SimpleLocalProcessSpawner
from traitlets import Dict

from tests.spawn.far_side import FarSide
from tests.spawn.hub import TinyHub, settled, started

GB = 10**9


class ProfileSpawner(SimpleLocalProcessSpawner):  # type: ignore[misc]  # it has no types
    """A spawner that applies a profile while it starts, as KubeSpawner does."""

    profile = Dict().tag(config=True)

    async def load_user_options(self) -> None:
        for trait, value in self.profile.items():
            setattr(self, trait, value)

    async def start(self) -> Any:
        await self.load_user_options()
        return await super().start()


def test_a_profile_is_kept_within_the_courses_limits(tmp_path: Path, service: FarSide) -> None:
    service.admit(limits={"memory_bytes": 2 * GB, "cpu": 1.0})
    hub = TinyHub(tmp_path, service.url, base=ProfileSpawner)
    hub.settings["config"].ProfileSpawner.profile = {
        "mem_limit": 16 * GB,
        "mem_guarantee": 4 * GB,
        "cpu_limit": 0.5,
        "environment": {"COURSEHUB_TEST_VERSION": "6.1.1", "PROFILE": "large"},
    }

    async def scene() -> None:
        user = hub.user("ada")
        spawner = await started(user)
        assert (spawner.mem_limit, spawner.mem_guarantee) == (2 * GB, 2 * GB)
        assert spawner.cpu_limit == 0.5
        await user.stop()
        await settled(spawner)

    asyncio.run(scene())
    found = hub.environment()
    assert (found["PROFILE"], found["COURSEHUB_COURSE"]) == ("large", "data8")
    (told,) = service.told("/running")
    assert told.body == {"memory_bytes": 2 * GB, "cpu": 0.5}
