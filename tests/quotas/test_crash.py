"""A service that is killed (SIGKILL) with a seat in its hands."""

import asyncio
import subprocess
import sys
from textwrap import dedent

import pytest

from coursehub.adapters.memory import MemoryHub
from coursehub.quotas.actions.reservations import Reconciled, reconcile
from coursehub.vocabulary.people import HubName
from tests.quotas.campus import Campus

AFTER_ADMISSION = """
    admit(store, settings, request, at=at)
    os.kill(os.getpid(), signal.SIGKILL)
"""
BEFORE_THE_COMMIT = """
    from sqlalchemy import event
    event.listen(store.engine, "commit", lambda _: os.kill(os.getpid(), signal.SIGKILL))
    admit(store, settings, request, at=at)
"""
SERVICE = """
    import os, signal, sys
    from datetime import datetime
    from coursehub.quotas.actions.admission import admit
    from coursehub.settings import Settings
    from coursehub.store import Store
    from coursehub.vocabulary.limits import SpawnRequest

    store, settings = Store(sys.argv[1]), Settings()
    at = datetime.fromisoformat(sys.argv[2])
    request = SpawnRequest(spawn_id="lost", hub_name="ada")
"""


def killed(campus: Campus, moment: str) -> int:
    """The exit status of a service that dies at that moment of ada's admission."""
    program = dedent(SERVICE) + dedent(moment)
    command = [sys.executable, "-c", program, campus.store.url, campus.now().isoformat()]
    return subprocess.run(command, check=False, timeout=60).returncode


def test_a_seat_whose_service_died_after_the_verdict_is_found(campus: Campus) -> None:
    campus.course("data8", seats=1)
    campus.enrol("data8", "ada", "ben")
    assert killed(campus, AFTER_ADMISSION) == -9
    campus.later(minutes=2)
    hub = MemoryHub(users={HubName("ben")})
    found = asyncio.run(reconcile(campus.store, hub, campus))
    assert found == Reconciled(seen=0, closed=1)
    assert campus.spawn("ben").reservation_id
    assert campus.entries() == []


def test_a_verdict_that_was_never_written_takes_no_seat(campus: Campus) -> None:
    campus.course("data8", seats=1)
    campus.enrol("data8", "ada", "ben")
    assert killed(campus, BEFORE_THE_COMMIT) == -9
    assert campus.spawn("ben").reservation_id


@pytest.mark.parametrize("moment", [AFTER_ADMISSION, BEFORE_THE_COMMIT], ids=["after", "before"])
def test_the_same_spawn_asked_again_after_a_crash_has_one_seat(campus: Campus, moment: str) -> None:
    campus.course("data8", seats=1)
    campus.enrol("data8", "ada")
    killed(campus, moment)
    assert campus.spawn("ada", spawn_id="lost") == campus.spawn("ada", spawn_id="lost")
