"""
`make bench-roster`: prints its figures, then `ratio with users ahead: Y`, and last `ratio: X`.

BENCH_PEOPLE is how many people the LMS lists (10,000 where it is unset), and
BENCH_THEIRS how many of them the other way takes (1,000), which is scaled. The
exit status is 0 if everyone who was asked can launch into the right groups.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import httpx
import psutil

from benchmarks.roster.stage import CLIENT_ID, PER_PAGE, Stage
from benchmarks.roster.watch import HEADER, Cost, Watch
from benchmarks.stage import Hub
from coursehub.adapters.consumers import SignedConsumers
from coursehub.adapters.keys import ToolKeys
from coursehub.adapters.lms.lti import LtiLms
from coursehub.ports import Member, PlatformAccess
from demo.browser import Browser

LMS_COURSE: Final = "data8-autumn"
INSTRUCTOR: Final = "1001"
STUDENTS: Final = "coursehub-data8-student"
MADE_UP: Final = "bulk-"
"""How names on the Hub of the made-up people begin."""
ASKED: Final = 50
TIMEOUT_S: Final = 600.0


async def main() -> int:
    """The whole benchmark, in a folder that is gone afterwards."""
    people = int(os.environ.get("BENCH_PEOPLE", "10000"))
    theirs = min(int(os.environ.get("BENCH_THEIRS", "1000")), people)
    with (
        tempfile.TemporaryDirectory(prefix="bench-roster-") as folder,
        Stage(folder=Path(folder), people=people) as stage,
    ):
        ours, bare = stage.hub("ours"), stage.hub("theirs")
        token = first_launch(stage, ours)
        service = service_of(ours)
        say(f"# {people} people, {PER_PAGE} a page; the other way with {theirs} of them, scaled")
        say(HEADER)
        reading, members = await read(stage, ours)
        say(f"{'reading the LMS alone':34}{reading:10.2f}")
        first, done = await sync(ours, service, token)
        say(f"{'coursehub, from nothing':34}{first.row()}  {done['joined']} joined")
        again, done = await sync(ours, service, token)
        say(f"{'coursehub, unchanged':34}{again.row()}  {done['unchanged']} unchanged")
        called = await one_by_one(bare, members[:theirs])
        scaled = reading + called.seconds * len(members) / theirs
        say(f"{f'one call for each, {theirs} people':34}{called.row()}")
        placed = launched(stage, ours, people)
    whole, members_ahead = await ahead(people)
    say(f"{'coursehub, users made ahead':34}{whole.row()}  {members_ahead} in the group")
    say(f"# {placed} of {ASKED} people who launched then are in the right groups")
    say(f"unchanged / reading: {again.seconds / reading:.2f}")
    say(f"memory per person: {first.grew / people:.0f} bytes")
    say(f"ratio with users ahead: {scaled / whole.seconds:.1f}")
    say(f"ratio: {scaled / first.seconds:.1f}")
    return 0 if placed == ASKED and members_ahead == people else 1


async def ahead(people: int) -> tuple[Cost, int]:
    """The cost of a first sync that makes everybody's account, and how many are in the group."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-roster-") as folder,
        Stage(folder=Path(folder), people=people, creates_users=True) as stage,
    ):
        hub = stage.hub("ours")
        token = first_launch(stage, hub)
        cost, _ = await sync(hub, service_of(hub), token)
        return cost, made_up(hub)


def made_up(hub: Hub) -> int:
    """How many of the made-up people are in the course's group."""
    reply = httpx.get(
        f"{hub.url}/hub/api/groups/{STUDENTS}",
        headers={"Authorization": f"token {hub.token}"},
        trust_env=False,
        timeout=TIMEOUT_S,
    )
    return sum(name.startswith(MADE_UP) for name in reply.json()["users"])


def first_launch(stage: Stage, hub: Hub) -> str:
    """A token of the instructor's, who has opened the course from the LMS."""
    browser = Browser(hub_url=hub.url, lms_url=stage.lms_url)
    page = browser.launch(person=INSTRUCTOR, course=LMS_COURSE, link="data8-home")
    page.raise_for_status()
    token: str = browser.own_token()
    browser.close()
    return token


def service_of(hub: Hub) -> psutil.Process:
    """The service that the Hub has started."""
    for process in psutil.Process().children(recursive=True):
        words = process.cmdline()
        if "coursehub" in words and "serve" in words and str(hub.folder) in str(process.environ()):
            return process
    raise RuntimeError("the service does not run")


async def read(stage: Stage, hub: Hub) -> tuple[float, list[Member]]:
    """How many seconds reading the roster takes, as the service does it, and whom it lists."""
    folder = hub.folder / "coursehub" / "keys"
    lms = LtiLms(ToolKeys(folder), SignedConsumers(folder), timeout_s=TIMEOUT_S, allow_private=True)
    url = stage.lms_url
    access = PlatformAccess(issuer=url, client_id=CLIENT_ID, token_url=f"{url}/token")
    began = time.perf_counter()
    listed = [one async for one in lms.members(access, f"{url}/nrps/{LMS_COURSE}/members")]
    seconds = time.perf_counter() - began
    await lms.close()
    return seconds, listed


async def sync(hub: Hub, service: psutil.Process, token: str) -> tuple[Cost, dict[str, Any]]:
    """A sync's cost, and what it says that it did."""
    http = httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S)
    async with http, Watch(hub, service) as cost:
        reply = await http.post(
            f"{hub.url}/services/coursehub/api/v1/courses/data8/roster/sync",
            headers={"Authorization": f"token {token}"},
        )
    done: dict[str, Any] = reply.raise_for_status().json()
    return cost, done


async def one_by_one(hub: Hub, members: list[Member]) -> Cost:
    """The field's way: a call of the Hub for each user, and one for each member of the group."""
    headers = {"Authorization": f"token {hub.token}"}
    http = httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S, headers=headers)
    async with http, Watch(hub, None) as cost:
        (await http.post(f"{hub.url}/hub/api/groups/{STUDENTS}")).raise_for_status()
        for member in members:
            name = f"u{member.subject}"
            (await http.post(f"{hub.url}/hub/api/users/{name}")).raise_for_status()
            placed = await http.post(
                f"{hub.url}/hub/api/groups/{STUDENTS}/users", json={"users": [name]}
            )
            placed.raise_for_status()
    return cost


def launched(stage: Stage, hub: Hub, people: int) -> int:
    """How many of those who launch for the first time are in their course's group then."""
    chosen = random.Random(0).sample(range(1, people + 1), ASKED)  # noqa: S311 - no secret
    headers = {"Authorization": f"token {hub.token}"}
    placed = 0
    for number in chosen:
        browser = Browser(hub_url=hub.url, lms_url=stage.lms_url)
        browser.launch(person=str(9_000_000 + number), course=LMS_COURSE, link="data8-home")
        name = browser.name()
        user = httpx.get(
            f"{hub.url}/hub/api/users/{name}", headers=headers, trust_env=False, timeout=60
        )
        placed += STUDENTS in user.json().get("groups", ())
        browser.close()
    return placed


def say(line: str) -> None:
    """A line of the report, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
