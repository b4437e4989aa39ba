"""How a course is named, and which names on the Hub follow from it."""

import re
import unicodedata
from enum import StrEnum
from typing import NewType

from coursehub.vocabulary.people import HubName, Role

CourseKey = NewType("CourseKey", str)
"""A course's key on this Hub: `[a-z0-9-]`, 1 to 40 characters; nbgrader's course id too."""

GRADERS_GROUP = "coursehub-graders"
"""The Hub group of every course's grader account."""


class DroppedServers(StrEnum):
    """What becomes of the running servers of someone who is dropped from a course."""

    STOP = "stop"
    KEEP = "keep"


def slug(text: str, *, longest: int = 40) -> str:
    """The text as `[a-z0-9-]`, accents folded, at most `longest` characters; may be empty."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:longest].strip("-")


def grader_of(course: CourseKey) -> HubName:
    """The Hub user whose server holds the course's gradebook."""
    return HubName(f"grader-{course}")


def groups_of(course: CourseKey, role: Role) -> frozenset[str]:
    """
    The Hub groups that someone of this role is in.

    `nbgrader-<course>` and `formgrade-<course>` are the names that nbgrader's
    JupyterHubAuthPlugin reads.
    """
    own = _own(course, role)
    if role.is_staff:
        return frozenset({own, f"formgrade-{course}"})
    return frozenset({own, f"nbgrader-{course}"} if role.learns else {own})


def all_groups_of(course: CourseKey) -> frozenset[str]:
    """Every Hub group that coursehub owns for the course."""
    return own_groups(course) | nbgrader_groups(course)


def own_groups(course: CourseKey) -> frozenset[str]:
    """Those of the course's groups that nobody but coursehub names so."""
    return frozenset(_own(course, role) for role in Role)


def nbgrader_groups(course: CourseKey) -> frozenset[str]:
    """Those of the course's groups that a Hub may have had before, for nbgrader."""
    return frozenset().union(*(groups_of(course, role) for role in Role)) - own_groups(course)


def _own(course: CourseKey, role: Role) -> str:
    return f"coursehub-{course}-{role}"


def resource_id(course: str, assignment: str) -> str:
    """The name by which an assignment's line item is found again (LTI AGS 2.0, 3.2.6)."""
    return f"coursehub:{course}:{assignment}"
