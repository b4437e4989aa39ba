"""Open edX of several versions: who someone is in a course, said by roles of the institution."""

import pytest

from coursehub.launch.actions import platforms
from coursehub.model.course import Enrolment
from coursehub.vocabulary.families import addresses
from coursehub.vocabulary.people import Role
from tests.house.school import LEARNER, School

EDX = "https://courses.example.edu"
_PERSON = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
STUDENT, TEACHER = f"{_PERSON}Student", f"{_PERSON}Instructor"
ADMINISTRATOR = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"


@pytest.fixture
def edx(school: School) -> School:
    """A Hub that trusts an Open edX too."""
    known = addresses("open-edx", at=EDX)
    new = platforms.NewPlatform(
        institution="East College",
        issuer=known.issuer,
        client_id="coursehub",
        deployment_ids=("1",),
        auth_login_url=known.auth_login_url,
        token_url=f"{EDX}/token",
        key_set_url=f"{EDX}/jwks",
    )
    platforms.register(school.store, new)
    return school


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        ((STUDENT,), Role.STUDENT),
        ((TEACHER,), Role.INSTRUCTOR),
        ((ADMINISTRATOR, TEACHER), Role.INSTRUCTOR),
        ((f"{_PERSON}None", LEARNER), Role.STUDENT),
    ],
)
def test_open_edx_says_by_roles_of_the_institution_who_someone_is(
    edx: School, roles: tuple[str, ...], role: Role
) -> None:
    """What lti-consumer-xblock 10.0 to 11.0 sends for student, instructor and staff."""
    for _ in range(2):
        edx.come("u1", issuer=EDX, roles=roles)
        (enrolment,) = edx.rows(Enrolment)
        assert (enrolment.role, enrolment.dropped_at) == (role, None)


def test_elsewhere_roles_of_the_institution_give_nothing_in_a_course(school: School) -> None:
    school.come("u1", roles=(TEACHER,))
    assert school.rows(Enrolment) == []
