"""What is kept about people: shown to them, and to an LMS's administrator for a short time."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import SQLModel, select

from coursehub.courses.actions import applying
from coursehub.courses.actions.applying import Wish
from coursehub.courses.rules.difference import Side
from coursehub.errors import Missing
from coursehub.launch.actions.records import KINDS
from coursehub.model.assignment import Assignment, Submission, SubmittedFile
from coursehub.model.grading import Score
from coursehub.model.institution import Person
from coursehub.model.privacy import PrivacyGrant
from coursehub.store import EVERYONE
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.launch import Message, Welcome
from tests.house.school import INSTRUCTOR, NOON, School
from tests.launch.picking import furnish, open_school, seen
from tests.web.actors import PREFIX

ADMINISTRATOR = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"
OTHER = "https://canvas.south.example"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[School, str]]:
    """A course with Ann, who handed in and has a score; Bob; and a school beside it."""
    with open_school(tmp_path_factory.mktemp("privacy")) as (school, base):
        school.come("teacher", roles=(INSTRUCTOR,), name="Grace")
        school.come("ann", name="Ann Lee")
        school.come("ann")
        school.come("bob", name="Bob Ray")
        furnish(school, assignments={"ps1": {"released_at": NOON}})
        work(school, "ann")
        school.trust(OTHER, institution="South College")
        school.come("ann", issuer=OTHER, name="Another Ann", email="ann@south.example")
        yield school, base


@pytest.fixture
def school(served: tuple[School, str]) -> School:
    served[0].time = NOON
    return served[0]


def work(school: School, subject: str) -> None:
    with school.store.writing(EVERYONE) as session:
        person = session.exec(select(Person).where(Person.subject == subject)).one()
        own: dict[str, Any] = {
            "institution_id": person.institution_id,
            "assignment_id": session.exec(select(Assignment.id)).one(),
            "person_id": person.id,
        }
        row = Submission(**own, digest="d", signature="s")
        session.add(row)
        session.flush()
        session.add(
            SubmittedFile(
                institution_id=person.institution_id,
                submission_id=row.id,
                path="ps1.ipynb",
                sha256="0" * 64,
                size_bytes=12,
            )
        )
        session.add(Score(**own, submission_id=row.id, points=7, max_points=10))


def as_person(served: tuple[School, str], name: str = "") -> httpx.Client:
    headers = {"accept": "text/html", **({"x-hub-name": name} if name else {})}
    return httpx.Client(base_url=served[1], headers=headers, timeout=60)


def asks_about(school: School, about: str, **claims: Any) -> Welcome:
    """A data privacy launch by an administrator of the LMS, outside every course."""
    ours: dict[str, Any] = {
        "message_type": Message.DATA_PRIVACY,
        "roles": (ADMINISTRATOR,),
        "context": None,
        "for_user": about,
    }
    return school.receive(school.link(claims.pop("subject", "admin"), **{**ours, **claims}))


def test_everyone_sees_what_is_kept_about_them(served: tuple[School, str]) -> None:
    with as_person(served, "ann") as http:
        words = seen(http.get("privacy"))
    assert "Name Ann Lee E-mail address ann@north.example Account on the Hub ann" in words
    assert "Institution North College" in words
    assert "Courses Foundations" in words
    assert "Visits from the LMS When you followed a link in the LMS to the Hub" in words
    for title, many in (("Submissions", 1), ("Files handed in", 1), ("Scores", 1)):
        assert f"{title} {next(k.words for k in KINDS if k.title == title)} {many}" in words
    assert "Who else sees it" in words
    assert "To have it corrected or deleted" in words
    assert "Another Ann" not in words


def test_everyone_downloads_their_own_records(served: tuple[School, str]) -> None:
    with as_person(served, "ann") as http:
        answer = http.get("privacy/download")
    assert answer.headers["content-disposition"] == 'attachment; filename="coursehub-ann.json"'
    found = answer.json()
    assert found["identity"]["name"] == "Ann Lee"
    assert found["identity"]["subject"] == "ann"
    assert [row["course"] for row in found["launches"]] == ["data-8", "data-8"]
    (score,) = found["scores"]
    assert (score["assignment"], score["points"]) == ("ps1", 7)
    assert [file["path"] for file in found["submitted_files"]] == ["ps1.ipynb"]
    assert "Bob" not in answer.text
    assert "south" not in answer.text


def test_what_a_course_file_says_of_somebody_is_among_their_records(
    served: tuple[School, str], school: School
) -> None:
    file = """
title: Data 8
slug: data8
term: {starts: 2027-01-11}
staff: [{person: ANN@north.example, role: ta}]
assignments:
  - name: ps1
    title: One
    due: 2027-02-01
    extensions: [{person: ann, by: 2 days, reason: moved house}, {person: bob, by: 1 day}]
"""
    applying.apply(school.store, CourseKey("data-8"), file, Wish(by="ann", otherwise=Side.FILE))
    with as_person(served, "ann") as http:
        assert "More time" in seen(http.get("privacy"))
        found = http.get("privacy/download").json()
    (extension,) = found["extensions"]
    assert (extension["assignment"], extension["by_days"], extension["reason"]) == (
        "ps1",
        2,
        "moved house",
    )
    assert [row["role"] for row in found["course_file_staff"]] == ["ta"]
    assert found["setting_changes"]
    assert "text" not in found["course_files"][0]
    with as_person(served, "ann-2") as http:  # of the other school
        assert http.get("privacy/download").json()["extensions"] == []


def test_the_records_are_for_who_is_logged_in(served: tuple[School, str]) -> None:
    with as_person(served) as http:
        for path in ("privacy", "privacy/download", "privacy/people/1"):
            assert http.get(path).status_code in {302, 307}


def test_somebody_whom_no_lms_sent_is_told_that_nothing_is_kept(
    served: tuple[School, str],
) -> None:
    with as_person(served, "stranger") as http:
        assert "Nothing is kept about you" in seen(http.get("privacy"))
        assert http.get("privacy/download").status_code == 404


def test_a_privacy_launch_leads_to_ones_own_records(school: School) -> None:
    for about in ("", "ann"):
        welcome = asks_about(school, about, subject="ann", roles=())
        assert welcome.landing == f"{PREFIX}privacy"


@pytest.mark.parametrize("roles", [(), (INSTRUCTOR,), (f"{INSTRUCTOR}Administrator",)])
def test_who_is_no_administrator_of_the_lms_sees_only_their_own(
    served: tuple[School, str], school: School, roles: tuple[str, ...]
) -> None:
    welcome = asks_about(school, "ann", subject="bob", roles=roles)
    assert welcome.landing == f"{PREFIX}privacy"
    with as_person(served, "bob") as http:
        assert http.get(f"privacy/people/{key_of(school, 'ann')}").status_code == 403


def key_of(school: School, subject: str, issuer: str = "https://moodle.north.example") -> int:
    people = school.rows(Person)
    return next(p.id or 0 for p in people if (p.issuer, p.subject) == (issuer, subject))


def test_an_administrator_of_the_lms_sees_one_person_for_a_short_time(
    served: tuple[School, str], school: School
) -> None:
    landing = asks_about(school, "ann").landing.removeprefix(PREFIX)
    assert landing == f"privacy/people/{key_of(school, 'ann')}"
    with as_person(served, "admin") as http:
        words = seen(http.get(landing))
        assert "What is kept about Ann Lee" in words
        assert "Download all of it" not in words
        assert http.get(f"privacy/people/{key_of(school, 'bob')}").status_code == 403
        school.time += timedelta(minutes=20)
        late = http.get(landing)
    assert late.status_code == 403
    assert "Ask for it there again." in seen(late)


def test_a_grant_is_its_administrators_alone(served: tuple[School, str], school: School) -> None:
    landing = asks_about(school, "ann").landing.removeprefix(PREFIX)
    for who in ("teacher", "bob", "ann", "stranger"):
        with as_person(served, who) as http:
            assert http.get(landing).status_code == 403


def test_an_administrator_sees_nobody_of_another_institution(
    served: tuple[School, str], school: School
) -> None:
    landing = asks_about(school, "ann", issuer=OTHER).landing.removeprefix(PREFIX)
    assert landing == f"privacy/people/{key_of(school, 'ann', OTHER)}"
    admin = next(
        p.hub_name for p in school.rows(Person) if (p.issuer, p.subject) == (OTHER, "admin")
    )
    with as_person(served, admin or "") as http:
        assert "Another Ann" in seen(http.get(landing))
        assert http.get(f"privacy/people/{key_of(school, 'ann')}").status_code == 403
    with pytest.raises(Missing) as missing:
        asks_about(school, "bob", issuer=OTHER)
    assert missing.value.code == "nothing-kept"


def test_a_person_sees_that_somebody_could_look(served: tuple[School, str], school: School) -> None:
    asks_about(school, "ann")
    with as_person(served, "ann") as http:
        looks = http.get("privacy/download").json()["looks_at_you"]
    assert len(looks) == len(
        [g for g in school.rows(PrivacyGrant) if g.about_person_id == key_of(school, "ann")]
    )
    assert set(looks[0]) == {"expires_at"}


def test_no_secret_is_among_the_records(served: tuple[School, str]) -> None:
    with as_person(served, "teacher") as http:
        text = http.get("privacy/download").text
    assert "ticket" not in text


def test_every_table_about_people_is_shown_to_them() -> None:
    """A table with a key of a person belongs on the page, or its rows on a submission that is."""
    shown = {(kind.table.__tablename__, kind.column) for kind in KINDS if not kind.of_submission}
    shown |= {(kind.table.__tablename__, "submission_id") for kind in KINDS if kind.of_submission}
    about = {
        (table.name, column.name)
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "person"
        or (key.column.table.name == "submission" and "person_id" not in table.columns)
    }
    about |= {
        (table.name, column.name)
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if column.name in {"person", "by"}
    }
    others = {("staffchange", "by"), ("accountlink", "by")}  # in the records of whom they are about
    assert about - others <= shown


def test_every_page_of_somebody_logged_in_leads_there(served: tuple[School, str]) -> None:
    with as_person(served, "ann") as http:
        assert f'href="{PREFIX}privacy"' in http.get("").text
