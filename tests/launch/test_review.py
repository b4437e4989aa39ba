"""Submission review: from a cell of the LMS's gradebook to the work behind it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from coursehub.errors import Missing, Refused
from coursehub.model.institution import Person
from coursehub.vocabulary.launch import Context, Launch, Message, ResourceLink
from coursehub.vocabulary.people import HubName
from tests.house.school import INSTRUCTOR, NOON, School
from tests.launch.handing_in import FEEDBACK, HERE, give_points, hand_in, latest
from tests.launch.picking import furnish, open_school, seen
from tests.web.actors import PREFIX

COLUMN = "https://moodle.north.example/ags/7/lineitems/3?type_id=1"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[School, str]]:
    """A course with Ann, who handed in and has feedback, and Bob, who did not."""
    with open_school(tmp_path_factory.mktemp("reviewing")) as (school, base):
        school.come("teacher", roles=(INSTRUCTOR,), name="Grace")
        school.come("ann", name="Ann Lee")
        school.come("bob", name="Bob Ray")
        furnish(school, assignments={"ps1": {"title": "Problem set 1", "released_at": NOON}})
        hand_in(base)
        school.receive(review(school, "teacher", "ann", roles=(INSTRUCTOR,)))
        give_points(school)
        yield school, base


def key_of(school: School, subject: str) -> int:
    return next(p.id or 0 for p in school.rows(Person) if p.subject == subject)


def review(school: School, subject: str, about: str, **claims: Any) -> Launch:
    """What the LMS sends when someone opens a cell of its gradebook."""
    return school.link(
        subject,
        **{
            "message_type": Message.SUBMISSION_REVIEW,
            "for_user": about,
            "custom": {"assignment": "ps1"},
            "link": ResourceLink(id="l1", lineitem_url=COLUMN),
            **claims,
        },
    )


def as_person(base: str, name: HubName | str) -> httpx.Client:
    headers = {"x-hub-name": name, "accept": "text/html"}
    return httpx.Client(base_url=base, headers=headers, timeout=60)


def test_staff_land_on_that_students_work(served: tuple[School, str]) -> None:
    school, base = served
    welcome = school.receive(review(school, "teacher", "ann", roles=(INSTRUCTOR,)))
    assert welcome.landing == f"/base/services/coursehub/{HERE}/people/{key_of(school, 'ann')}"
    with as_person(base, "teacher") as http:
        words = seen(http.get(welcome.landing.removeprefix(PREFIX)))
    assert "Ann Lee" in words
    assert "Points 7 of 10" in words
    assert "to mark by hand" in words
    assert "Late by a day" in words
    assert "ps1.ipynb Download" in words
    assert "ps1.html" in words


def test_a_column_leads_to_its_assignment_without_a_parameter(served: tuple[School, str]) -> None:
    school, _ = served
    asked = review(school, "teacher", "ann", roles=(INSTRUCTOR,), custom={})
    landing = school.receive(asked).landing
    assert landing.endswith(f"{HERE}/people/{key_of(school, 'ann')}")


def test_a_column_of_another_school_leads_nowhere(served: tuple[School, str]) -> None:
    school, _ = served
    school.trust("https://other.example", institution="South College")
    asked = review(
        school,
        "teacher",
        "ann",
        roles=(INSTRUCTOR,),
        custom={},
        issuer="https://other.example",
    )
    with pytest.raises(Missing) as missing:
        school.receive(asked)
    assert missing.value.code == "no-such-assignment"


def test_a_student_lands_on_their_own_work(served: tuple[School, str]) -> None:
    school, base = served
    welcome = school.receive(review(school, "ann", "ann"))
    assert welcome.landing == f"/base/services/coursehub/{HERE}"
    with as_person(base, "ann") as http:
        words = seen(http.get(welcome.landing.removeprefix(PREFIX)))
    assert "Versions received 1" in words
    assert "7 of 10" not in words, "points that wait for a person are not shown yet"


def test_a_student_never_sees_anothers_work(served: tuple[School, str]) -> None:
    school, base = served
    with pytest.raises(Refused) as refused:
        school.receive(review(school, "bob", "ann"))
    assert refused.value.code == "not-your-submission"
    with as_person(base, "bob") as http:
        assert http.get(f"{HERE}/people/{key_of(school, 'ann')}").status_code == 404
        assert http.get(f"courses/data-8/submissions/{latest(school)}/feedback/ps1.html").is_error
        own = http.get(f"{HERE}/people/{key_of(school, 'bob')}")
        assert own.headers["location"].endswith(HERE)


def test_a_student_whom_nobody_knows_is_said_clearly(served: tuple[School, str]) -> None:
    school, _ = served
    with pytest.raises(Missing) as missing:
        school.receive(review(school, "teacher", "zoe", roles=(INSTRUCTOR,)))
    assert "has not opened the course on the Hub" in missing.value.message


def test_someone_of_another_course_is_not_shown(served: tuple[School, str]) -> None:
    school, base = served
    school.come("eve", context=Context(id="c2", label="Other", title="Other"), name="Eve")
    with pytest.raises(Missing):
        school.receive(review(school, "teacher", "eve", roles=(INSTRUCTOR,)))
    with as_person(base, "teacher") as http:
        assert http.get(f"{HERE}/people/{key_of(school, 'eve')}").status_code == 404


def test_who_handed_nothing_in_is_shown_so(served: tuple[School, str]) -> None:
    school, base = served
    with as_person(base, "teacher") as http:
        words = seen(http.get(f"{HERE}/people/{key_of(school, 'bob')}"))
    assert "Bob Ray has not handed in Problem set 1." in words


def test_feedback_is_shown_where_its_scripts_do_nothing(served: tuple[School, str]) -> None:
    school, base = served
    for who in ("teacher", "ann"):
        with as_person(base, who) as http:
            page = http.get(f"courses/data-8/submissions/{latest(school)}/feedback/ps1.html")
        assert page.text == FEEDBACK
        policy = page.headers["content-security-policy"]
        assert policy.startswith("sandbox; default-src 'none'")
        assert "allow-" not in policy


def test_the_class_list_leads_to_each_students_work(served: tuple[School, str]) -> None:
    school, base = served
    with as_person(base, "teacher") as http:
        page = http.get(HERE)
    assert f'{HERE}/people/{key_of(school, "ann")}"' in page.text
