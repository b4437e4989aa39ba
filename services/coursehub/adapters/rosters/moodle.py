"""
Moodle: a course's participants, by its web services.

A person's id here is what Moodle sends as `sub` in a launch: its own number.
The token travels in the body of each request, never in an address. Errors come
with status 200.

Source: moodle, enrol/externallib.php (core_enrol_get_enrolled_users).
"""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from coursehub.adapters.lms.wire import require_success
from coursehub.adapters.rosters.asking import Asker, course_of, root_of
from coursehub.adapters.rosters.entries import Entry, entries
from coursehub.adapters.rosters.reading import MOST_PEOPLE, Reading, too_many
from coursehub.errors import CoursehubError, Missing, Refused, Unreachable
from coursehub.ports import Member, RosterAddress

NAME: Final = "Moodle"
_PATH: Final = "/webservice/rest/server.php"
_FUNCTION: Final = "core_enrol_get_enrolled_users"
_PER_PAGE: Final = 200
_FIELDS: Final = "id,username,firstname,lastname,fullname,email,idnumber,groups,roles"
# A course creator makes courses, and teaches only those of which Moodle makes them a teacher.
_ROLES: Final = {
    "editingteacher": "Instructor",
    "teacher": "TeachingAssistant",  # "non-editing teacher"
    "student": "Learner",
    "manager": "Administrator",
}
_UNKNOWN: Final = (
    "Moodle does not accept the token. Make a new one there (Site administration, Server, Web "
    "services, Manage tokens) and give it to this list."
)
_SERVICE: Final = (
    f"The token's service in Moodle lacks a function: add {_FUNCTION} to it (Site administration, "
    "Server, Web services, External services)."
)
_RIGHTS: Final = (
    "Moodle does not show this course's people to the token's owner. They need to be in the "
    "course, or a manager, with the capabilities moodle/course:viewparticipants and "
    "moodle/course:enrolreview."
)


async def members(asker: Asker, source: RosterAddress, token: str) -> AsyncIterator[Member]:
    """
    Everyone in the course; those whose enrolment is suspended are Inactive.

    Moodle does not say which ones these are, so they are asked for apart. A
    Moodle that has no such question gives everybody again: who is then new is
    suspended.
    """
    seen: set[str] = set()
    for question, status in (("onlyactive", "Active"), ("onlysuspended", "Inactive")):
        async for member in _asked(asker, source, token, question):
            if member.subject in seen:
                continue
            seen.add(member.subject)
            if len(seen) > MOST_PEOPLE:
                raise too_many()
            yield replace(member, status=status)


async def _asked(
    asker: Asker, source: RosterAddress, token: str, question: str
) -> AsyncIterator[Member]:
    """
    Those for whom the answer is yes.

    People whom the token's owner may not see are left out of a page, so that
    a short page is no end: an empty one is.
    """
    url = root_of(source).removesuffix(_PATH) + _PATH
    reading, start = Reading(), 0
    while True:
        reading.turn(str(start))
        options = {
            question: 1,
            "userfields": _FIELDS,
            "sortby": "id",
            "limitfrom": start,
            "limitnumber": _PER_PAGE,
        }
        page = await _call(asker, url, token, {"courseid": course_of(source), **_listed(options)})
        users = {user.id("id"): user for user in entries(page, source=NAME)}
        if not users:
            return
        for key in sorted(reading.new(users), key=list(users).index):
            yield _member(users[key])
        start += _PER_PAGE


def _listed(options: dict[str, Any]) -> dict[str, str]:
    """A list of names and values, as PHP reads one from a form."""
    form: dict[str, str] = {}
    for number, (name, value) in enumerate(options.items()):
        form[f"options[{number}][name]"] = name
        form[f"options[{number}][value]"] = str(value)
    return form


async def _call(asker: Asker, url: str, token: str, arguments: dict[str, str]) -> Any:
    """What the function gives; an error of ours where Moodle tells of an exception."""
    form = {
        "wstoken": token,
        "wsfunction": _FUNCTION,
        "moodlewsrestformat": "json",
        **arguments,
    }
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    reply = await asker.send("POST", url, headers=headers, content=urlencode(form).encode())
    body = require_success(reply).json()
    if isinstance(body, dict) and ("exception" in body or "errorcode" in body):
        raise _failure(str(body.get("errorcode", "")))
    return body


def _failure(code: str) -> CoursehubError:
    """The error behind Moodle's code for it; its own message may tell of people."""
    match code:
        case "invalidtoken":
            return Refused("roster-token", _UNKNOWN)
        case "accessexception" | "servicerequireslogin" | "servicenotavailable":
            return Refused("roster-rights", _SERVICE)
        case "nopermissions" | "errorcoursecontextnotvalid" | "requireloginerror":
            return Refused("roster-rights", _RIGHTS)
        case "invalidrecord" | "invalidrecordunknown" | "invalidcourseid":
            return Missing("roster-missing", "Moodle knows no course of that id any more.")
    known = code if re.fullmatch(r"[a-z_]{1,40}", code) else "unknown"
    return Unreachable("roster-failed", f"Moodle could not give the list (its error: {known}).")


def _member(user: Entry) -> Member:
    parts = (user.text("firstname"), user.text("lastname"))
    names = [role.text("shortname") for role in user.parts("roles")]
    return Member(
        subject=user.id("id"),
        roles=tuple(_ROLES[name] for name in names if name in _ROLES),
        name=user.text("fullname") or " ".join(part for part in parts if part),
        email=user.text("email"),
        sections=tuple(name for group in user.parts("groups") if (name := group.text("name"))),
        login=user.text("username"),
        sis_id=user.text("idnumber"),
    )
