"""
Canvas: a course's enrolments, by its REST API.

A person's id here is Canvas's own. Their `sub` in a launch is another one
(users.lti_id), which this API tells of nobody; `login` and `sis_id`, told to
whoever may see them, are what launches and lists have in common.

Source: canvas-lms, enrollments_api_controller.rb and lib/api/v1/user.rb.
"""

from collections.abc import AsyncIterator
from typing import Final

import httpx

from coursehub.adapters.lms.wire import Reply, next_url
from coursehub.adapters.rosters.asking import (
    Asker,
    Refusals,
    course_of,
    require_welcome,
    root_of,
)
from coursehub.adapters.rosters.entries import Entry, entries, together
from coursehub.adapters.rosters.reading import Reading
from coursehub.errors import Refused
from coursehub.ports import Member, RosterAddress

NAME: Final = "Canvas"
_MEDIA: Final = "application/json+canvas-string-ids"  # ids above 2^53 are numbers elsewise
_PER_PAGE: Final = "100"
_LIMITED_TA: Final = (
    "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistantSection"
)
_ROLES: Final = {
    "StudentEnrollment": "Learner",
    "TeacherEnrollment": "Instructor",
    "TaEnrollment": "TeachingAssistant",
    "DesignerEnrollment": "ContentDeveloper",
    "ObserverEnrollment": "Mentor",
}
_TEST_STUDENT: Final = "StudentViewEnrollment"
_STATUSES: Final = {
    "active": "Active",
    "invited": "Active",  # on the class list; has not said yes to the invitation yet
    "creation_pending": "Active",  # invited by e-mail, before there was an account
    "completed": "Inactive",
    "inactive": "Inactive",
    "rejected": "Deleted",
    "deleted": "Deleted",
}
_REFUSALS: Final = Refusals(
    unknown="Canvas does not accept the access token. Make a new one there (Account, Settings, "
    "New access token) and give it to this list.",
    rights="Canvas does not show this course's people to the access token's owner. Make the token "
    "as a teacher of the course or as an administrator.",
)


async def members(asker: Asker, source: RosterAddress, token: str) -> AsyncIterator[Member]:
    """Everyone with an enrolment in the course, but for the test student."""
    course = f"{root_of(source).removesuffix('/api/v1')}/api/v1/courses/{course_of(source)}"
    sections = {
        section.id("id"): section.text("name")
        async for section in _all(asker, token, f"{course}/sections", {})
    }
    asked = {
        "type[]": list(_ROLES),
        "state[]": list(_STATUSES),
        "include[]": ["email"],
    }
    listed = [
        _member(enrolment, sections)
        async for enrolment in _all(asker, token, f"{course}/enrollments", asked)
        if enrolment.text("type") != _TEST_STUDENT
    ]
    for member in together(listed):
        yield member


async def _all(
    asker: Asker, token: str, url: str, asked: dict[str, list[str]]
) -> AsyncIterator[Entry]:
    """The entries of every page, each once."""
    reading = Reading()
    headers = {"Authorization": f"Bearer {token}", "Accept": _MEDIA}
    following: str | None = str(httpx.URL(url, params={**asked, "per_page": _PER_PAGE}))
    while following is not None:
        reading.turn(following)
        reply = _accepted(await asker.send("GET", following, headers=headers))
        page = {one.id("id"): one for one in entries(reply.json(), source=NAME)}
        new = reading.new(page)
        for key, entry in page.items():
            if key in new:
                yield entry
        following = next_url(reply)


def _accepted(reply: Reply) -> Reply:
    """
    The reply, if Canvas gives what was asked for.

    A token that it does not know is told so in a header; a token without the
    right gets the same status 401 from older ones, and 403 from newer ones.
    """
    if reply.status == httpx.codes.UNAUTHORIZED and "www-authenticate" not in reply.headers:
        raise Refused("roster-rights", _REFUSALS.rights)
    return require_welcome(reply, _REFUSALS)


def _member(enrolment: Entry, sections: dict[str, str]) -> Member:
    """The person of one enrolment."""
    user, kind = enrolment.part("user"), enrolment.text("type")
    role = _ROLES.get(kind)
    if role == "TeachingAssistant" and enrolment.flag("limit_privileges_to_course_section"):
        role = _LIMITED_TA
    section = sections.get(enrolment.id("course_section_id"), "")
    return Member(
        subject=enrolment.id("user_id"),
        roles=(role,) if role else (),
        status=_STATUSES.get(enrolment.text("enrollment_state"), "Inactive"),
        name=user.text("name"),
        email=user.text("email"),
        sections=(section,) if section else (),
        login=user.text("login_id"),
        sis_id=user.text("sis_user_id") or enrolment.text("sis_user_id"),
    )
