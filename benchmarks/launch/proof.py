"""What the launches left behind, asked of the Hub's API and of the service's database."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.stage import Hub

PAGE = 200
COURSE_GROUPS = {"coursehub-ds101-student", "coursehub-ds101-instructor"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """How many of the people the Hub knows and has in a course's group, and who is enrolled."""

    known: int
    grouped: int
    enrolled: int


def left(hub: Hub) -> Left:
    """What is there now; nobody is enrolled or in a group where coursehub is not."""
    users = [user for user in _users(hub) if user["name"].startswith("p0")]
    return Left(
        known=len(users),
        grouped=sum(bool({*u["groups"]} & COURSE_GROUPS) for u in users),
        enrolled=_enrolments(hub),
    )


def _users(hub: Hub) -> list[dict[str, Any]]:
    users: list[dict[str, Any]] = []
    headers = {"Authorization": f"token {hub.token}"}
    with httpx.Client(headers=headers, trust_env=False, timeout=30) as http:
        while True:
            asked = {"offset": len(users), "limit": PAGE}
            reply = http.get(f"{hub.url}/hub/api/users", params=asked).raise_for_status()
            users += (page := reply.json())
            if len(page) < PAGE:
                return users


def _enrolments(hub: Hub) -> int:
    database = hub.folder / "coursehub" / "coursehub.sqlite"
    if not database.exists():
        return 0
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM enrolment").fetchone()
    return int(count)
