from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import FastAPI

from coursehub.adapters.consumers import SignedConsumers
from coursehub.adapters.keys import ToolKeys
from coursehub.adapters.lms import LtiLms
from coursehub.adapters.memory_lms import MemoryLms
from coursehub.ports import Member, PlatformAccess
from coursehub_demo_lms.app import build
from coursehub_demo_lms.keys import KeyRing
from coursehub_demo_lms.platform import Platform
from coursehub_demo_lms.tool import Tool
from tests.demo_lms.actors import CLIENT, Stage, address, free_socket, served
from tests.lms.scene import Odd, Scene


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> ToolKeys:
    return ToolKeys(tmp_path_factory.mktemp("tool") / "keys")


@pytest.fixture(scope="session")
def consumers(tmp_path_factory: pytest.TempPathFactory) -> SignedConsumers:
    return SignedConsumers(tmp_path_factory.mktemp("consumers") / "keys")


@pytest.fixture(scope="session")
def tool_url(keys: ToolKeys) -> Iterator[str]:
    app = FastAPI()
    app.get("/services/coursehub/lti/jwks.json")(keys.public_jwks)
    bound = free_socket()
    with served(app, bound):
        yield address(bound)


@pytest.fixture(scope="session")
def platform_keys() -> KeyRing:
    return KeyRing()


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    bound = free_socket()
    stage = Stage(url=address(bound))
    with served(stage, bound):
        yield stage


@pytest.fixture
async def lti(keys: ToolKeys, consumers: SignedConsumers) -> AsyncIterator[LtiLms]:
    lms = LtiLms(keys, consumers, timeout_s=60, allow_private=True)
    yield lms
    await lms.close()


@pytest.fixture
def platform(stage: Stage, tool_url: str, platform_keys: KeyRing) -> Platform:
    """A fresh demo LMS that trusts our key set."""
    app = build(issuer=stage.url, tool=Tool.of_hub(tool_url), keys=platform_keys)
    stage.app = app
    found: Platform = app.state.platform
    return found


@pytest.fixture
def demo(lti: LtiLms, platform: Platform) -> Scene:
    """The demo LMS's course of 240."""
    course = platform.campus.course("data8-autumn")
    members = list(platform.campus.roster(course))
    url = platform.issuer
    return Scene(
        lms=lti,
        access=PlatformAccess(issuer=url, client_id=CLIENT, token_url=f"{url}/token"),
        roster_url=f"{url}/nrps/{course.id}/members",
        lineitems_url=f"{url}/ags/{course.id}/lineitems?type_id=1",
        learner=next(one.person.id for one in members if one.role == "Learner"),
        teacher=next(one.person.id for one in members if one.role == "Instructor"),
        people=len(members),
    )


@pytest.fixture
def memory() -> Scene:
    listed = [Member(subject=f"s{number}", roles=("Learner",)) for number in range(240)]
    return Scene(
        lms=MemoryLms(rosters={"roster": listed}, gradable={one.subject for one in listed}),
        access=PlatformAccess(issuer="memory", client_id="hub", token_url="memory"),
        roster_url="roster",
        lineitems_url="lineitems",
        learner="s7",
        teacher="nobody",
        people=240,
    )


@pytest.fixture(params=["memory", "demo"])
def scene(request: pytest.FixtureRequest) -> Scene:
    found: Scene = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def odd(stage: Stage, keys: ToolKeys) -> Odd:
    odd = Odd(url=stage.url, keys=keys)
    stage.app = odd.app()
    return odd
