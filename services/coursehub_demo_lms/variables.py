"""Custom parameters with the platform's variables filled in (LTI 1.3 core, 6)."""

from collections.abc import Mapping

from coursehub_demo_lms.errand import Errand
from coursehub_demo_lms.state import Link

VARIABLES = (
    "Context.id",
    "Context.label",
    "Context.title",
    "ResourceLink.id",
    "ResourceLink.title",
    "ResourceLink.available.startDateTime",
    "ResourceLink.available.endDateTime",
    "ResourceLink.submission.startDateTime",
    "ResourceLink.submission.endDateTime",
    "User.id",
    "User.username",
)


def filled(errand: Errand) -> dict[str, str]:
    """The errand's custom parameters; a variable that has no value here stays as written."""
    values = values_of(errand)
    return {name: _filled(value, values) for name, value in errand.custom.items()}


def values_of(errand: Errand) -> dict[str, str]:
    """What each variable stands for in this launch."""
    course, person, link = errand.course, errand.member.person, errand.link
    values = {
        "Context.id": course.id,
        "Context.label": course.label,
        "Context.title": course.title,
        "User.id": person.id,
        "User.username": person.email.partition("@")[0],
    }
    return values | (link_values(link) if link else {})


def link_values(link: Link) -> dict[str, str]:
    """What the variables of a link stand for; empty times are times that nobody set."""
    return {
        "ResourceLink.id": link.id,
        "ResourceLink.title": link.title,
        "ResourceLink.available.startDateTime": link.available.starts,
        "ResourceLink.available.endDateTime": link.available.ends,
        "ResourceLink.submission.startDateTime": link.submission.starts,
        "ResourceLink.submission.endDateTime": link.submission.ends,
    }


def _filled(value: str, values: Mapping[str, str]) -> str:
    return values.get(value[1:], value) if value.startswith("$") else value
