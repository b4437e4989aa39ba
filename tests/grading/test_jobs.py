import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import structlog

from coursehub.errors import Invalid, Unreachable
from coursehub.grading.actions import claims
from coursehub.model.grading import JobState
from coursehub.ports import Grade, GradeRequest
from tests.grading.campus import Campus, ScriptedGrader, grade

WORKER = """
import asyncio, sys
from datetime import datetime
from coursehub.grading.actions import autograde
from coursehub.store import Store
from tests.grading.campus import Campus

campus = Campus(Store(sys.argv[1]), time=datetime.fromisoformat(sys.argv[2]))
campus.grader.delay_s = 600

async def main():
    work = asyncio.create_task(autograde.work_once(campus.store, campus.grader, campus))
    while not campus.grader.requests:
        await asyncio.sleep(0.02)
    print("grading", flush=True)
    await work

asyncio.run(main())
"""


def test_every_counted_submission_gets_a_score(campus: Campus) -> None:
    campus.open("ada", "bob", "idle")
    for name in ("ada", "bob"):
        campus.submit(name, {"ps1.ipynb": "a" * 64, "data/x.csv": "b" * 64})
    campus.grader.grades = {"ada": grade(9), "bob": grade(4)}
    assert campus.ask() == 2
    assert campus.work() == 2
    assert {name: score.points for name, score in campus.scores().items()} == {"ada": 9, "bob": 4}
    assert {job.state for (job,) in campus.jobs().values()} == {JobState.DONE}
    (request,) = [one for one in campus.grader.requests if one.student == "ada"]
    assert (request.course, request.assignment) == ("data8", "ps1")
    assert request.files == {"ps1.ipynb": "a" * 64, "data/x.csv": "b" * 64}


def test_asking_twice_before_it_is_done_grades_once(campus: Campus) -> None:
    campus.open("ada")
    campus.submit("ada")
    assert campus.ask() == campus.ask() == 1
    assert campus.work() == 1
    assert len(campus.grader.requests) == 1


def test_asking_again_afterwards_grades_again_and_keeps_one_score(campus: Campus) -> None:
    campus.open("ada")
    campus.submit("ada")
    campus.ask()
    campus.work()
    campus.grader.grades = {"ada": grade(10)}
    campus.ask("ada")
    assert campus.work() == 1
    assert campus.scores()["ada"].points == 10
    assert campus.job("ada").attempts == 1


def test_only_the_students_asked_for_are_graded(campus: Campus) -> None:
    campus.open("ada", "bob")
    campus.submit("ada")
    campus.submit("bob")
    assert campus.ask("bob") == 1
    campus.work()
    assert set(campus.scores()) == {"bob"}


def test_a_newer_submission_supersedes_the_waiting_one(campus: Campus) -> None:
    campus.open("ada")
    campus.submit("ada")
    campus.ask()
    newer = campus.submit("ada")
    campus.ask()
    campus.work()
    old, new = campus.jobs()["ada"]
    assert (old.state, new.state) == (JobState.SUPERSEDED, JobState.DONE)
    assert campus.scores()["ada"].submission_id == newer
    assert len(campus.grader.requests) == 1


def test_two_versions_of_one_student_are_never_graded_at_once(campus: Campus) -> None:
    campus.open("ada")
    campus.submit("ada")
    campus.ask()
    first = claims.claim(campus.store, campus.now())
    assert first
    campus.submit("ada")
    campus.ask()
    assert claims.claim(campus.store, campus.now()) is None
    claims.finish(campus.store, first, grade(1), campus.now())
    second = claims.claim(campus.store, campus.now())
    assert second
    claims.finish(campus.store, second, grade(2), campus.now())
    assert campus.scores()["ada"].points == 2


def test_work_is_done_side_by_side_up_to_a_bound(campus: Campus) -> None:
    names = [f"s{number}" for number in range(6)]
    campus.open(*names)
    for name in names:
        campus.submit(name)
    campus.ask()
    campus.grader.delay_s = 0.2
    assert campus.work(at_once=3) == 6
    assert campus.grader.most_at_once == 3


def test_a_submission_that_cannot_be_graded_says_why_and_stops_no_other(campus: Campus) -> None:
    campus.open("ada", "bob")
    campus.submit("ada")
    campus.submit("bob")
    campus.grader.failures = {"ada": [Invalid("notebook-unreadable", "ps1.ipynb is broken.")]}
    campus.ask()
    assert campus.work() == 2
    failed = campus.job("ada")
    assert (failed.state, failed.reason, failed.attempts) == (
        JobState.FAILED, "ps1.ipynb is broken.", 1,
    )  # fmt: skip
    assert set(campus.scores()) == {"bob"}


def test_a_cluster_that_is_away_is_tried_three_times(campus: Campus) -> None:
    campus.open("ada")
    campus.submit("ada")
    away = Unreachable("dask-unreachable", "The cluster is away.")
    campus.grader.failures = {"ada": [away, away, away]}
    campus.ask()
    for _ in range(5):
        campus.work()
        campus.later(minutes=5)
    assert len(campus.grader.requests) == 3
    assert (campus.job("ada").state, campus.job("ada").reason) == (
        JobState.FAILED, "The cluster is away.",
    )  # fmt: skip


def test_a_cluster_that_comes_back_grades(campus: Campus) -> None:
    campus.open("ada")
    campus.submit("ada")
    campus.grader.failures = {"ada": [Unreachable("dask-unreachable", "Away.")]}
    campus.ask()
    assert campus.work() == 0
    assert campus.work() == 0, "it is not due yet"
    campus.later(minutes=1)
    assert campus.work() == 1
    assert campus.job("ada").state is JobState.DONE


def test_a_worker_that_was_killed_midway_is_replaced_and_nobody_is_graded_twice(
    campus: Campus,
) -> None:
    campus.open("ada")
    campus.submit("ada")
    campus.ask()
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, campus.store.url, campus.now().isoformat()],
        stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.pathsep.join(["."])},
    )  # fmt: skip
    try:
        assert worker.stdout
        assert worker.stdout.readline().strip() == b"grading"
        assert campus.job("ada").state is JobState.CLAIMED
        assert campus.work() == 0, "the claim holds while its worker may live"
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(timeout=60)
        if worker.stdout:
            worker.stdout.close()
    campus.later(minutes=2)
    assert campus.work() == 1
    assert campus.job("ada").state is JobState.DONE
    assert campus.job("ada").attempts == 2
    assert set(campus.scores()) == {"ada"}


def test_a_worker_that_comes_back_too_late_writes_nothing(campus: Campus) -> None:
    campus.open("ada")
    campus.submit("ada")
    campus.ask()
    slow = claims.claim(campus.store, campus.now())
    campus.later(minutes=2)
    quick = claims.claim(campus.store, campus.now())
    assert slow
    assert quick
    claims.finish(campus.store, quick, grade(8), campus.now())
    claims.finish(campus.store, slow, grade(3), campus.now())
    assert campus.scores()["ada"].points == 8


def test_a_job_whose_workers_all_died_fails_with_a_reason(campus: Campus) -> None:
    campus.open("ada")
    campus.submit("ada")
    campus.ask()
    for _ in range(3):
        assert claims.claim(campus.store, campus.now())
        campus.later(minutes=2)
    assert claims.claim(campus.store, campus.now()) is None
    assert campus.job("ada").state is JobState.FAILED
    assert "every attempt" in campus.job("ada").reason


def test_a_living_worker_keeps_its_claim(campus: Campus) -> None:
    campus.open("ada")
    campus.submit("ada")
    campus.ask()
    mine = claims.claim(campus.store, campus.now())
    assert mine
    campus.later(seconds=50)
    claims.prolong(campus.store, mine, campus.now())
    campus.later(seconds=50)
    assert claims.claim(campus.store, campus.now()) is None


def test_many_workers_never_claim_the_same_job(campus: Campus) -> None:
    names = [f"s{number}" for number in range(12)]
    campus.open(*names)
    for name in names:
        campus.submit(name)
    campus.ask()
    claimed: list[int] = []

    def work() -> None:
        while mine := claims.claim(campus.store, campus.now()):
            claimed.append(mine.job_id)
            time.sleep(0.005)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(claimed) >= len(names) - 3  # a worker may look while the last is being taken
    assert len(claimed) == len(set(claimed))


def test_what_is_logged_while_a_job_is_done_carries_the_jobs_id(campus: Campus) -> None:
    campus.open("ada", "bob")
    campus.submit("ada")
    campus.submit("bob")
    campus.ask()
    said: dict[str, object] = {}

    class Talking(ScriptedGrader):
        async def grade(self, request: GradeRequest) -> Grade:
            said[request.student] = structlog.contextvars.get_contextvars()
            return await super().grade(request)

    campus.grader = Talking(delay_s=0.1)
    campus.work(at_once=2)
    assert said == {name: {"grading_job": campus.job(name).id} for name in ("ada", "bob")}


def test_a_fault_of_ours_is_not_hidden_and_lets_the_others_finish(campus: Campus) -> None:
    campus.open("ada", "bob")
    campus.submit("ada")
    campus.submit("bob")
    campus.ask()

    class Broken(ScriptedGrader):
        async def grade(self, request: GradeRequest) -> Grade:
            if request.student == "ada":
                raise ZeroDivisionError
            return await super().grade(request)

    campus.grader = Broken()
    with pytest.raises(ZeroDivisionError):
        campus.work(at_once=2)
    assert set(campus.scores()) == {"bob"}
