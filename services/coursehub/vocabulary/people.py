"""Who someone is, and what they may be in a course."""

from enum import StrEnum
from typing import NewType

HubName = NewType("HubName", str)
"""A user name on the Hub: `[a-z0-9-]`, assigned once, for ever."""


class Role(StrEnum):
    """What a person is in one course."""

    INSTRUCTOR = "instructor"
    TA = "ta"
    STUDENT = "student"
    OBSERVER = "observer"

    @property
    def is_staff(self) -> bool:
        """Whether the role may see and mark others' work."""
        return self in {Role.INSTRUCTOR, Role.TA}


_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
_BY_SUBROLE = {
    f"{_MEMBERSHIP}/Instructor#TeachingAssistant": Role.TA,
    f"{_MEMBERSHIP}/Instructor#TeachingAssistantSection": Role.TA,
    f"{_MEMBERSHIP}/Instructor#Grader": Role.TA,
}
_BY_ROLE = {
    "Instructor": Role.INSTRUCTOR,
    "ContentDeveloper": Role.INSTRUCTOR,
    "TeachingAssistant": Role.TA,
    "Learner": Role.STUDENT,
    "Mentor": Role.OBSERVER,
    "Member": Role.OBSERVER,
}
_RANK = (Role.INSTRUCTOR, Role.TA, Role.STUDENT, Role.OBSERVER)


def role_of(uris: tuple[str, ...]) -> Role | None:
    """
    The highest course role that LTI role URIs give; None where they give none.

    Short names (`Learner`) stand for context roles; institution and system
    roles give nothing in a course. A teaching assistant's platform sends
    `Instructor` beside the sub-role, so a sub-role outweighs its principal
    role. Source: LTI 1.3 core, A.2 (role vocabularies).
    """
    subroles = {_BY_SUBROLE[uri] for uri in uris if uri in _BY_SUBROLE}
    principal = {role for uri in uris if (role := _context_role(uri))}
    if subroles and Role.INSTRUCTOR in principal:
        principal -= {Role.INSTRUCTOR}
    found = subroles | principal
    return next((role for role in _RANK if role in found), None)


def _context_role(uri: str) -> Role | None:
    """The role of a context role URI or a short name."""
    if uri.startswith(f"{_MEMBERSHIP}#"):
        return _BY_ROLE.get(uri.partition("#")[2])
    return _BY_ROLE.get(uri) if ":" not in uri and "/" not in uri else None
