"""What every route may reach: the settings, the store and the ports, built once by app.py."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from coursehub.ports import (
    Autograder,
    Blobs,
    Clock,
    Consumers,
    Gradebooks,
    Hub,
    Keys,
    Lms,
    Outside,
    Repos,
    RosterFiles,
    Rosters,
)
from coursehub.settings import Settings
from coursehub.store import Store
from coursehub.web.background import Background


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The parts of one running service."""

    settings: Settings
    store: Store
    hub: Hub
    lms: Lms
    rosters: Rosters
    roster_files: RosterFiles
    outside: Outside
    repos: Repos
    blobs: Blobs
    autograder: Autograder
    gradebooks: Gradebooks
    clock: Clock
    keys: Keys
    consumers: Consumers
    background: Background = field(default_factory=Background)


async def _house(request: Request) -> House:
    house: House = request.app.state.house
    return house


InHouse = Annotated[House, Depends(_house)]
