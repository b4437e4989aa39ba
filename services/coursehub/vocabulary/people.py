"""Who someone is, and what they may be in a course."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, NewType

HubName = NewType("HubName", str)
"""A user name on the Hub: `[a-z0-9-]`, assigned once, for ever."""

PEOPLE_GROUP = "coursehub-people"
"""The Hub group that marks accounts which launches made: no other door opens to them."""

_CLOCKS_APART_S: Final = 60.0


class PersonKey(NamedTuple):
    """Who somebody is within an institution (LTI 1.3 core 5.3.6)."""

    issuer: str
    subject: str


class Role(StrEnum):
    """What a person is in one course; the highest comes first."""

    INSTRUCTOR = "instructor"
    TA = "ta"
    STUDENT = "student"
    AUDITOR = "auditor"
    OBSERVER = "observer"

    @property
    def learns(self) -> bool:
        """Whether the role is there for the materials and assignments, graded or not."""
        return self in {Role.STUDENT, Role.AUDITOR}

    @property
    def is_staff(self) -> bool:
        """Whether the role may see and mark others' work."""
        return self in {Role.INSTRUCTOR, Role.TA}


_LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
_MEMBERSHIP = f"{_LIS}membership"
_URN = "urn:lti:role:ims/lis/"
_ADMINISTRATORS = frozenset(
    {
        f"{_LIS}institution/person#Administrator",
        f"{_LIS}system/person#Administrator",
        f"{_LIS}system/person#SysAdmin",
        "urn:lti:instrole:ims/lis/Administrator",
        "urn:lti:sysrole:ims/lis/Administrator",
        "urn:lti:sysrole:ims/lis/SysAdmin",
    }
)
_ASSISTS = frozenset(
    {
        "TeachingAssistant",
        "TeachingAssistantGroup",
        "TeachingAssistantOffering",
        "TeachingAssistantSection",
        "TeachingAssistantSectionAssociation",
        "TeachingAssistantTemplate",
        "Grader",
    }
)
_AUDITS = frozenset(
    {("Learner", "NonCreditLearner"), ("Learner", "GuestLearner"), ("Mentor", "Auditor")}
)
_BY_PRINCIPAL = {
    "Administrator": Role.INSTRUCTOR,
    "Instructor": Role.INSTRUCTOR,
    "ContentDeveloper": Role.INSTRUCTOR,
    "TeachingAssistant": Role.TA,
    "Learner": Role.STUDENT,
    "Mentor": Role.OBSERVER,
    "Manager": Role.OBSERVER,
    "Member": Role.OBSERVER,
    "Officer": Role.OBSERVER,
}
_BY_INSTITUTION = {
    f"{_LIS}institution/person#{name}": role
    for name, role in {
        "Faculty": Role.INSTRUCTOR,
        "Instructor": Role.INSTRUCTOR,
        "Learner": Role.STUDENT,
        "Student": Role.STUDENT,
    }.items()
}


def highest(roles: Collection[Role]) -> Role | None:
    """The highest of these roles; None of none."""
    return next((role for role in Role if role in roles), None)


def role_of(uris: tuple[str, ...]) -> Role | None:
    """
    The highest course role that LTI role URIs give; None where they give none.

    Short names (`Learner`) and LTI 1.1's URNs stand for context roles. A
    teaching assistant's platform sends `Instructor` beside the sub-role, and
    an auditor's `Learner`, so the sub-role outweighs its principal role.
    Institution and system roles give nothing in a course. Sources: LTI 1.3
    core, A.2 (role vocabularies); LTI 1.1, A.2.
    """
    named = {found for uri in uris if (found := _context_role(uri))}
    roles = {role for principal, sub in named if (role := _role(principal, sub))}
    if Role.TA in roles:
        roles -= {Role.INSTRUCTOR}
    if any(principal == "Learner" for principal, _ in named & _AUDITS):
        roles -= {Role.STUDENT}
    return highest(roles)


def institution_role_of(uris: tuple[str, ...]) -> Role | None:
    """The role that an LMS means which has no others to name (LTI 1.3 core, A.2.2)."""
    return highest({_BY_INSTITUTION[uri] for uri in uris if uri in _BY_INSTITUTION})


def is_administrator(uris: tuple[str, ...]) -> bool:
    """Whether the LMS says that this is an administrator of its own or of the institution."""
    return not _ADMINISTRATORS.isdisjoint(uris)


def _context_role(uri: str) -> tuple[str, str] | None:
    """Principal and sub-role of a context role; None for any other URI."""
    if uri.startswith(f"{_MEMBERSHIP}/"):
        principal, _, sub = uri.removeprefix(f"{_MEMBERSHIP}/").partition("#")
        return principal, sub
    if uri.startswith(f"{_MEMBERSHIP}#"):
        return uri.removeprefix(f"{_MEMBERSHIP}#"), ""
    if uri.startswith(_URN):
        principal, _, sub = uri.removeprefix(_URN).partition("/")
        return principal, sub
    return (uri, "") if ":" not in uri and "/" not in uri else None


def _role(principal: str, sub: str) -> Role | None:
    if sub in _ASSISTS:
        return Role.TA
    return Role.AUDITOR if (principal, sub) in _AUDITS else _BY_PRINCIPAL.get(principal)


def is_no_older(made_at: datetime | None, *, named_at: float) -> bool:
    """
    Whether an account that a launch made can be the person's who got its name then.

    An older one was left where the service's database was lost, or came back
    from a copy. The Hub's clock may be a minute behind the service's.
    """
    return made_at is not None and made_at.timestamp() >= named_at - _CLOCKS_APART_S
