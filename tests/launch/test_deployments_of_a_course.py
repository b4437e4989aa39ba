"""One LMS with several deployments or registrations: which course, and which column."""

from collections.abc import Mapping
from typing import Any

import pytest

from coursehub.grading.actions import scores
from coursehub.launch.actions import platforms
from coursehub.launch.actions.platforms import switch
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course
from coursehub.model.grading import DeliveryState, LineItem, ScoreDelivery
from coursehub.model.institution import Person, Platform, PlatformState
from coursehub.store import EVERYONE
from coursehub.vocabulary.launch import Context, ResourceLink
from tests.house.school import INSTRUCTOR, School

CLOUD, EDX = "https://cloud.example", "https://courses.example.edu"


@pytest.fixture
def cloud(school: School) -> School:
    """A school whose LMS has the tool in two faculties."""
    school.trust(CLOUD, deployments=("arts", "science"))
    return school


def come(cloud: School, subject: str, deployment: str, context: Context, **claims: Any) -> None:
    cloud.come(subject, issuer=CLOUD, deployment_id=deployment, context=context, **claims)


def test_deployments_that_number_their_courses_alike_share_none(cloud: School) -> None:
    come(cloud, "ann", "science", Context(id="42", title="Chemistry"))
    come(cloud, "bob", "arts", Context(id="42", title="History"), roles=(INSTRUCTOR,))
    for _ in range(2):
        come(cloud, "ann", "science", Context(id="42", title="Chemistry II"))
    assert [course.title for course in cloud.rows(Course)] == ["Chemistry", "History"]
    assert cloud.hub.groups_of["formgrade-history"] == {"bob"}
    assert "formgrade-chemistry" not in cloud.hub.groups_of


@pytest.mark.parametrize("deployment", ["arts", "science"])
@pytest.mark.parametrize(
    "names", [{"label": "DS1", "title": "Data"}, {"label": "DS1", "title": "Data I"}, {}]
)
def test_a_course_of_two_deployments_is_one_if_it_is_called_the_same(
    cloud: School, deployment: str, names: Mapping[str, Any]
) -> None:
    first: Mapping[str, Any] = {**names, "title": "Data"} if names else {}
    come(cloud, "ann", "arts", Context(id="42", **first))
    come(cloud, "bob", deployment, Context(id="42", **names))
    assert len(cloud.rows(Course)) == 1


@pytest.fixture
def blocks(school: School) -> School:
    """An Open edX, each of whose blocks is a registration of its own."""
    for block in "AB":
        new = platforms.NewPlatform(
            institution="North College",
            issuer=EDX,
            client_id=block,
            deployment_ids=("1",),
            auth_login_url=f"{EDX}/api/lti_consumer/v1/launch/",
            token_url=f"{EDX}/token/{block}",
            key_set_url=f"{EDX}/keys/{block}",
        )
        platforms.register(school.store, new)
    open_block(school, "A", "ps1")
    (course,) = school.rows(Course)
    with school.store.writing(EVERYONE) as session:
        for name in ("ps1", "ps2"):
            session.add(
                Assignment(
                    institution_id=course.institution_id,
                    course_id=course.id or 0,
                    name=name,
                    title=name,
                    points=10,
                )
            )
    return school


def open_block(school: School, block: str, assignment: str) -> None:
    school.come(
        issuer=EDX,
        client_id=block,
        context=Context(id="course-v1:X", title="X", ags_lineitems_url=f"{EDX}/items/{block}"),
        link=ResourceLink(id=block, lineitem_url=f"{EDX}/items/{block}/1"),
        custom={"assignment": assignment},
    )


def due(school: School, assignment: str) -> scores.Outgoing:
    """A score that was given for the assignment, on its way to the LMS."""
    (person,) = school.rows(Person)
    row = next(row for row in school.rows(Assignment) if row.name == assignment)
    with school.store.writing(EVERYONE) as session:
        session.add(
            ScoreDelivery(
                institution_id=row.institution_id,
                assignment_id=row.id or 0,
                person_id=person.id or 0,
                points=9,
                max_points=10,
                scored_at=school.now(),
                next_at=school.now(),
                state=DeliveryState.WAITING,
            )
        )
    (out,) = scores._due(school.store, school.now(), 10)
    return out


def test_a_score_goes_into_its_assignments_own_column_whichever_block_was_opened_last(
    blocks: School,
) -> None:
    open_block(blocks, "A", "ps1")
    open_block(blocks, "B", "ps2")
    out = due(blocks, "ps1")
    assert (out.access.client_id, out.line_item_url) == ("A", f"{EDX}/items/A/1")


def test_a_column_of_a_registration_that_is_off_takes_no_scores(blocks: School) -> None:
    open_block(blocks, "A", "ps1")
    open_block(blocks, "B", "ps2")
    old = next(row for row in blocks.rows(Platform) if row.client_id == "A")
    switch(blocks.store, old.id or 0, PlatformState.OFF)
    out = due(blocks, "ps1")
    assert (out.access.client_id, out.line_item_url) == ("B", "")
    assert out.lineitems_url == f"{EDX}/items/B"


def test_who_has_not_come_since_an_lms_was_registered_anew_has_scores_there_too(
    blocks: School,
) -> None:
    """Somebody else has opened the course by the new registration; the old one is off."""
    old = next(row for row in blocks.rows(Platform) if row.client_id == "A")
    switch(blocks.store, old.id or 0, PlatformState.OFF)
    (person,) = blocks.rows(Person)
    open_block(blocks, "B", "ps2")
    with blocks.store.writing(EVERYONE) as session:
        session.get_one(Person, person.id).platform_id = old.id or 0
    assert due(blocks, "ps1").access.client_id == "B"
    assert len(blocks.rows(LineItem)) == 1
