"""The beginning of a term: logins, the roster, the course's file."""

from typing import Any, Final

from demo.browser import Browser
from demo.classroom import CONTEXT, COURSE, INSTRUCTOR, Classroom
from demo.steps.expecting import answered, expect

STAFF: Final = f"formgrade-{COURSE}"
STUDENTS: Final = f"nbgrader-{COURSE}"
ROLES: Final = {STAFF: {"instructor", "ta"}, STUDENTS: {"student"}}


def own_login(room: Classroom) -> str:
    """The administrator logs in with the Hub's password, as before coursehub."""
    browser = Browser(hub_url=room.stage.hub_url, lms_url=room.stage.lms_url)
    room.browsers["admin"] = browser
    browser.log_in("admin", (room.stage.folder / "admin-password").read_text())
    groups = hub(room, "groups").json()
    return f"admin is in, and sees {len(groups)} groups"


def first_launch(room: Classroom) -> str:
    """The instructor's first click makes the course and lands on its page."""
    page = answered(room.launch(INSTRUCTOR, "data8-home"))
    expect(
        page.url.path == f"/services/coursehub/courses/{COURSE}",
        f"the launch landed on {page.url}",
    )
    expect("Introduction to Data Science" in page.text, "the page does not name the course")
    mine = answered(room.service(INSTRUCTOR, "GET", "me")).json()
    expect(
        [(c["course"], c["role"]) for c in mine["courses"]] == [(COURSE, "instructor")],
        f"the instructor's courses are {mine['courses']}",
    )
    return f"{mine['username']} is instructor of {COURSE}, on its page"


def sync(room: Classroom) -> str:
    """Everyone the LMS lists is enrolled; the Hub's groups hold those who have been here."""
    done = _sync(room)
    listed = {p["id"]: p for p in room.lms("GET", f"/api/people?course={CONTEXT}")["people"]}
    enrolled = _roster(room)
    placed = len(listed) - done["unplaced"]
    expect(done["listed"] == len(listed), f"{done['listed']} of {len(listed)} were read")
    expect(len(enrolled) == placed, f"{len(enrolled)} are enrolled, not {placed}")
    students = sum(person["role"] == "student" for person in enrolled)
    learners = sum(person["role"] == "Learner" for person in listed.values())
    expect(students == learners, f"{students} students for {learners} learners")
    groups_agree(room)
    return f"{done['listed']} listed, {done['joined']} joined, {done['unplaced']} without a role"


def sync_first(room: Classroom) -> str:
    """The LMS's list is read, and nothing else is looked at."""
    return f"{_sync(room)['listed']} people"


def sync_again(room: Classroom) -> str:
    """Nothing moves when the LMS says the same again."""
    done = _sync(room)
    moved = {key: done[key] for key in ("joined", "left", "changed")}
    expect(not any(moved.values()), f"the second sync did something: {moved}")
    return f"{done['unchanged']} unchanged, nobody joined, left or changed"


def set_up(room: Classroom) -> str:
    """A template becomes a course: a repository upstream, and a file that is applied."""
    room.make_course()
    said = room.apply_course()
    again = room.apply_course()
    expect("nothing to change" in again, f"applying the same file again said: {again}")
    return said


def groups_agree(room: Classroom) -> dict[str, set[str]]:
    """Who is in the course's groups on the Hub: those enrolled who have been here, by role."""
    known = {found["name"]: set(found["users"]) for found in hub(room, "groups").json()}
    here = [person for person in _roster(room) if person["has_arrived"]]
    for group, roles in ROLES.items():
        wanted = {person["hub_name"] for person in here if person["role"] in roles}
        expect(known.get(group, set()) == wanted, f"{group} holds {known.get(group)}, not {wanted}")
    return {group: known.get(group, set()) for group in ROLES}


def hub(room: Classroom, path: str) -> Any:
    """The Hub's API, asked by its administrator."""
    browser = room.browsers["admin"]
    return answered(browser.api("GET", f"/hub/api/{path}"))


def _sync(room: Classroom) -> dict[str, Any]:
    answer = answered(room.service(INSTRUCTOR, "POST", f"courses/{COURSE}/roster/sync", json={}))
    done: dict[str, Any] = answer.json()
    return done


def _roster(room: Classroom) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = answered(
            room.service(
                INSTRUCTOR, "GET", f"courses/{COURSE}/roster", params={"after": after, "limit": 100}
            )
        ).json()
        found += page["items"]
        after = page["next"] or ""
        if not after:
            return found
