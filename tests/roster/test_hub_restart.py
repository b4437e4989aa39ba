"""A real Hub, killed while a sync changes its groups and started again on its own database."""

import asyncio
import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import SQLModel

from coursehub.adapters.hub import HubApi
from coursehub.errors import Unreachable
from coursehub.model.roster import HubProblem, RosterSync
from coursehub.ports import Hub
from coursehub.roster.actions import groups, sync
from coursehub.roster.actions.settling import Wish
from coursehub.settings import Settings
from coursehub.store import Store
from coursehub.vocabulary.people import HubName
from coursehub.vocabulary.roster import Stage
from coursehub.vocabulary.scopes import SERVICES, scopes_of
from tests.auth.live import live_hub
from tests.house.school import INSTRUCTOR, LEARNER, School
from tests.roster.class_of import CONTEXT, COURSE, Class, member

TOKEN = "the-services-own-token"
PEOPLE = 230
STUDENTS = {HubName(f"s{number}") for number in range(PEOPLE)}
CONFIG = f"""
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allowed_users = {{"t1", *(f"s{{n}}" for n in range({PEOPLE}))}}
c.JupyterHub.services = [{{"name": "coursehub", "api_token": {TOKEN!r}}}]
c.JupyterHub.load_roles = [
    {{"name": "coursehub", "services": ["coursehub"], "scopes": {scopes_of(SERVICES)!r}}},
]
"""


@pytest.fixture
def everybody(tmp_path: Path) -> Class:
    """A class that has been here, on a Hub that has none of its groups yet; and a newcomer."""
    store = Store(f"sqlite:///{tmp_path / 'coursehub.sqlite'}")
    SQLModel.metadata.create_all(store.engine)
    course = Class(School(store=store, settings=Settings(data_dir=tmp_path)))
    course.school.trust()
    for name in ("t1", *sorted(STUDENTS)):
        role = INSTRUCTOR if name == "t1" else LEARNER
        course.school.come(name, context=CONTEXT, roles=(role,))
    course.lists(member("t1", INSTRUCTOR), *(member(name) for name in STUDENTS), member("new"))
    return course


def over(hub_url: str) -> HubApi:
    settings = Settings(request_timeout_s=20)
    token = SecretStr(TOKEN)
    return HubApi(settings.model_copy(update={"hub_api_url": hub_url, "hub_api_token": token}))


async def synced(course: Class, hub_url: str, wish: Wish) -> RosterSync:
    school, hub = course.school, over(hub_url)
    try:
        return await sync.sync(school.store, course.lms, hub, school, course=COURSE, wish=wish)
    finally:
        await hub.close()


async def aligned(course: Class, hub_url: str) -> None:
    school, hub = course.school, over(hub_url)
    try:
        await groups.align(school.store, hub, school, course=COURSE)
    finally:
        await hub.close()


async def members(hub_url: str, group: str) -> frozenset[HubName]:
    hub: Hub = over(hub_url)
    try:
        return await hub.members(group)
    finally:
        await hub.close()


@pytest.mark.hub
@pytest.mark.timeout(300)
def test_a_hub_that_is_killed_midway_has_everybody_in_their_groups_after_it_is_back(
    everybody: Class, tmp_path: Path
) -> None:
    folder = tmp_path / "hub"
    folder.mkdir()
    students, formgraders = f"nbgrader-{COURSE}", f"formgrade-{COURSE}"
    with live_hub(folder, CONFIG) as hub:

        def kills(stage: Stage, done: int, _goal: int) -> None:
            if stage is Stage.GROUPS and done >= 100:
                os.kill(hub.pid, signal.SIGKILL)
                time.sleep(0.5)

        with pytest.raises(Unreachable):
            asyncio.run(synced(everybody, f"{hub.hub_url}api", Wish(watcher=kills)))
        proxy = int((folder / "proxy.pid").read_text())
    deadline = time.monotonic() + 30
    while Path(f"/proc/{proxy}").exists():  # until its new parent has buried it
        assert time.monotonic() < deadline, "nothing is left running, whatever happens"
        time.sleep(0.05)
    (cut_off,) = everybody.school.rows(RosterSync)
    assert (cut_off.joined, cut_off.applied_at is not None) == (1, True)
    assert cut_off.error_code in {"hub-failed", "hub-unreachable"}  # by the proxy, or nobody
    assert len(everybody.enrolled()) == PEOPLE + 2
    with live_hub(folder, CONFIG) as hub:
        url = f"{hub.hub_url}api"
        assert 0 < len(asyncio.run(members(url, f"coursehub-{COURSE}-student"))) < PEOPLE
        everybody.school.time += timedelta(minutes=5)  # those who were cut off are due again
        asyncio.run(aligned(everybody, url))  # as the schedule does within a minute
        assert asyncio.run(members(url, students)) == STUDENTS
        assert asyncio.run(members(url, formgraders)) == {"t1"}
    assert everybody.school.rows(HubProblem) == []
    everybody.school.store.close()
