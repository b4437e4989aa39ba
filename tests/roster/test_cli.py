"""`coursehub roster ...`: a course of the demo LMS, planned, carried out and undone by commands."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlmodel import select
from typer.testing import CliRunner, Result

from coursehub import migrations
from coursehub.adapters.keys import ToolKeys
from coursehub.cli import app
from coursehub.model.course import Course, CourseContext, Enrolment
from coursehub.model.institution import Institution, Platform
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub_demo_lms.app import build
from coursehub_demo_lms.keys import KeyRing
from coursehub_demo_lms.tool import Tool
from tests.demo_lms.actors import CLIENT, address, free_socket, served

COURSE = "data-8"


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """The folder of a service whose one course the demo LMS lists."""
    tool, lms = free_socket(), free_socket()
    door = FastAPI()
    door.get("/services/coursehub/lti/jwks.json")(ToolKeys(tmp_path / "keys").public_jwks)
    campus = build(issuer=address(lms), tool=Tool.of_hub(address(tool)), keys=KeyRing())
    store = Store(Settings(data_dir=tmp_path).database)
    migrations.upgrade(store.engine)
    _open_course(store, address(lms))
    store.close()
    with served(door, tool), served(campus, lms):
        yield tmp_path


def _open_course(store: Store, lms: str) -> None:
    """A course that the demo LMS lists, and another whose LMS course lists nobody."""
    with store.writing(EVERYONE) as session:
        school = Institution(slug="north", name="North College")
        session.add(school)
        session.flush()
        mine = school.id or 0
        platform = Platform(
            institution_id=mine,
            issuer=lms,
            client_id=CLIENT,
            auth_login_url=f"{lms}/auth",
            token_url=f"{lms}/token",
            key_set_url=f"{lms}/jwks",
        )
        course = Course(institution_id=mine, key=COURSE, title="Foundations")
        session.add_all([platform, course])
        session.flush()
        context = CourseContext(
            institution_id=mine,
            course_id=course.id or 0,
            platform_id=platform.id or 0,
            context_id="data8-autumn",
            nrps_url=f"{lms}/nrps/data8-autumn/members",
        )
        other = Course(institution_id=mine, key="data-8-2", title="Foundations, evening")
        session.add_all([context, other])
        session.flush()
        session.add(
            CourseContext(
                institution_id=mine,
                course_id=other.id or 0,
                platform_id=platform.id or 0,
                context_id="data8-evening",
                title="Evening",
            )
        )


def run(data: Path, *words: str) -> Result:
    environment = {"COLUMNS": "160", "COURSEHUB_ALLOW_PRIVATE_PLATFORMS": "true"}
    return CliRunner().invoke(app, ["roster", *words, "--data-dir", str(data)], env=environment)


def enrolled(data: Path) -> int:
    store = Store(Settings(data_dir=data).database)
    with store.reading(EVERYONE) as session:
        found = [row for row in session.exec(select(Enrolment)) if row.dropped_at is None]
    store.close()
    return len(found)


def test_a_roster_is_planned_carried_out_and_undone(data: Path) -> None:
    planned = run(data, "plan", COURSE)
    assert planned.exit_code == 0, planned.output
    assert "joins" in planned.output
    assert f"coursehub roster apply {COURSE}" in planned.output
    assert enrolled(data) == 0
    done = run(data, "apply", COURSE)
    assert done.exit_code == 0, done.output
    everybody = enrolled(data)
    assert everybody > 200
    assert f"{everybody} done. The Hub's groups follow within a minute." in done.output
    again = run(data, "plan", COURSE)
    assert f"{everybody} unchanged: nothing to change." in again.output
    undone = run(data, "undo", COURSE)
    assert f"{everybody} undone" in undone.output
    assert enrolled(data) == 0
    history = run(data, "history", COURSE)
    assert "undone" in history.output
    assert "(command line)" in history.output
    staff = run(data, "history", COURSE, "--staff").output
    assert "instructor" in staff
    assert "undo" in staff


def test_lms_courses_are_joined_and_parted_by_commands(data: Path) -> None:
    joined = run(data, "join", COURSE, "data-8-2")
    assert "1 LMS course feeds data-8 from now on" in joined.output
    shown = run(data, "contexts", COURSE).output
    assert "Evening" in shown
    assert "data-8-2" in shown
    assert "No LMS course feeds it" in run(data, "contexts", "data-8-2").output
    assert "No LMS course 9 was joined to data-8" in run(data, "part", COURSE, "9").output
    parted = run(data, "part", COURSE, "2")
    assert "It feeds data-8-2 again" in parted.output, parted.output


def test_what_cannot_be_done_is_said_in_a_sentence(data: Path) -> None:
    for words, told in (
        (("history", COURSE), "Nothing has changed yet."),
        (("apply", COURSE), f"Nothing was planned yet: coursehub roster plan {COURSE}"),
        (("undo", COURSE, "--number", "7"), "This course has no such sync."),
        (("problems", COURSE), "The Hub has taken everybody of the course who has been there."),
        (("plan", "no-such"), "no roster for this course"),
        (("apply", "no-such"), "There is no course no-such here."),
    ):
        said = run(data, *words)
        assert told in " ".join(said.output.split()), said.output
        assert "Traceback" not in said.output
