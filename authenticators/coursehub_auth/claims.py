"""From verified claims to a Launch: pure, and strict about types."""

from collections.abc import Mapping
from typing import Any

from coursehub.vocabulary.launch import Context, Launch, ResourceLink
from coursehub_auth.errors import LaunchRefused, unreadable
from coursehub_auth.verify import CLAIM, Claims, moment

AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
MAX_SUBJECT_CHARS = 255


def launch_of(claims: Claims, *, client_id: str) -> Launch:
    """The launch that these claims describe; refused where a claim has the wrong shape."""
    subject = _needed(claims, "sub")
    if len(subject) > MAX_SUBJECT_CHARS:  # LTI 1.3 core 5.3.6
        raise unreadable("claim-malformed", "The LMS's claim sub is longer than 255 characters.")
    return Launch(
        issuer=_needed(claims, "iss"),
        client_id=client_id,
        deployment_id=_needed(claims, f"{CLAIM}deployment_id"),
        subject=subject,
        nonce=_needed(claims, "nonce"),
        expires_at=int(moment(claims, "exp")),
        message_type=_needed(claims, f"{CLAIM}message_type"),
        roles=_texts(claims, f"{CLAIM}roles"),
        target=_needed(claims, f"{CLAIM}target_link_uri"),
        context=_context(claims),
        link=_link(claims),
        name=_text(claims, "name") or _full_name(claims),
        email=_text(claims, "email"),
        custom=_custom(claims),
    )


def _context(claims: Claims) -> Context | None:
    course = _object(claims, f"{CLAIM}context")
    if not course:
        return None
    roster, grades = _object(claims, NRPS), _object(claims, AGS)
    return Context(
        id=_needed(course, "id"),
        label=_text(course, "label"),
        title=_text(course, "title"),
        nrps_url=_text(roster, "context_memberships_url"),
        ags_lineitems_url=_text(grades, "lineitems"),
        ags_scopes=_texts(grades, "scope"),
    )


def _link(claims: Claims) -> ResourceLink:
    link = _object(claims, f"{CLAIM}resource_link")
    if not link.get("id"):
        raise LaunchRefused("link-missing", "The launch does not say which link was followed.")
    return ResourceLink(
        id=_needed(link, "id"),
        title=_text(link, "title"),
        lineitem_url=_text(_object(claims, AGS), "lineitem"),
    )


def _full_name(claims: Claims) -> str:
    return f"{_text(claims, 'given_name')} {_text(claims, 'family_name')}".strip()


def _custom(claims: Claims) -> dict[str, str]:
    """The custom parameters as text; Canvas sends numbers, which are written out."""
    found = _object(claims, f"{CLAIM}custom")
    kept = {name: value for name, value in found.items() if isinstance(value, str | int | float)}
    return {_clean(name, "custom"): _clean(str(value), "custom") for name, value in kept.items()}


def _object(claims: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The JSON object of that name; empty when it is absent."""
    value = claims.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _malformed(name)
    return value


def _texts(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = claims.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _malformed(name)
    return tuple(_clean(item, name) for item in value)


def _needed(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise _malformed(name)
    return _clean(value, name)


def _text(claims: Mapping[str, Any], name: str) -> str:
    """The text of that name; empty when it is absent, null or of another type."""
    value = claims.get(name)
    return _clean(value, name) if isinstance(value, str) else ""


def _clean(text: str, name: str) -> str:
    """The same text; refused where neither UTF-8 nor a database could hold it."""
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise _malformed(name)
    return text


def _malformed(name: str) -> LaunchRefused:
    short = name.rpartition("/")[2]
    return unreadable("claim-malformed", f"The LMS's claim {short} has the wrong form.")
