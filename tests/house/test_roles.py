"""What LTI role URIs make of someone in a course."""

import pytest

from coursehub.vocabulary.people import Role, is_administrator, role_of

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person"


@pytest.mark.parametrize(
    ("uris", "role"),
    [
        ((f"{MEMBERSHIP}#Learner",), Role.STUDENT),
        ((f"{MEMBERSHIP}#Instructor",), Role.INSTRUCTOR),
        ((f"{MEMBERSHIP}#Mentor",), Role.OBSERVER),
        ((f"{MEMBERSHIP}#Administrator",), Role.INSTRUCTOR),
        ((f"{MEMBERSHIP}/Learner#GuestLearner",), Role.AUDITOR),
        ((f"{MEMBERSHIP}/Learner#ExternalLearner",), Role.STUDENT),
        ((f"{MEMBERSHIP}#Learner", f"{MEMBERSHIP}/Learner#NonCreditLearner"), Role.AUDITOR),
        ((f"{MEMBERSHIP}/Mentor#Auditor", f"{MEMBERSHIP}#Mentor"), Role.AUDITOR),
        ((f"{MEMBERSHIP}/Mentor#Auditor", f"{MEMBERSHIP}#Learner"), Role.STUDENT),
        ((f"{MEMBERSHIP}/Learner#NonCreditLearner", f"{MEMBERSHIP}#Instructor"), Role.INSTRUCTOR),
        ((f"{MEMBERSHIP}/Instructor#GuestInstructor",), Role.INSTRUCTOR),
        ((f"{MEMBERSHIP}/Instructor#TeachingAssistant",), Role.TA),
        ((f"{MEMBERSHIP}#Instructor", f"{MEMBERSHIP}/Instructor#TeachingAssistant"), Role.TA),
        ((f"{MEMBERSHIP}#Learner", f"{MEMBERSHIP}/Instructor#Grader"), Role.TA),
        ((f"{MEMBERSHIP}#Learner", f"{INSTITUTION}#Instructor"), Role.STUDENT),
        (("Learner",), Role.STUDENT),
        (("urn:lti:role:ims/lis/Instructor",), Role.INSTRUCTOR),
        (("urn:lti:role:ims/lis/Learner/NonCreditLearner",), Role.AUDITOR),
        (("urn:lti:role:ims/lis/TeachingAssistant",), Role.TA),
        ((f"{INSTITUTION}#Instructor",), None),
        ((f"{SYSTEM}#TestUser",), None),
        ((f"{MEMBERSHIP}#NoSuchRole", "urn:unheard-of", ""), None),
        ((), None),
    ],
)
def test_role_uris_give_the_role_of_the_course(uris: tuple[str, ...], role: Role | None) -> None:
    assert role_of(uris) is role


@pytest.mark.parametrize(
    "uri",
    [
        f"{INSTITUTION}#Administrator",
        f"{SYSTEM}#SysAdmin",
        "urn:lti:sysrole:ims/lis/SysAdmin",
    ],
)
def test_an_administrator_of_the_lms_is_known_and_no_instructor(uri: str) -> None:
    assert is_administrator((uri,))
    assert role_of((uri,)) is None


def test_an_administrator_of_one_course_is_none_of_the_lms() -> None:
    assert not is_administrator((f"{MEMBERSHIP}#Administrator",))
