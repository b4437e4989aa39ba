"""The platform as one thing: what every route is given to work with."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request

from coursehub_demo_lms.consumer import Consumer
from coursehub_demo_lms.differences import Snapshots
from coursehub_demo_lms.errors import Refusal
from coursehub_demo_lms.keys import KeyRing, Seal
from coursehub_demo_lms.seen import SeenOnce
from coursehub_demo_lms.state import Campus
from coursehub_demo_lms.switches import Family, Switches
from coursehub_demo_lms.tool import Tool, ToolKeys
from coursehub_demo_lms.tools import Tools

PLATFORM_GUID = "coursehub-demo-lms"


@dataclass(slots=True, kw_only=True)
class Platform:
    """One running demo LMS: its address, the tools, the courses, the keys, the switches."""

    issuer: str
    tools: Tools
    campus: Campus
    keys: KeyRing
    seal: Seal
    consumer: Consumer
    clock: Callable[[], float] = time.time
    switches: Switches = field(default_factory=Switches)
    snapshots: Snapshots = field(default_factory=Snapshots)
    last_launch: dict[str, str] = field(default_factory=dict)
    """The fields of the launch before this one, for the replay switches."""
    assertions: SeenOnce = field(init=False)
    returns: SeenOnce = field(init=False)
    invitations: SeenOnce = field(init=False)

    def __post_init__(self) -> None:
        self.assertions = SeenOnce(self.clock)
        self.returns = SeenOnce(self.clock)
        self.invitations = SeenOnce(self.clock)

    @property
    def tool(self) -> Tool:
        """The tool that takes launches."""
        return self.tools.current.tool

    @property
    def tool_keys(self) -> ToolKeys:
        """The key set of the tool that takes launches."""
        return self.tools.keys(self.tools.current)

    def url(self, path: str) -> str:
        return f"{self.issuer}{path}"

    def turn(self, switches: Switches) -> None:
        """These switches hold from now on."""
        self.switches = switches
        self.campus.extra_members = switches.extra_members


def _platform(request: Request) -> Platform:
    platform = request.app.state.platform
    if not isinstance(platform, Platform):
        raise TypeError("The application was not made by build().")
    return platform


Here = Annotated[Platform, Depends(_platform)]


def disturbance(family: Family) -> Any:
    """A dependency that makes this family of endpoints slow or down, as the switches say."""

    async def disturb(platform: Here) -> None:
        await asyncio.sleep(platform.switches.latency_s(family))
        platform.switches, down = platform.switches.after_request(family)
        if down:
            raise Refusal(503, "switched-off", "Down, by a switch.", retry_after_s=1)

    disturbed: Callable[[Platform], Awaitable[None]] = disturb
    return Depends(disturbed)
