"""An assignment's own page, served by the whole service, as its staff and its students see it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from coursehub.adapters.memory_lms import MemoryLms
from coursehub.errors import Invalid, Unreachable
from coursehub.web.formats import NOTHING
from tests.grading.campus import MORNING, Campus, grade
from tests.grading.desk_clerks import (
    PS1,
    STAFF,
    as_person,
    change,
    enrol_more,
    hand_in_late,
    open_campus,
)
from tests.web.actors import Browser


@pytest.fixture
def open_course(tmp_path: Path) -> Iterator[tuple[Campus, str]]:
    with open_campus(tmp_path, "ada", "bob", "cyd") as found:
        yield found


@pytest.fixture
def campus(open_course: tuple[Campus, str]) -> Campus:
    return open_course[0]


@pytest.fixture
def staff(open_course: tuple[Campus, str]) -> Iterator[httpx.Client]:
    with as_person(open_course[1], STAFF) as someone:
        yield someone


@pytest.fixture
def ada(open_course: tuple[Campus, str]) -> Iterator[httpx.Client]:
    with as_person(open_course[1], "ada") as someone:
        yield someone


def seen(answer: httpx.Response) -> str:
    """What someone reads on a page: its main part without tags, in one line."""
    assert answer.status_code == 200, answer.text
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    words = []
    for piece in main.split("<"):
        words += piece.partition(">")[2].split()
    return " ".join(words)


def row(answer: httpx.Response, name: str) -> str:
    """The line of the table that begins with that name."""
    after = seen(answer).partition(f"{name} Lovelace")[2]
    return after.partition(" Lovelace")[0].strip()


def test_staff_follow_a_class_from_the_page_alone(campus: Campus, staff: httpx.Client) -> None:
    campus.submit("ada")
    campus.submit("bob")
    campus.grader.grades = {"ada": grade(9.5), "bob": grade(3, needs_manual=True)}
    asked = staff.post(f"{PS1}/autograde")
    assert "Grading is asked for. 2 submissions wait or are being graded." in seen(asked)
    assert "Grading Problem set 1 0 of 2" in seen(asked)
    campus.work()
    graded = staff.get(PS1)
    assert "Submitted 2 of 3 students Late 0 Graded 2 Waiting for a person 1" in seen(graded)
    assert "graded 9.5 of 10 on its way" in row(graded, "Ada")
    assert "graded 3 of 10 to mark by hand held back" in row(graded, "Bob")
    assert "nothing yet" in row(graded, "Cyd")
    assert 'hx-trigger="every 2s"' not in graded.text
    campus.deliver(MemoryLms())
    campus.grader.grades["bob"] = grade(8)
    sent = staff.post(f"{PS1}/scores")
    assert "Scores are on their way to the LMS. 1 of 2 scores are new or changed." in seen(sent)
    assert "delivered 1 Mar 2027, 10:00 CET" in row(sent, "Ada")
    again = staff.post(f"{PS1}/scores")
    assert "There is nothing new to send. 2 scores were read again" in seen(again)
    released = staff.post(f"{PS1}/feedback")
    assert "Feedback is released. 2 submissions have feedback" in seen(released)


def test_a_failure_is_shown_with_its_reason(campus: Campus, staff: httpx.Client) -> None:
    campus.submit("ada")
    campus.submit("bob")
    campus.grader.failures = {
        "ada": [Invalid("notebook-missing", "ps1.ipynb is <missing>.")],
        "bob": [Unreachable("busy", "The sandbox did not start.")],
    }
    campus.ask()
    campus.work()
    shown = staff.get(PS1)
    assert "failed ps1.ipynb is &lt;missing&gt;." in row(shown, "Ada")
    assert "waiting The sandbox did not start." in row(shown, "Bob")
    assert "Graded 0 1 failed" in seen(shown)


def test_whoever_gets_no_feedback_is_named_with_the_reason(
    campus: Campus, staff: httpx.Client, ada: httpx.Client
) -> None:
    for name in ("ada", "bob", "cyd"):
        campus.submit(name)
    campus.ask()
    campus.work()
    campus.grader.without_feedback = {
        "bob": Invalid("too-large", "The feedback is <too> large."),
    }
    released = seen(staff.post(f"{PS1}/feedback"))
    assert "Feedback is released. 2 submissions have feedback" in released
    assert "Feedback could not be released for 1 student." in released
    assert "Bob Lovelace : The feedback is &lt;too&gt; large." in released
    assert "Bob Lovelace : The feedback" in seen(staff.get(PS1))
    assert "Bob" not in ada.get(PS1).text
    campus.grader.without_feedback = dict.fromkeys(
        ("ada", "bob", "cyd"), Unreachable("autograder-died", "The autograder was ended midway.")
    )
    none = seen(staff.post(f"{PS1}/feedback"))
    assert "Feedback could not be released for 3 students." in none
    assert "Grade what was handed in first" not in none
    campus.submit("bob")
    campus.ask()
    campus.work()
    assert "for 2 students." in seen(staff.get(PS1))
    campus.grader.without_feedback = {}
    assert "could not be released" not in seen(staff.post(f"{PS1}/feedback"))


def test_a_score_that_does_not_arrive_shows_its_attempts_and_why(
    campus: Campus, staff: httpx.Client
) -> None:
    campus.submit("ada")
    campus.ask()
    campus.work()
    campus.deliver(MemoryLms(failure=Unreachable("lms", "The LMS does not answer.")))
    assert "on its way 1 attempt so far. The LMS does not answer." in row(staff.get(PS1), "Ada")


def test_a_version_after_the_graded_one_shows_that_the_points_are_older(
    campus: Campus, staff: httpx.Client, ada: httpx.Client
) -> None:
    campus.submit("ada")
    campus.ask()
    campus.work()
    newest = campus.submit("ada")
    assert "not asked for 7 of 10 earlier version" in row(staff.get(PS1), "Ada")
    mine = seen(ada.get(PS1))
    assert "Versions received 2" in mine
    assert "Points 7 of 10" in mine
    assert "The points are those of an earlier version" in mine
    assert f"counts {newest}" in mine


def test_late_is_said_in_the_course_s_own_time(
    campus: Campus, staff: httpx.Client, ada: httpx.Client
) -> None:
    campus.later(minutes=30)
    hand_in_late(campus, "ada", late_s=1501)
    assert "1 Mar 2027, 10:30 CET late" in row(staff.get(PS1), "Ada")
    assert "Submitted 1 of 3 students Late 1" in seen(staff.get(PS1))
    mine = seen(ada.get(PS1))
    assert "Due 1 Mar 2027, 10:05 CET ; what the server receives later is late." in mine
    assert "1 Mar 2027, 10:30 CET counts late" in mine
    change(campus, due_at=None)
    assert "No due date: nothing is late." in seen(ada.get(PS1))


def test_a_student_sees_points_only_once_everything_is_marked(
    campus: Campus, ada: httpx.Client
) -> None:
    assert "Nothing received yet" in seen(ada.get(PS1))
    receipt = campus.submit("ada")
    assert "not graded yet" in seen(ada.get(PS1))
    assert receipt in seen(ada.get(PS1))
    campus.ask()
    assert "Your newest version is being graded." in seen(ada.get(PS1))
    campus.grader.grades = {"ada": grade(3, needs_manual=True)}
    campus.work()
    waiting = seen(ada.get(PS1))
    assert "a person marks the rest" in waiting
    assert f"Points {NOTHING} of 10" in waiting
    campus.grader.grades = {"ada": grade(8)}
    campus.ask()
    campus.work()
    assert "Points 8 of 10" in seen(ada.get(PS1))


def test_a_student_sees_nobody_else_and_may_start_nothing(
    campus: Campus, ada: httpx.Client
) -> None:
    other = campus.submit("bob")
    shown = ada.get(PS1)
    assert other not in shown.text
    assert "Bob" not in shown.text
    assert "csrf_token" not in shown.text
    for action in ("autograde", "scores", "feedback"):
        assert ada.post(f"{PS1}/{action}").status_code == 403
    assert campus.jobs() == {}


def test_what_is_not_released_is_there_for_staff_alone(
    campus: Campus, staff: httpx.Client, ada: httpx.Client
) -> None:
    change(campus, released_at=None)
    assert ada.get(PS1).status_code == 404
    shown = staff.get(PS1)
    assert "Not released yet" in seen(shown)
    assert "courses/data8/grader" in shown.text
    change(campus, released_at=MORNING + timedelta(days=1))
    assert ada.get(PS1).status_code == 200


@pytest.mark.parametrize("action", ["", "/autograde", "/scores", "/feedback"])
def test_an_assignment_that_is_not_there_is_missing(staff: httpx.Client, action: str) -> None:
    method = "POST" if action else "GET"
    assert staff.request(method, f"courses/data8/assignments/ps9{action}").status_code == 404


def test_an_outsider_sees_nothing(open_course: tuple[Campus, str]) -> None:
    with as_person(open_course[1], "mallory") as outsider:
        assert outsider.get(PS1).status_code == 404


def test_each_button_carries_the_proof_that_our_page_sent_it(
    campus: Campus, open_course: tuple[Campus, str]
) -> None:
    campus.submit("ada")
    with as_person(open_course[1], STAFF) as someone:
        shown = someone.get(PS1, headers=Browser(http=someone).cookie())
    proofs = re.findall(
        r'<form[^>]*method="post"[^>]*>\s*<input[^>]*name="csrf_token" '
        r'value="([^"]+)"',
        shown.text,
    )
    assert len(proofs) == 3


def test_a_message_is_one_of_ours(staff: httpx.Client) -> None:
    """No address makes the page say what somebody else wrote."""
    assert staff.get(PS1, params={"done": "Pay here"}).status_code == 422
    assert staff.get(PS1, params={"done": "asked", "many": "<b>"}).status_code == 422


def test_students_come_in_pages_and_are_found_by_name(campus: Campus, staff: httpx.Client) -> None:
    enrol_more(campus, [f"s{number:02}" for number in range(60)])
    first = staff.get(PS1)
    assert "63 students" in seen(first)
    assert "S46 Lovelace" in seen(first)
    assert "S47 Lovelace" not in seen(first)
    (further,) = re.findall(r'href="[^"?]*(\?after=[^"]*)">Next page', first.text)
    last = seen(staff.get(PS1 + further))
    assert "S47 Lovelace" in last
    assert "S59 Lovelace" in last
    assert "S46 Lovelace" not in last
    found = staff.get(PS1, params={"q": "s59"})
    assert "S59 Lovelace" in seen(found)
    assert "1 student" in seen(found)
    assert "Nobody is called that." in seen(staff.get(PS1, params={"q": "zz"}))


def test_the_course_s_page_leads_there(staff: httpx.Client, ada: httpx.Client) -> None:
    for someone in (staff, ada):
        assert f'{PS1}">Problem set 1</a>' in someone.get("courses/data8").text
