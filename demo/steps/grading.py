"""Grading: from release to the LMS's gradebook."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import nbformat
import yaml

from demo import students
from demo.classroom import CONTEXT, COURSE, INSTRUCTOR, Classroom
from demo.steps.expecting import answered, expect, until
from demo.steps.materials import STUDENTS

ASSIGNMENT: Final = "ps1"
GRADER: Final = f"grader-{COURSE}"
ABILITIES: Final[tuple[students.Ability, ...]] = ("right", "partly", "wrong")
MANUAL_POINTS: Final = 2.0
START_S: Final = 120.0
GRADE_S: Final = 300.0
DELIVER_S: Final = 120.0
_HERE: Final = f"courses/{COURSE}/assignments/{ASSIGNMENT}"


def release(room: Classroom) -> str:
    """The instructor enters the grader server by role, makes the students' version and releases."""
    browser = room.browser(INSTRUCTOR)
    page = until(
        lambda: _formgrader(room), seconds=START_S, otherwise="the grader server did not start"
    )
    expect("ormgrader" in page, "this is not formgrader")
    for action in ("assign", "release"):
        _formgrade(room, "POST", f"assignment/{ASSIGNMENT}/{action}")
    shown = answered(room.service(INSTRUCTOR, "GET", f"courses/{COURSE}/assignments")).json()
    released = [item["name"] for item in shown["items"] if item["released_at"]]
    expect(released == [ASSIGNMENT], f"released are {released}")
    return f"{browser.name()} is in {GRADER}'s formgrader; {ASSIGNMENT} is released"


def hand_in(room: Classroom) -> str:
    """Each student fetches, answers and submits in nbgrader's own assignment list."""
    for person, how in zip(STUDENTS, ABILITIES, strict=True):
        answered(room.launch(person, f"data8-{ASSIGNMENT}"))
        browser = room.browser(person)
        answered(browser.wait_for_server(browser.get("/hub/user-redirect/lab")))
        _act(room, person, "fetch")
        _answer(room, person, how)
        if person == STUDENTS[-1]:
            _set_due(room, datetime.now(UTC) - timedelta(minutes=5))
        _act(room, person, "submit")
    received = _submissions(room)
    late = [item["student"] for item in received if item["late_s"] > 0]
    expect(len(received) == len(STUDENTS), f"{len(received)} submissions were received")
    expect(late == [room.browser(STUDENTS[-1]).name()], f"late are {late}")
    return f"{len(received)} submissions, signed receipts, {len(late)} late"


def autograde(room: Classroom) -> str:
    """Every submission is run in a sandbox on Dask, and graded by its hidden tests."""
    _formgrade(room, "POST", f"assignment/{ASSIGNMENT}/collect")
    asked = room.service(INSTRUCTOR, "POST", f"{_HERE}/autograde", json={"students": None})
    jobs = answered(asked, status=202).json()["jobs"]
    expect(jobs == len(STUDENTS), f"{jobs} jobs for {len(STUDENTS)} submissions")
    done = until(lambda: _finished(room), seconds=GRADE_S, otherwise="grading does not end")
    failed = [job["reason"] for job in done if job["state"] != "done"]
    expect(not failed, f"grading failed: {failed}")
    marks = {name: _submission(room, name)["autograded_score"] for name in _names(room)}
    wanted = dict(zip(_names(room), (students.BY_TESTS[how] for how in ABILITIES), strict=True))
    expect(marks == wanted, f"the tests gave {marks}, not {wanted}")
    return ", ".join(f"{name} {points:g}" for name, points in marks.items()) + " by tests"


def mark(room: Classroom) -> str:
    """The free-text question gets its points by hand, in formgrader."""
    notebooks = _formgrade(room, "GET", f"submitted_notebooks/{ASSIGNMENT}/{ASSIGNMENT}")
    answers = {notebook["student"]: notebook["id"] for notebook in notebooks}
    for name in _names(room):
        grades = _formgrade(room, "GET", f"grades?submission_id={answers[name]}")
        manual = [grade for grade in grades if grade["needs_manual_grade"]]
        expect(len(manual) == 1, f"{len(manual)} answers of {name} wait for a person")
        _formgrade(room, "PUT", f"grade/{manual[0]['id']}", body={"manual_score": MANUAL_POINTS})
    return f"{len(STUDENTS)} answers marked with {MANUAL_POINTS:g} of 3"


def scores(room: Classroom) -> str:
    """The LMS is down when the scores leave; they stand in its gradebook all the same."""
    room.lms("PUT", "/switches", json={"down": {"ags": 2}})
    queued = answered(room.service(INSTRUCTOR, "POST", f"{_HERE}/scores")).json()["queued"]
    expect(queued == len(STUDENTS), f"{queued} scores were queued")
    grades = until(
        lambda: _gradebook(room), seconds=DELIVER_S, otherwise="the LMS has not all scores"
    )
    shown = answered(room.service(INSTRUCTOR, "GET", f"{_HERE}/scores")).json()["items"]
    again = sum(item["attempts"] > 1 for item in shown)
    expect(again >= 1, "no score had to be sent again, though the LMS was down")
    wanted = [students.BY_TESTS[how] + MANUAL_POINTS for how in ABILITIES]
    expect(sorted(grades.values()) == sorted(wanted), f"the LMS shows {grades}, wanted {wanted}")
    return f"{len(grades)} scores in the LMS, {again} at a later attempt"


def once(room: Classroom) -> str:
    """Asking for everything a second time changes nothing and sends nothing."""
    before = room.lms("GET", f"/api/gradebook/{CONTEXT}")["version"]
    again = answered(room.service(INSTRUCTOR, "POST", f"{_HERE}/scores")).json()
    expect(again["queued"] == 0, f"{again['queued']} scores were queued again")
    after = room.lms("GET", f"/api/gradebook/{CONTEXT}")["version"]
    expect(before == after, "the LMS's gradebook was written again")
    return f"{again['scores']} scores looked at again, none sent again"


def feedback(room: Classroom) -> str:
    """Feedback is released by the instructor, and fetched in the assignment list."""
    released = answered(room.service(INSTRUCTOR, "POST", f"{_HERE}/feedback")).json()["released"]
    expect(released == len(STUDENTS), f"feedback was released for {released}")
    person = STUDENTS[0]
    _act(room, person, "fetch_feedback")
    shown = _list(room, person)
    mine = [item for item in shown["value"] if item["status"] == "submitted"]
    expect(mine, "the student's list shows nothing submitted")
    expect(mine[0]["submissions"][-1]["has_local_feedback"], "the feedback did not arrive")
    return f"{released} released; the first student has theirs"


def _formgrader(room: Classroom) -> str | None:
    """Formgrader's page, once the grader server is up."""
    page = room.browser(INSTRUCTOR).get(f"/services/coursehub/courses/{COURSE}/grader")
    inside = page.url.path.startswith(f"/user/{GRADER}/") and page.is_success
    return page.text if inside else None


def _formgrade(room: Classroom, method: str, path: str, *, body: Any = None) -> Any:
    """A call of formgrader's API, as its pages make it; RuntimeError with its log if it failed."""
    answer = answered(
        room.browser(INSTRUCTOR).api(method, f"/user/{GRADER}/formgrader/api/{path}", body=body)
    )
    done = answer.json() if answer.content else None
    if isinstance(done, dict) and done.get("success") is False:
        expect(False, f"formgrader's {path} failed: {str(done)[-1500:]}")
    return done


def _submission(room: Classroom, name: str) -> Any:
    found = _formgrade(room, "GET", f"submission/{ASSIGNMENT}/{name}")
    return {"autograded_score": found["score"]}


def _act(room: Classroom, person: str, action: str) -> None:
    """One click in the assignment list."""
    answer = room.browser(person).server(
        "POST", f"assignments/{action}", form={"course_id": COURSE, "assignment_id": ASSIGNMENT}
    )
    done = answered(answer).json()
    expect(done["success"], f"{action} failed: {str(done)[:800]}")


def _list(room: Classroom, person: str) -> Any:
    answer = room.browser(person).server("GET", f"assignments?course_id={COURSE}")
    return answered(answer).json()


def _answer(room: Classroom, person: str, how: students.Ability) -> None:
    path = f"api/contents/{COURSE}/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
    browser = room.browser(person)
    content = answered(browser.server("GET", f"{path}?content=1")).json()["content"]
    notebook = nbformat.from_dict(content)  # type: ignore[no-untyped-call]  # it ships none
    done = students.answer(notebook, how)
    answered(browser.server("PUT", path, body={"type": "notebook", "content": done}))


def _set_due(room: Classroom, due: datetime) -> None:
    """The instructor moves the due date, in the course's file."""
    path = room.folder / "course.yml"
    content = yaml.safe_load(path.read_text())
    listed = {assignment["name"]: assignment for assignment in content["assignments"]}
    expect(ASSIGNMENT in listed, f"{path.name} has no assignment {ASSIGNMENT}")
    listed[ASSIGNMENT]["due"] = due.isoformat()
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    room.apply_course()


def _submissions(room: Classroom) -> Any:
    answer = room.service(
        INSTRUCTOR,
        "GET",
        f"courses/{COURSE}/submissions",
        params={"assignment": ASSIGNMENT, "all": 1},
    )
    return answered(answer).json()["items"]


def _finished(room: Classroom) -> Any:
    jobs = answered(room.service(INSTRUCTOR, "GET", f"{_HERE}/jobs")).json()["items"]
    return jobs if all(job["state"] in {"done", "failed"} for job in jobs) else None


def _gradebook(room: Classroom) -> dict[str, float] | None:
    """The points that the LMS shows for the assignment, once it has one for each student."""
    book = room.lms("GET", f"/api/gradebook/{CONTEXT}")
    columns = {item["id"] for item in book["line_items"] if item["resource_id"] == ASSIGNMENT}
    points = {
        grade["person"]: grade["points"]
        for grade in book["grades"]
        if grade["line_item"] in columns and grade["points"] is not None
    }
    return points if len(points) == len(STUDENTS) else None


def _names(room: Classroom) -> list[str]:
    return [room.browser(person).name() for person in STUDENTS]
