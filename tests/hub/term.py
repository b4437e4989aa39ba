"""A term that has begun on a stage of its own, and what its people do by hand."""

import io
import re
import tarfile
from datetime import UTC, datetime
from html import unescape
from typing import Any, Final

import httpx

from coursehub.grading.actions import scoring
from coursehub.ports import Grade
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey
from demo.browser import Browser
from demo.classroom import CONTEXT, COURSE, INSTRUCTOR, Classroom
from demo.steps import opening
from demo.steps.expecting import answered, until

HERE: Final = "/services/coursehub"
TAR: Final = "application/x-tar"
CONFIGURED: Final = "coursehub-demo"
SECONDS: Final = 120.0
"""How long a busy machine may take for what is done in the background."""


def begin(room: Classroom) -> None:
    """The course has modules and a released assignment; the administrator is logged in."""
    opening.own_login(room)
    opening.first_launch(room)
    opening.sync_first(room)
    opening.set_up(room)
    release = f"courses/{COURSE}/assignments/ps2/release"
    answered(room.service(INSTRUCTOR, "PUT", release, content=_tar(), type=TAR))


def newcomer(room: Classroom) -> Browser:
    """A browser that has been nowhere yet."""
    return Browser(hub_url=room.stage.hub_url, lms_url=room.stage.lms_url)


def name_after(browser: Browser, person: str) -> str:
    """The Hub name that the browser is logged in by, after a click on the course's link."""
    answered(browser.launch(person=person, course=CONTEXT, link="data8-home"))
    return who(browser)


def who(browser: Browser) -> str:
    """The Hub name that the service knows the browser by, asked anew."""
    name: str = answered(browser.api("GET", f"{HERE}/api/v1/me")).json()["username"]
    return name


def admin(room: Classroom, path: str) -> httpx.Response:
    """An administrator's page."""
    return answered(room.browser("admin").get(f"{HERE}/admin/{path}"))


def column(room: Classroom, resource_id: str) -> dict[str, Any]:
    """The one column of the LMS's gradebook for that; a second one is a failure."""
    book = room.lms("GET", f"/api/gradebook/{CONTEXT}")
    (found,) = [item for item in book["line_items"] if item["resource_id"] == resource_id]
    return dict(found)


def points_in(room: Classroom, line_item: str, person: str) -> float | None:
    """What the LMS shows the person in that column."""
    for grade in room.lms("GET", f"/api/gradebook/{CONTEXT}")["grades"]:
        if (grade["line_item"], grade["person"]) == (line_item, person):
            return None if grade["points"] is None else float(grade["points"])
    return None


def hand_in(room: Classroom, person: str) -> None:
    """The person has handed something in."""
    path = f"courses/{COURSE}/assignments/ps2/submissions"
    answered(room.service(person, "POST", path, content=_tar(), type=TAR), status=201)


def grade(room: Classroom, person: str, *, points: float) -> None:
    """The gradebook's points for what the person handed in, on their way to the LMS."""
    store = Store(Settings(data_dir=room.stage.folder / "coursehub").database)
    try:
        with store.writing(EVERYONE) as session:
            row = scoring.find_assignment(session, CourseKey(COURSE), "ps2")
            of = scoring.counted(session, row)[room.browser(person).name()]
            given = Grade(points=points, max_points=row.points, needs_manual=False)
            assert scoring.record(session, of, given, at=datetime.now(UTC))
    finally:
        store.close()


def arrived(room: Classroom, line_item: str, person: str, points: float) -> None:
    """Nothing, once the LMS shows those points."""
    until(
        lambda: points_in(room, line_item, person) == points,
        seconds=SECONDS,
        otherwise=f"the LMS does not show {points:g} points",
    )


def registration_link(room: Classroom) -> str:
    """A one-time link, as the administrator copies it."""
    browser = room.browser("admin")
    page = browser.submit_form(
        admin(room, "platforms"), "/platforms/links", institution="Demo College", hours="1"
    )
    shown = re.search(r'id="field-link"[^>]*value="([^"]+)"', answered(page).text)
    assert shown, "the page shows no link"
    return unescape(shown[1])


def _tar() -> bytes:
    packed, content = io.BytesIO(), b'{"cells": [], "metadata": {}, "nbformat": 4}'
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo("ps2.ipynb")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()
