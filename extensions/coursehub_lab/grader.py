"""
Formgrader's Autograde button, answered by the service's engine instead of nbgrader's own.

The service runs each submission in a sandbox, away from the gradebook and the
hidden tests, and several side by side; nbgrader's own would run it in this
server. Formgrader itself stays as it is: Tornado takes the first handler of
an address, and Jupyter Server loads extensions by name, this one before
`nbgrader.server_extensions.formgrader`.
"""

import asyncio
import json
import os
import time
from typing import Any, Final
from urllib.parse import quote

from jupyter_server.utils import url_path_join
from nbgrader.server_extensions.formgrader.base import (
    BaseApiHandler,
    check_notebook_dir,
    check_xsrf,
)
from tornado import web

from coursehub_lab.service import Service, ServiceError

_LONGEST_S: Final = 600.0
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 5.0
_SETTLED: Final = ("done", "failed", "superseded")

Outcome = dict[str, Any]
"""An answer in the form of nbgrader's own: `success`, and `log` as the page shows it."""


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Where Jupyter Server finds the extension's loader."""
    return [{"module": "coursehub_lab.grader"}]


def _load_jupyter_server_extension(server_app: Any) -> None:
    """Take the button's address before formgrader does."""
    web_app = server_app.web_app
    address = url_path_join(
        web_app.settings["base_url"],
        "formgrader/api/submission/([^/]+)/([^/]+)/autograde",
    )
    web_app.add_handlers(".*$", [(address, AutogradeHandler)])


class AutogradeHandler(BaseApiHandler):
    """The button of one submission."""

    @web.authenticated
    @check_xsrf
    @check_notebook_dir
    async def post(self, assignment: str, student: str) -> None:
        """Grade the student's last version, and answer once that is over."""
        outcome = await autograde(assignment, student)
        self.write(json.dumps(outcome))


async def autograde(
    assignment: str, student: str, *, longest_s: float = _LONGEST_S, pause_s: float = _FIRST_PAUSE_S
) -> Outcome:
    """
    How the service's grading of a student's last version ended.

    Calls run on threads, so the server goes on answering others meanwhile.
    After `longest_s` the grading goes on, and only the waiting ends.
    """
    try:
        service = Service.from_environment()
        asked = await asyncio.to_thread(_ask, service, assignment, student)
        if not asked:
            return _failure(f"{student} has not handed in {assignment} yet: nothing was graded.")
        until = time.monotonic() + longest_s
        while time.monotonic() < until:
            job = await asyncio.to_thread(_job, service, assignment, student)
            if job["state"] in _SETTLED:
                return _outcome(job, assignment, student)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)
    except ServiceError as error:
        return _failure(error.message)
    return _failure(
        f"Grading {assignment} of {student} goes on in the course service: it takes longer than "
        "this page waits. Look at the assignment's page of the course, or load this page again."
    )


def _path(assignment: str, what: str) -> str:
    course = quote(os.environ.get("COURSEHUB_COURSE", ""), safe="")
    return f"api/v1/courses/{course}/assignments/{quote(assignment, safe='')}/{what}"


def _ask(service: Service, assignment: str, student: str) -> int:
    """How many submissions wait to be graded for that: one, or none."""
    answer = service.call("POST", _path(assignment, "autograde"), body={"students": [student]})
    return int(answer.get("jobs", 0))


def _job(service: Service, assignment: str, student: str) -> Outcome:
    """The job of the student's last version: the one made last."""
    jobs = service.items(_path(assignment, "jobs"), params={"limit": "200"})
    mine = [job for job in jobs if job.get("student") == student]
    if not mine:
        raise ServiceError(
            "no-such-job", "The course service has no grading of that submission: try again."
        )
    return mine[-1]


def _outcome(job: Outcome, assignment: str, student: str) -> Outcome:
    if job["state"] == "done":
        log = f"The course service graded {assignment} of {student} in its sandbox."
        return {"success": True, "log": log}
    return _failure(str(job.get("reason") or "The course service did not grade this submission."))


def _failure(sentence: str) -> Outcome:
    # Formgrader shows `error` as a traceback, which this is not, and `log` as it is.
    return {"success": False, "log": sentence}
