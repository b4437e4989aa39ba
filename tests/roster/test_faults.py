"""What a sync leaves when the service is killed, or the LMS fails, in the middle of it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from coursehub.errors import Unreachable
from coursehub.model.course import Enrolment
from coursehub.model.institution import Person
from coursehub.model.roster import RosterStep, RosterSync
from coursehub.roster.actions import sync
from tests.roster.class_of import ROSTER, Class, member
from tests.roster.test_contexts import fails

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("step", ["reading", "joining", "keeping", "groups"])
def test_a_service_killed_at_a_step_leaves_all_in_order(course: Class, step: str) -> None:
    school = course.school
    victim = subprocess.Popen(
        [sys.executable, "-m", "tests.roster.victim", school.store.url, step],
        stdout=subprocess.PIPE, cwd=ROOT, text=True,
    )  # fmt: skip
    assert victim.stdout is not None
    assert victim.stdout.readline() == "there\n"
    victim.send_signal(signal.SIGKILL)
    victim.wait(timeout=60)
    victim.stdout.close()
    sync.abandon(school.store, school)
    (killed,) = school.rows(RosterSync)
    assert killed.error_code == "sync-interrupted"
    was_done = step == "groups"
    assert len(course.enrolled()) == (201 if was_done else 1)
    assert (killed.applied_at is not None) == was_done
    assert len(school.rows(RosterStep)) == (200 if was_done else 0)
    course.lists(member("t1"), *(member(f"s{number}") for number in range(200)))
    done = course.sync()
    assert (done.joined, done.error) == (0 if was_done else 200, "")
    assert len(school.rows(Person)) == len(school.rows(Enrolment)) == 201


def test_an_lms_that_fails_on_its_seventh_page_changes_nothing(
    course: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    course.lists(member("t1"), *(member(f"s{number}") for number in range(400)))
    with monkeypatch.context() as broken:
        fails(course, ROSTER, broken, after=350)
        with pytest.raises(Unreachable):
            course.sync()
    assert set(course.enrolled()) == {"t1"}
    assert len(course.school.rows(Person)) == 1
    assert course.sync().joined == 400
