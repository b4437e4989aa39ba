"""Mirrors that the schedule keeps fresh, while nobody opens the course."""

import asyncio
import time
from dataclasses import replace

from sqlmodel import select

from coursehub import jobs
from coursehub.model.module import Module, Source
from coursehub.store import EVERYONE
from tests.modules.actors import Upstream
from tests.modules.hub import Service


def source(service: Service) -> Source:
    with service.store.reading(EVERYONE) as session:
        return session.exec(select(Source)).one()


def wait_for_a_round(service: Service) -> Source:
    """The source after the schedule, at work by itself, has asked upstream once more."""
    before = source(service).tried_at
    quick = service.settings.model_copy(update={"modules_interval_s": 0.2})
    house = replace(service.house(), settings=quick)

    async def run() -> None:
        scheduler = jobs.schedule(house, ("modules",))
        scheduler.start()
        deadline = time.monotonic() + 60
        while source(service).tried_at == before:
            assert time.monotonic() < deadline, "the schedule asked nobody"
            await asyncio.sleep(0.05)
        scheduler.pause()
        await ended()
        scheduler.shutdown()

    asyncio.run(run())
    return source(service)


async def ended() -> None:
    """
    Nothing, once the round that may have begun meanwhile has ended by itself.

    A loop that is closed cancels all at once: should git just be starting then,
    asyncio waits for it for ever (`_connect_pipes`, in CPython before 3.13).
    """
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others, timeout=60)


def test_the_schedule_fetches_what_was_pushed_before_anyone_asks(
    service: Service, upstream: Upstream
) -> None:
    assert wait_for_a_round(service).head
    pushed = upstream.publish({"new.txt": "new\n"})
    assert wait_for_a_round(service).head == pushed


def test_a_round_in_which_upstream_is_down_keeps_the_copy_and_says_why(
    service: Service, upstream: Upstream
) -> None:
    head = wait_for_a_round(service).head
    upstream.down = True
    after = wait_for_a_round(service)
    assert after.head == head
    assert "stays in use" in after.error
    upstream.down = False
    assert wait_for_a_round(service).error == ""


def test_a_mirror_that_a_student_has_just_had_fetched_is_not_fetched_again(
    service: Service, upstream: Upstream
) -> None:
    wait_for_a_round(service)
    asked = len(upstream.requests)
    service.settings = service.settings.model_copy(update={"module_refresh_s": 600.0})
    job = jobs.schedule(service.house(), ("modules",)).get_job("modules.refresh")
    asyncio.run(job.func(*job.args))
    assert len(upstream.requests) == asked


def test_a_repository_that_no_course_uses_any_more_is_not_asked(
    service: Service, upstream: Upstream
) -> None:
    with service.store.writing(EVERYONE) as session:
        for module in session.exec(select(Module)):
            session.delete(module)
    job = jobs.schedule(service.house(), ("modules",)).get_job("modules.refresh")
    asyncio.run(job.func(*job.args))
    assert upstream.requests == []
