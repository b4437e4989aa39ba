"""A course with more modules than one page of the list holds."""

import httpx
import pytest

from tests.modules.actors import COURSE, Student, Upstream
from tests.modules.hub import COURSE_FILE, Service

# The first one by name is the last in the course's own order.
WEEKS = [f"week-{number:02}" for number in range(54, -1, -1)]
NAMES = ["one", "two", *WEEKS]


@pytest.fixture
def long_course(service: Service, upstream: Upstream) -> Service:
    weeks = "".join(f"  - {{name: {week}, title: {week}, path: one}}\n" for week in WEEKS)
    service.apply(url=upstream.url, file=f"{COURSE_FILE}{weeks}")
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
