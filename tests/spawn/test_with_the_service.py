"""The spawner and the service itself, over HTTP: both sides keep the same contract."""

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from jupyterhub.spawner import SpawnException
from pydantic import SecretStr
from sqlmodel import SQLModel

from coursehub.adapters.memory import MemoryHub
from coursehub.quotas.routes import routers
from coursehub.settings import Settings
from coursehub.store import Store
from coursehub.web import problems
from coursehub.web.house import House
from tests.quotas.campus import Campus
from tests.spawn.far_side import TOKEN
from tests.spawn.hub import TinyHub, settled, started

GB = 10**9
PREFIX = "/services/coursehub/"


@pytest.fixture
def campus(tmp_path: Path) -> Iterator[Campus]:
    store = Store(f"sqlite:///{tmp_path / 'coursehub.sqlite'}")
    SQLModel.metadata.create_all(store.engine)
    yield Campus(store, Settings(data_dir=tmp_path / "data", hub_token=SecretStr(TOKEN)))
    store.close()


@pytest.fixture
def url(campus: Campus) -> Iterator[str]:
    unused: Any = None
    app = FastAPI()
    problems.install(app)
    for router in routers:
        app.include_router(router, prefix=PREFIX.rstrip("/"))
    app.state.house = House(
        settings=campus.settings, store=campus.store, hub=MemoryHub(), clock=campus, lms=unused,
        rosters=unused, roster_files=unused,
        repos=unused, blobs=unused, autograder=unused, gradebooks=unused, keys=unused,
        outside=unused, consumers=unused,
    )  # fmt: skip
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline, "the service did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}{PREFIX}"
    server.should_exit = True
    thread.join()
    listening.close()


def test_the_last_seat_goes_from_one_student_to_the_next(
    tmp_path: Path, campus: Campus, url: str
) -> None:
    course = campus.course("data8", title="Data 8", seats=1, memory_bytes=2 * GB, cpu=1.0)
    campus.enrol("data8", "ada", "ben")
    hub = TinyHub(tmp_path, url)

    async def scene() -> None:
        ada, ben = hub.user("ada"), hub.user("ben")
        first = await started(ada)
        await settled(first)
        assert first.mem_limit == 2 * GB
        with pytest.raises(SpawnException, match="1 of 1 seats are taken") as refusal:
            await ben.spawn()
        assert refusal.value.status_code == 429
        campus.later(hours=1)
        await ada.stop()
        await settled(first)
        second = await started(ben)
        await ben.stop()
        await settled(second)

    asyncio.run(scene())
    assert hub.environment()["COURSEHUB_ROLE"] == "student"
    spending = campus.spending(course)
    assert spending.total.cost_microusd == 40_000
    assert spending.running == 0
    assert campus.ledger_sum() == 0


def test_a_grader_server_opens_the_courses_folder(tmp_path: Path, campus: Campus, url: str) -> None:
    campus.course("data8")
    hub = TinyHub(tmp_path, url)

    async def scene() -> None:
        user = hub.user("grader-data8")
        await started(user)
        await user.stop()

    asyncio.run(scene())
    found = hub.environment()
    assert found["COURSEHUB_ROLE"] == "grader"
    assert found["JUPYTERHUB_ROOT_DIR"] == str(campus.settings.course_root("data8"))
