"""Limits: on every server, and on how many there are."""

from typing import Final

import httpx
import psutil

from demo.classroom import COURSE, INSTRUCTOR, Classroom
from demo.steps import opening
from demo.steps.expecting import answered, expect, until
from demo.steps.materials import STUDENTS, open_module

LATECOMER: Final = "1013"
MEMORY_BYTES: Final = 1_000_000_000
STOP_S: Final = 60.0


def on_servers(room: Classroom) -> str:
    """The course file's memory and CPU are what each student's server was started with."""
    for person in STUDENTS:
        environment = _environment(room, person)
        memory, cpu = environment.get("MEM_LIMIT"), environment.get("CPU_LIMIT")
        expect(memory == str(MEMORY_BYTES), f"a server has MEM_LIMIT={memory}")
        expect(cpu is not None and float(cpu) == 1.0, f"a server has CPU_LIMIT={cpu}")
    return f"{len(STUDENTS)} servers with {MEMORY_BYTES / 1e9:g} GB and 1 core"


def seats(room: Classroom) -> str:
    """One student more than seats is told why and when; a freed seat lets them in."""
    # The Hub tells the service of starts and stops when they have happened.
    until(
        lambda: _running(room) >= len(STUDENTS),
        seconds=STOP_S,
        otherwise="not every server is known to run",
    )
    taken = _running(room)
    _set_seats(room, taken)
    refused = open_module(room, LATECOMER)
    expect(
        refused.status_code == httpx.codes.TOO_MANY_REQUESTS,
        f"beyond the seats: {refused.status_code}, {refused.url}",
    )
    expect("try again" in refused.text.lower(), "the page does not say when to try again")
    _stop(room, STUDENTS[2])
    until(lambda: _running(room) < taken, seconds=STOP_S, otherwise="the seat did not become free")
    answered(open_module(room, LATECOMER))
    _set_seats(room, None)
    # This Hub ends after one start that failed (demo/stage.py): a refusal must be none.
    expect(not room.stage.fallen(), f"the {room.stage.fallen()} ended after the refusal")
    return f"{taken} seats: the next student is asked to wait, and gets the freed one"


def _running(room: Classroom) -> int:
    """How many servers of the course there are, as the service knows it."""
    usage = answered(room.service(INSTRUCTOR, "GET", f"courses/{COURSE}/usage")).json()
    return int(usage["running"])


def _set_seats(room: Classroom, seats: int | None) -> None:
    answered(
        room.service(
            INSTRUCTOR,
            "PUT",
            f"courses/{COURSE}/quota",
            json={"memory_bytes": MEMORY_BYTES, "cpu": 1.0, "seats": seats},
        )
    )


def _stop(room: Classroom, person: str) -> None:
    browser = room.browser(person)
    browser.get("/hub/home")
    answer = browser.api("DELETE", f"/hub/api/users/{browser.name()}/server")
    expect(answer.status_code in {202, 204}, f"stopping answered {answer.status_code}")
    until(
        lambda: not opening.hub(room, f"users/{browser.name()}").json()["servers"],
        seconds=STOP_S,
        otherwise="the server did not stop",
    )


def _environment(room: Classroom, person: str) -> dict[str, str]:
    """What the person's server process was started with."""
    name = room.browser(person).name()
    for process in psutil.process_iter():
        try:
            environment: dict[str, str] = process.environ()
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        ours = environment.get("JUPYTERHUB_API_URL", "").startswith(
            f"http://127.0.0.1:{room.stage.ports.api}/"
        )
        if ours and environment.get("JUPYTERHUB_USER") == name:
            return environment
    return {}
