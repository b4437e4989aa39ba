"""A course with more assignments than one page of the list holds."""

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from coursehub.model.assignment import Assignment
from coursehub.model.course import Course
from coursehub.store import EVERYONE, Store
from tests.exchange.conftest import School, Seats, Service

NAMES = [f"ps{number:02}" for number in range(55)]


def give(store: Store, *names: str) -> None:
    """Assignments that are released, and hold no files yet."""
    with store.writing(EVERYONE) as session:
        course = session.exec(select(Course).where(Course.key == "ds1")).one()
        session.add_all(
            Assignment(
                institution_id=course.institution_id,
                course_id=course.id or 0,
                name=name,
                title=name,
                released_at=datetime.now(UTC),
            )
            for name in names
        )


def test_a_list_of_assignments_is_read_to_its_end_page_by_page(school: School) -> None:
    give(school.store, "Zoo", "été", "_first", *NAMES)
    student, seen, asked = school.caller("ada"), [], {"limit": "7"}
    while True:
        page = student.ask("GET", "courses/ds1/assignments", params=asked).json()
        assert len(page["items"]) <= 7
        seen += [item["name"] for item in page["items"]]
        if page["next"] is None:
            break
        asked["after"] = page["next"]
    assert seen == sorted(["Zoo", "été", "_first", *NAMES])


@pytest.mark.parametrize("asked", [{"limit": "0"}, {"limit": "many"}, {"after": "nonsense"}])
def test_a_page_of_assignments_that_does_not_exist_is_refused(
    school: School, asked: dict[str, str]
) -> None:
    answer = school.caller("ada").ask("GET", "courses/ds1/assignments", params=asked)
    assert answer.status_code == 422


def test_a_student_lists_and_fetches_an_assignment_of_the_second_page(
    service: Service, seats: Seats
) -> None:
    service.start()
    store = Store(service.settings.database)
    give(store, *NAMES)
    store.close()
    given = service.caller("grace").release("zz-last", {"zz-last.ipynb": b"{}"})
    assert given.status_code == 200, given.text
    ada = seats.of("ada")
    assert "ds1 zz-last" in ada.nbgrader("list")
    ada.nbgrader("fetch_assignment", "zz-last")
    assert (ada.home / "ds1" / "zz-last" / "zz-last.ipynb").read_bytes() == b"{}"
