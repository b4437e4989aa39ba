import pytest

from coursehub.model.course import Course
from coursehub.roster.actions import listing
from tests.roster.class_of import Class, member

PEOPLE = {"s1": "Ann 100%", "s2": "Bob_Ray", "s3": "Bob Ray", "s4": 'O\'Hara "X"', "s5": "Zoë \\"}


@pytest.fixture
def full(course: Class) -> Class:
    course.lists(member("t1", name="Tess"), *(member(s, name=n) for s, n in PEOPLE.items()))
    course.sync()
    return course


def names(course: Class, search: str = "") -> tuple[list[str], int]:
    (row,) = course.school.rows(Course)
    found, total = listing.roster(
        course.school.store, row.institution_id, row.id or 0, search=search
    )
    return [line.name for line in found], total


def test_signs_in_a_search_are_plain_text(full: Class) -> None:
    wanted = {
        "%": ["Ann 100%"],
        "b_r": ["Bob_Ray"],
        "o'h": ['O\'Hara "X"'],
        '"': ['O\'Hara "X"'],
        "\\": ["Zoë \\"],
        "s2@NORTH": ["Bob_Ray"],
        "'; DROP TABLE person; --": [],
    }
    assert {search: names(full, search)[0] for search in wanted} == wanted
    assert names(full, "bob")[1] == 2


def test_pages_by_cursor_show_everybody_once_in_order(full: Class) -> None:
    (row,) = full.school.rows(Course)
    seen: list[listing.Listed] = []
    after: tuple[str, int] | None = None
    while True:
        page, total = listing.roster(
            full.school.store, row.institution_id, row.id or 0, after=after, limit=2
        )
        assert total == 6
        if not page:
            break
        seen += page
        after = (page[-1].name, page[-1].person_id)
    assert sorted(line.name for line in seen) == sorted([*PEOPLE.values(), "Tess"])
    assert [line.name for line in seen] == names(full)[0]


def test_a_line_says_whether_someone_has_arrived(full: Class) -> None:
    (row,) = full.school.rows(Course)
    lines, _ = listing.roster(full.school.store, row.institution_id, row.id or 0)
    arrived = {line.name: (line.has_arrived, line.hub_name) for line in lines}
    assert arrived["Tess"] == (True, "t1")
    assert arrived["Bob Ray"] == (False, "")


def test_another_school_lists_nobody_of_this_course(full: Class) -> None:
    (row,) = full.school.rows(Course)
    assert listing.roster(full.school.store, row.institution_id + 1, row.id or 0) == ([], 0)
