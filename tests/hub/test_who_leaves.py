"""Someone whom the LMS no longer lists is out at once, and finds everything on their return."""

from collections.abc import Iterator

import pytest

from demo.classroom import CONTEXT, COURSE, INSTRUCTOR, Classroom
from demo.steps.expecting import answered, until
from demo.steps.grading import GRADER
from demo.steps.materials import NOTEBOOK, STUDENTS, open_module
from tests.hub.conftest import Played

pytestmark = [pytest.mark.hub, pytest.mark.timeout(900)]
ASSISTANT = "1004"
LEAVER = STUDENTS[1]
SECONDS = 60.0
BACK = {ASSISTANT: "TeachingAssistant", LEAVER: "Learner"}


@pytest.fixture
def room(played: Played) -> Iterator[Classroom]:
    """The class, with everybody listed again afterwards."""
    yield played.room
    for person in BACK:
        listed(played.room, person)


def listed(room: Classroom, person: str, *, status: str = "Active") -> None:
    """The LMS lists the person so, and the instructor syncs."""
    room.lms(
        "POST",
        f"/api/courses/{CONTEXT}/people",
        json={"id": person, "role": BACK[person], "status": status},
    )
    answered(room.service(INSTRUCTOR, "POST", f"courses/{COURSE}/roster/sync", json={}))


def is_in_the_grader_server(room: Classroom) -> bool:
    """Whether formgrader opens, by the way that the course's page leads there."""
    page = room.browser(ASSISTANT).get(f"/services/coursehub/courses/{COURSE}/grader")
    return page.is_success and page.url.path.startswith(f"/user/{GRADER}/")


def reads_the_gradebook(room: Classroom) -> bool:
    """Whether a page that stands open still gets its answers."""
    answer = room.browser(ASSISTANT).api("GET", f"/user/{GRADER}/formgrader/api/assignments")
    return answer.is_success


def server_is_there(room: Classroom) -> bool:
    """Whether the student's server runs, or is on its way to its end."""
    leaver = room.browser(LEAVER)
    user = leaver.api("GET", f"/hub/api/users/{leaver.name()}").json()
    return bool(user["servers"] or user["pending"])


def test_an_assistant_who_leaves_is_out_of_the_grader_server_within_seconds(
    room: Classroom,
) -> None:
    answered(room.launch(ASSISTANT, "data8-home"))
    until(
        lambda: is_in_the_grader_server(room),
        seconds=SECONDS,
        otherwise="the assistant does not get into the grader server",
    )
    assert reads_the_gradebook(room)
    listed(room, ASSISTANT, status="Inactive")
    until(
        lambda: not reads_the_gradebook(room),
        seconds=SECONDS,
        otherwise="the assistant still reads the gradebook",
    )
    assert not is_in_the_grader_server(room)


def test_the_server_of_a_student_who_leaves_stops_and_the_files_are_there_on_return(
    room: Classroom,
) -> None:
    answered(open_module(room, LEAVER))
    listed(room, LEAVER, status="Inactive")
    until(
        lambda: not server_is_there(room),
        seconds=SECONDS,
        otherwise="the server of the student who left goes on",
    )
    listed(room, LEAVER)
    answered(open_module(room, LEAVER))
    there = room.browser(LEAVER).server("GET", f"api/contents/{NOTEBOOK}?content=0")
    assert there.status_code == 200
