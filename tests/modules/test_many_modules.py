"""A course with more modules than one page of the list holds."""

import httpx
import pytest
from sqlmodel import select

from coursehub.model.course import Course
from coursehub.modules import actions
from coursehub.modules.rules import Declared
from coursehub.store import EVERYONE
from tests.modules.actors import COURSE, Student, Upstream
from tests.modules.hub import Service

# The first one by name is the last in the course's own order.
NAMES = [f"week-{number:02}" for number in range(54, -1, -1)]


@pytest.fixture
def long_course(service: Service, upstream: Upstream) -> Service:
    with service.store.writing(EVERYONE) as session:
        course = session.exec(select(Course)).one()
        actions.declare(
            session,
            institution_id=course.institution_id,
            course_id=course.id or 0,
            protocols=service.settings.protocols,
            modules=[
                Declared(name=name, title=name, path="one", url=upstream.url) for name in NAMES
            ],
        )
    return service


def test_a_list_of_modules_is_read_to_its_end_page_by_page(long_course: Service) -> None:
    seen: list[str] = []
    asked = {"limit": "7"}
    student = {"Authorization": "token sam-test-token"}
    with httpx.Client(base_url=long_course.url, headers=student, timeout=60) as http:
        while True:
            page = http.get(f"api/v1/courses/{COURSE}/modules", params=asked).json()
            assert len(page["items"]) <= 7
            seen += [item["name"] for item in page["items"]]
            if page["next"] is None:
                break
            asked["after"] = page["next"]
    assert seen == NAMES


def test_a_delivery_brings_the_modules_of_every_page(long_course: Service, sam: Student) -> None:
    assert long_course.url
    last = sam.deliver()[-1]
    assert (last["event"], [m["name"] for m in last["modules"]]) == ("done", NAMES)
