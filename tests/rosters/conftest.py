from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from coursehub.adapters.keys import ToolKeys
from coursehub.adapters.lms.tokens import Tokens
from coursehub.adapters.lms.wire import Wire
from coursehub.adapters.rosters import AnyRosters, Patience, SourceSecrets
from coursehub.ports import RosterAddress
from tests.demo_lms.actors import Stage, address, free_socket, served
from tests.rosters.far_side import TOKEN, FarSide
from tests.rosters.vendors import Canvas, Moodle, OneRoster, Platform

TODAY = date(2027, 3, 1)
VENDORS = ["lti", "canvas", "moodle", "oneroster-1.1", "oneroster-1.2"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    bound = free_socket()
    stage = Stage(url=address(bound))
    with served(stage, bound):
        yield stage


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> ToolKeys:
    return ToolKeys(tmp_path_factory.mktemp("tool") / "keys")


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sources") / "keys"


@pytest.fixture
def secrets(key_folder: Path) -> SourceSecrets:
    return SourceSecrets(key_folder)


@pytest.fixture(params=[30.0])
async def rosters(
    keys: ToolKeys, secrets: SourceSecrets, request: pytest.FixtureRequest
) -> AsyncIterator[AnyRosters]:
    wire = Wire(timeout_s=request.param, allow_private=True)
    rosters = AnyRosters(
        wire,
        Tokens(wire, keys),
        secrets.open,
        patience=Patience(tries=4, first_s=0.01, most_s=0.05),
        today=lambda: TODAY,
    )
    yield rosters
    await rosters.close()


def vendor(name: str, url: str) -> FarSide:
    """A fresh service of that vendor's, where the stage is."""
    made: dict[str, Callable[..., FarSide]] = {
        "lti": Platform,
        "canvas": Canvas,
        "moodle": Moodle,
        "oneroster-1.1": OneRoster,
        "oneroster-1.2": lambda *, url: OneRoster(url=url, version="12"),
    }
    far = made[name](url=url)
    if isinstance(far, Moodle):
        far.page_size = 200
    if isinstance(far, OneRoster):
        far.page_size = 100
    return far


@pytest.fixture
def canvas(stage: Stage) -> Canvas:
    far = Canvas(url=stage.url)
    stage.app = far.app()
    return far


@pytest.fixture
def moodle(stage: Stage) -> Moodle:
    far = Moodle(url=stage.url, page_size=200)
    stage.app = far.app()
    return far


@pytest.fixture
def oneroster(stage: Stage) -> OneRoster:
    far = OneRoster(url=stage.url)
    stage.app = far.app()
    return far


@pytest.fixture
def platform(stage: Stage) -> Platform:
    far = Platform(url=stage.url)
    stage.app = far.app()
    return far


@pytest.fixture(params=VENDORS)
def far(request: pytest.FixtureRequest, stage: Stage) -> FarSide:
    """Each vendor's service in turn, with pages enough for a long list."""
    found = vendor(request.param, stage.url)
    found.crowd = found.page_size * 8
    stage.app = found.app()
    return found


def sealed(secrets: SourceSecrets, far: FarSide, token: str = TOKEN) -> RosterAddress:
    """The service's address, with a token that it knows unless another one is named."""
    plain = far.address("")
    return replace(plain, sealed_secret=secrets.seal(plain, token))
