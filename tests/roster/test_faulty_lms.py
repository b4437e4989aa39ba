"""A whole sync over HTTP with an LMS that is ill: nothing changes, and the reason is shown."""

import dataclasses
import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from coursehub.model.course import Enrolment
from coursehub.model.institution import Person
from coursehub.model.roster import RosterSync
from tests.workload.campus import Campus, lms_course, member, open_campus

CLASS = 380  # eight pages of fifty
COURSE = "data-8"


@pytest.fixture
def campus(tmp_path: Path) -> Iterator[Campus]:
    """A course whose list was read once; a tenth of it has changed since."""
    with open_campus(tmp_path, request_timeout_s=3.0) as campus:
        course = campus.lms.courses["c1"] = lms_course("c1", "Data 8")
        course.enrol(member("ada", "Instructor"))
        for number in range(CLASS):
            course.enrol(member(f"s{number}", "Learner"))
        switches(campus)
        campus.come("ada", course="c1")
        campus.hour_passes()
        for number in range(10):
            course.enrol(member(f"new{number}", "Learner"))
        yield campus


def switches(campus: Campus, **changed: Any) -> None:
    asked = {"members_page_size": 50, **changed}
    assert httpx.put(f"{campus.lms_url}/switches", json=asked).status_code == 200


def last_sync(campus: Campus) -> RosterSync:
    return max(campus.school.rows(RosterSync), key=lambda row: row.id or 0)


def people(campus: Campus) -> int:
    return sum(not row.dropped_at for row in campus.school.rows(Enrolment))


def page(campus: Campus) -> str:
    """The people's page, as the instructor sees it."""
    who = {"x-hub-name": "ada", "accept": "text/html"}
    return html.unescape(campus.http.get(f"courses/{COURSE}/roster", headers=who).text)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"members_fault": "error", "members_fault_page": 7}, "lms-failed"),
        ({"members_fault": "malformed", "members_fault_page": 3}, "lms-malformed"),
        ({"members_fault": "same-page", "members_fault_page": 2}, "lms-endless"),
        ({"latency_ms": {"nrps": 60_000}}, "lms-unreachable"),
        ({"down": {"nrps": -1}}, "lms-failed"),
    ],
)
def test_an_lms_that_is_ill_changes_nothing_and_the_reason_is_shown(
    campus: Campus, fault: dict[str, Any], code: str
) -> None:
    switches(campus, **fault)
    campus.hour_passes()
    ill = last_sync(campus)
    assert (ill.error_code, ill.applied_at, ill.joined) == (code, None, 0)
    assert people(campus) == CLASS + 1
    assert ill.error in page(campus)
    switches(campus)
    campus.hour_passes()
    assert last_sync(campus).error == ""
    assert people(campus) == CLASS + 11


def test_an_lms_that_tells_five_megabytes_of_one_person_changes_nothing(campus: Campus) -> None:
    course = campus.lms.courses["c1"]
    vain = course.members["new3"]
    person = dataclasses.replace(vain.person, given_name="x" * 5_000_000)
    course.members["new3"] = dataclasses.replace(vain, person=person)
    campus.hour_passes()
    assert last_sync(campus).error_code == "lms-too-large"
    assert people(campus) == CLASS + 1
    course.members["new3"] = vain
    campus.hour_passes()
    assert people(campus) == CLASS + 11


def test_an_lms_that_lists_people_twice_makes_nobody_twice(campus: Campus) -> None:
    course = campus.lms.courses["c1"]
    for number in range(0, CLASS, 3):
        course.members[f"again-{number}"] = course.members[f"s{number}"]
    campus.hour_passes()
    assert last_sync(campus).error == ""
    assert people(campus) == CLASS + 11
    assert len(campus.school.rows(Person)) == CLASS + 11
