"""Names and Role Provisioning Services 2.0: who is in an LMS course."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from typing import Any

import httpx

from coursehub.adapters.lms.services import Services
from coursehub.adapters.lms.wire import linked, require_same_place
from coursehub.errors import Unreachable
from coursehub.ports import Ending, Member, PlatformAccess

_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
_MEDIA = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
_PER_PAGE = 200  # Moodle sends everyone at once where none is asked for
_MOST_MEMBERS = 100_000
_MOST_STALE = 4  # pages in a row with nobody new: a list may name people twice, but not for ever
_MOST_CHARACTERS = 100_000  # a picture as a data: address, for one
_MOST_ROLES = 100
_LONGEST = 255
_FILTERS = ("rlid", "role", "limit")


async def members(
    services: Services,
    access: PlatformAccess,
    roster_url: str,
    *,
    resource_link: str = "",
    since: str = "",
    ending: Ending | None = None,
) -> AsyncIterator[Member]:
    """
    Everyone on the roster, once; Unreachable if it cannot be read to its end.

    Of those alone who may open `resource_link`, where one is named (NRPS 2.0,
    3), or what is new since the reading that gave the differences' address
    `since` (2.4): there, who is gone has the status Deleted. `ending` is
    told the next address of differences, if the platform keeps one.
    """
    first, kept = _asked(roster_url, resource_link, since)
    subjects: set[str] = set()
    differences, stale = "", 0
    async for reply in services.replies(access, first, scope=_SCOPE, accept=_MEDIA, kept=kept):
        # The first page's: what changes while later pages are read is in it, too.
        differences = differences or linked(reply, "differences") or ""
        listed = [_member(raw) for raw in _listed(reply.json())]
        new = _together(member for member in listed if member.subject not in subjects)
        stale = stale + 1 if listed and not new else 0
        if stale > _MOST_STALE:
            raise Unreachable("lms-endless", "The LMS gives the same page again and again.")
        if len(subjects) + len(new) > _MOST_MEMBERS:
            raise Unreachable("lms-too-large", "The LMS lists more people than this Hub takes.")
        for member in new:
            subjects.add(member.subject)
            yield member
    if ending is not None:
        ending.differences = differences


def _asked(roster_url: str, resource_link: str, since: str) -> tuple[str, dict[str, str]]:
    """The first page's address, and what every later page is asked for as well."""
    if since:
        require_same_place(since, roster_url)
        return since, {}
    wished = {"rlid": resource_link} if resource_link else {}
    url = httpx.URL(roster_url).copy_merge_params({"limit": str(_PER_PAGE), **wished})
    return str(url), {key: url.params[key] for key in _FILTERS if key in url.params}


def _together(members: Iterable[Member]) -> list[Member]:
    """Each person once, with all the roles that a page says of them."""
    found: dict[str, Member] = {}
    for member in members:
        before = found.get(member.subject, member)
        roles = tuple(dict.fromkeys((*before.roles, *member.roles)))
        found[member.subject] = replace(before, roles=roles)
    return list(found.values())


def _listed(page: Any) -> list[Any]:
    listed = page.get("members") if isinstance(page, dict) else None
    if not isinstance(listed, list):
        raise _malformed()
    return listed


def _member(raw: Any) -> Member:
    """A member as we know them; names and e-mail are empty where the LMS withholds them."""
    if not isinstance(raw, dict):
        raise _malformed()
    if any(isinstance(value, str) and len(value) > _MOST_CHARACTERS for value in raw.values()):
        raise Unreachable("lms-too-large", "The LMS says more of one person than this Hub takes.")
    subject, roles = raw.get("user_id"), raw.get("roles", [])
    if isinstance(subject, int) and not isinstance(subject, bool):
        subject = str(subject)
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST:
        raise _malformed()
    if not isinstance(roles, list):
        raise _malformed()
    parts = (_text(raw, "given_name"), _text(raw, "family_name"))
    return Member(
        subject=subject,
        roles=tuple(
            role for role in roles[:_MOST_ROLES] if isinstance(role, str) and len(role) <= _LONGEST
        ),
        status=_text(raw, "status") or "Active",
        name=_text(raw, "name") or " ".join(part for part in parts if part),
        email=_text(raw, "email"),
    )


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return value[:_LONGEST] if isinstance(value, str) else ""


def _malformed() -> Unreachable:
    return Unreachable("lms-malformed", "The LMS gave a roster that cannot be read.")
