from collections.abc import Iterator

import httpx
import pytest

from coursehub_demo_lms.app import build
from coursehub_demo_lms.keys import KeyRing
from coursehub_demo_lms.tool import Tool
from tests.demo_lms import newcomer
from tests.demo_lms.actors import Lms, Stage, TinyTool, address, free_socket, rsa_key, served


@pytest.fixture(scope="session")
def platform_keys() -> KeyRing:
    return KeyRing()


@pytest.fixture(scope="session")
def served_tool() -> Iterator[TinyTool]:
    bound = free_socket()
    tool = TinyTool(url=address(bound), key=rsa_key("tool-1"))
    with served(tool.app(), bound):
        yield tool


@pytest.fixture
def tool(served_tool: TinyTool) -> Iterator[TinyTool]:
    """The tool as it was at first, whatever a test did to it."""
    key = served_tool.key
    yield served_tool
    served_tool.key, served_tool.answer, served_tool.asked = key, None, 0


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    bound = free_socket()
    stage = Stage(url=address(bound))
    with served(stage, bound):
        yield stage


@pytest.fixture(scope="session")
def tool_url() -> Iterator[str]:
    """The address of a tool that can register itself."""
    bound = free_socket()
    url = address(bound)
    with served(newcomer.app(url), bound):
        yield url


@pytest.fixture
def lms(stage: Stage, tool: TinyTool, platform_keys: KeyRing) -> Iterator[Lms]:
    """A fresh platform that knows the tool, at an address that all tests share in turn."""
    keys = KeyRing(list(platform_keys.keys))
    app = build(issuer=stage.url, tool=Tool.of_hub(tool.url), keys=keys)
    stage.app = app
    with httpx.Client(base_url=stage.url, timeout=60, verify=False) as http:
        yield Lms(url=stage.url, platform=app.state.platform, tool=tool, http=http)
