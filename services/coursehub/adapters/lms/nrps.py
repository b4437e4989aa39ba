"""Names and Role Provisioning Services 2.0: who is in an LMS course."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx

from coursehub.adapters.lms.services import Services
from coursehub.errors import Unreachable
from coursehub.ports import Member, PlatformAccess

_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
_MEDIA = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
_PER_PAGE = 200  # Moodle sends everyone at once where none is asked for
_MOST_MEMBERS = 100_000
_LONGEST = 255


async def members(
    services: Services, access: PlatformAccess, roster_url: str
) -> AsyncIterator[Member]:
    """Everyone on the roster, once; Unreachable if it cannot be read to its end."""
    first = str(httpx.URL(roster_url).copy_merge_params({"limit": _PER_PAGE}))
    subjects: set[str] = set()
    async for page in services.pages(access, first, scope=_SCOPE, accept=_MEDIA):
        listed = [_member(raw) for raw in _listed(page)]
        new = [member for member in listed if member.subject not in subjects]
        if listed and not new:
            raise Unreachable("lms-endless", "The LMS gives the same page again and again.")
        for member in new:
            subjects.add(member.subject)
            yield member
        if len(subjects) > _MOST_MEMBERS:
            raise Unreachable("lms-too-large", "The LMS lists more people than this Hub takes.")


def _listed(page: Any) -> list[Any]:
    listed = page.get("members") if isinstance(page, dict) else None
    if not isinstance(listed, list):
        raise _malformed()
    return listed


def _member(raw: Any) -> Member:
    """A member as we know them; names and e-mail are empty where the LMS withholds them."""
    if not isinstance(raw, dict):
        raise _malformed()
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
        roles=tuple(role for role in roles if isinstance(role, str)),
        status=_text(raw, "status") or "Active",
        name=_text(raw, "name") or " ".join(part for part in parts if part),
        email=_text(raw, "email"),
    )


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return value[:_LONGEST] if isinstance(value, str) else ""


def _malformed() -> Unreachable:
    return Unreachable("lms-malformed", "The LMS gave a roster that cannot be read.")
