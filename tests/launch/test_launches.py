from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlmodel import select

from coursehub.errors import Refused
from coursehub.launch.actions import launches
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course, CourseContext, Enrolment, LaunchRecord
from coursehub.model.grading import LineItem
from coursehub.model.institution import Institution, Nonce, Person
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.launch import Context, Groups, ResourceLink, Welcome
from coursehub.vocabulary.people import HubName, Role
from tests.house.school import INSTRUCTOR, LEARNER, NOON, School, at_once

CANVAS = "https://canvas.south.example"


def test_the_first_launch_makes_course_context_person_and_enrolment(school: School) -> None:
    context = Context(
        id="c1",
        label="Data 8",
        title="Foundations",
        nrps_url="https://lms/members",
        ags_lineitems_url="https://lms/items",
    )
    welcome = school.receive(school.link("u1", context=context, name="Ann Lee"))
    (institution,) = school.rows(Institution)
    (course,) = school.rows(Course)
    (feed,) = school.rows(CourseContext)
    (person,) = school.rows(Person)
    (enrolment,) = school.rows(Enrolment)
    (record,) = school.rows(LaunchRecord)
    assert institution.name == "North College"
    assert (course.key, course.title) == ("data-8", "Foundations")
    assert (feed.course_id, feed.nrps_url) == (course.id, "https://lms/members")
    assert (person.name, person.hub_name) == ("Ann Lee", "u1")
    assert (enrolment.person_id, enrolment.role) == (person.id, Role.STUDENT)
    assert (record.id, record.course_id) == (welcome.launch_id, course.id)
    assert welcome == Welcome(
        launch_id=record.id,
        hub_name=HubName("u1"),
        landing="/services/coursehub/courses/data-8",
        groups=Groups(
            join=("coursehub-data-8-student", "nbgrader-data-8"),
            leave=(
                "coursehub-data-8-auditor",
                "coursehub-data-8-instructor",
                "coursehub-data-8-observer",
                "coursehub-data-8-ta",
                "formgrade-data-8",
            ),
        ),
        tell_arrival=True,
        named_at=NOON.timestamp(),
    )


def test_a_replayed_launch_is_refused_even_after_a_restart(school: School) -> None:
    link = school.link()
    school.receive(link)
    with pytest.raises(Refused) as refused:
        school.receive(link)
    assert refused.value.code == "launch-replayed"
    school.store.close()
    school.store = Store(school.store.url)
    with pytest.raises(Refused):
        school.receive(link)
    assert len(school.rows(LaunchRecord)) == 1


def test_of_one_launch_sent_twice_at_one_instant_one_is_refused(school: School) -> None:
    school.come("u1")
    link = school.link("u1")
    found = at_once(*[partial(school.receive, link)] * 4)
    assert sum(isinstance(each, Welcome) for each in found) == 1
    assert sum(isinstance(each, Refused) for each in found) == 3


def test_two_platforms_may_use_the_same_nonce(school: School) -> None:
    school.trust(CANVAS, institution="South College")
    school.receive(school.link(nonce="same"))
    school.receive(school.link(issuer=CANVAS, nonce="same"))
    assert len(school.rows(LaunchRecord)) == 2


def test_an_old_nonce_is_forgotten_but_never_while_its_token_could_live(school: School) -> None:
    link = school.link()
    school.receive(link)
    school.time += timedelta(minutes=1, seconds=59)
    launches.forget_nonces(school.store, school)
    assert link.nonce in {row.nonce for row in school.rows(Nonce)}
    school.time += timedelta(hours=1)
    launches.forget_nonces(school.store, school)
    assert link.nonce not in {row.nonce for row in school.rows(Nonce)}


@pytest.mark.parametrize(
    "claims",
    [{"deployment_id": "2"}, {"client_id": "other"}, {"issuer": "https://evil.example"}],
)
def test_a_launch_from_an_unknown_place_is_refused_and_leaves_nothing(
    school: School, claims: dict[str, str]
) -> None:
    with pytest.raises(Refused) as refused:
        school.receive(school.link(**claims))
    assert refused.value.code == "not-registered"
    assert not school.rows(Person)
    assert not school.rows(Nonce)


def test_bob_in_capitals_is_somebody_else(school: School) -> None:
    assert school.come("1", email="Bob@north.example") == "bob"
    assert school.come("2", email="bob@north.example") == "bob-2"
    assert school.come("Bob", email="x@north.example") == "x"
    assert school.come("bob", email="x@north.example") == "x-2"
    assert school.come("1", email="Bob@north.example") == "bob"


def test_a_name_that_the_hub_knows_is_never_taken(school: School) -> None:
    school.hub.users |= {HubName("admin"), HubName("admin-2")}
    assert school.come("1", email="admin@north.example") == "admin-3"


def test_nobody_is_named_as_a_grader_account(school: School) -> None:
    names = [school.come(str(n), email="grader@north.example") for n in range(3)]
    assert not [name for name in names if name.startswith("grader-")]


def test_a_name_stays_when_the_address_changes(school: School) -> None:
    first = school.come("u1", email="maiden@north.example", name="Ann")
    assert school.come("u1", email="married@north.example") == first == "maiden"
    (person,) = school.rows(Person)
    assert (person.email, person.name) == ("married@north.example", "Ann")


def test_someone_who_was_dropped_and_launches_is_back(school: School) -> None:
    school.come("u1")
    with school.store.writing(EVERYONE) as session:
        session.exec(select(Enrolment)).one().dropped_at = school.time
    school.come("u1")
    (enrolment,) = school.rows(Enrolment)
    assert enrolment.dropped_at is None


@pytest.mark.parametrize("claims", [{"context": None}, {"roles": ()}])
def test_without_a_course_or_a_role_the_launch_leads_home(
    school: School, claims: dict[str, Any]
) -> None:
    welcome = school.receive(school.link(**claims))
    assert welcome.landing == "/services/coursehub/"
    assert not school.rows(Enrolment)
    assert not school.rows(Course)


def test_a_launch_changes_the_role(school: School) -> None:
    assert school.receive(school.link("u1", roles=(LEARNER,))).graders == ()
    assert school.receive(school.link("u1", roles=(INSTRUCTOR,))).graders == ("grader-data-8",)
    (enrolment,) = school.rows(Enrolment)
    assert enrolment.role is Role.INSTRUCTOR


def test_courses_of_one_label_on_two_platforms_are_two(school: School) -> None:
    school.trust(CANVAS, institution="South College")
    school.come("u1")
    school.come("u1", issuer=CANVAS, email="s1@south.example")
    assert sorted(course.key for course in school.rows(Course)) == ["data-8", "data-8-2"]
    assert len({course.institution_id for course in school.rows(Course)}) == 2
    assert len(school.rows(Person)) == 2


def test_the_second_launch_of_a_course_finds_the_first_ones(school: School) -> None:
    school.come("u1")
    school.come("u2", context=Context(id="c1", label="Renamed", nrps_url="https://lms/members"))
    (course,) = school.rows(Course)
    (feed,) = school.rows(CourseContext)
    assert course.key == "data-8"
    assert feed.nrps_url == "https://lms/members"


def test_the_column_of_an_assignments_link_is_kept(school: School) -> None:
    school.come("u1")
    (course,) = school.rows(Course)
    with school.store.writing(EVERYONE) as session:
        session.add(
            Assignment(
                institution_id=course.institution_id,
                course_id=course.id or 0,
                name="ps1",
                title="One",
            )
        )
    for url in ("https://lms/items/1", "https://lms/items/2"):
        link = ResourceLink(id="r1", lineitem_url=url)
        school.come("u1", link=link, custom={"assignment": "ps1"})
    school.come("u1", link=link, custom={"assignment": "no-such"})
    (item,) = school.rows(LineItem)
    assert item.url == "https://lms/items/2"


def test_a_new_person_who_comes_twice_at_one_instant_is_one_person(school: School) -> None:
    links = [school.link("u1") for _ in range(6)]
    found = at_once(*(partial(school.receive, link) for link in links))
    assert {welcome.hub_name for welcome in found} == {"u1"}
    assert len(school.rows(Person)) == len(school.rows(Course)) == len(school.rows(Enrolment)) == 1


def test_a_class_that_opens_a_new_course_at_one_instant_meets_in_it(school: School) -> None:
    links = [school.link(f"u{n}", email="same@north.example") for n in range(8)]
    found = at_once(*(partial(school.receive, link) for link in links))
    assert len({welcome.hub_name for welcome in found}) == 8
    assert len(school.rows(Course)) == len(school.rows(CourseContext)) == 1
    assert len(school.rows(Enrolment)) == 8


def test_new_courses_of_one_label_at_one_instant_get_a_key_each(school: School) -> None:
    links = [school.link("u1", context=Context(id=f"c{n}", label="Data 8")) for n in range(4)]
    found = at_once(*(partial(school.receive, link) for link in links))
    assert len({welcome.landing for welcome in found}) == 4


def test_registrations_are_what_the_hub_needs_to_know(school: School) -> None:
    school.trust(deployments=("1", "3"))
    (registration,) = launches.registrations(school.store)
    assert registration.deployment_ids == ("1", "3")
    assert registration.key_set_url.endswith("/jwks")
