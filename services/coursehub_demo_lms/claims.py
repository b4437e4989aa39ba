"""The claims of a launch (LTI 1.3 core 5.3 and 5.4, AGS, NRPS, Deep Linking and others)."""

import secrets
from collections.abc import Callable, Iterable
from typing import Any

from coursehub_demo_lms.errand import Errand
from coursehub_demo_lms.errors import OidcError
from coursehub_demo_lms.platform import Platform
from coursehub_demo_lms.standard import (
    AGS_CLAIM,
    AGS_SCOPES,
    CLAIM,
    DATA_PRIVACY_REQUEST,
    DEEP_LINKING_CLAIM,
    DEEP_LINKING_REQUEST,
    INSTITUTION_ADMINISTRATOR,
    NRPS_CLAIM,
    RESOURCE_LINK_REQUEST,
    ROLE_URIS,
    SUBMISSION_REVIEW_REQUEST,
)
from coursehub_demo_lms.state import Course, LineItem, Person
from coursehub_demo_lms.variables import filled

LIFE_S = 60  # as short as Moodle's
RETURN_LIFE_S = 3600


def launch_claims(platform: Platform, errand: Errand, *, nonce: str) -> dict[str, Any]:
    """The claims of the message that this errand asks for."""
    own: Callable[[Platform, Errand], dict[str, Any]] = {
        RESOURCE_LINK_REQUEST: _link_claims,
        DEEP_LINKING_REQUEST: _deep_linking_claims,
        SUBMISSION_REVIEW_REQUEST: _review_claims,
        DATA_PRIVACY_REQUEST: _privacy_claims,
    }[errand.message]
    return {**_common(platform, errand, nonce=nonce), **own(platform, errand)}


def _link_claims(platform: Platform, errand: Errand) -> dict[str, Any]:
    if errand.link is None:
        raise OidcError("invalid_request", "That link is gone.")
    items = errand.course.lineitems_of(errand.link.id)
    return {
        **_in_course(platform, errand),
        # AGS 2.0, 3.1.2: only a link with exactly one line item names it.
        AGS_CLAIM: _grade_services(platform, errand, items[0] if len(items) == 1 else None),
    }


def _review_claims(platform: Platform, errand: Errand) -> dict[str, Any]:
    """The claims of a submission review: whose work, in which line item."""
    return {
        **_in_course(platform, errand),
        f"{CLAIM}for_user": _for_user(errand),
        AGS_CLAIM: _grade_services(platform, errand, errand.item),
    }


def _privacy_claims(platform: Platform, errand: Errand) -> dict[str, Any]:
    """The claims of a data privacy launch, which belongs to the site and to no course."""
    about = {f"{CLAIM}for_user": _for_user(errand)} if errand.about else {}
    return {
        f"{CLAIM}roles": [INSTITUTION_ADMINISTRATOR],
        f"{CLAIM}launch_presentation": _presentation(platform, errand),
        **about,
    }


def _in_course(platform: Platform, errand: Errand) -> dict[str, Any]:
    """The claims of every launch out of a course: its link if there is one, its roster."""
    link, members = errand.link, f"/nrps/{errand.course.id}/members"
    return {
        **({f"{CLAIM}resource_link": {"id": link.id, "title": link.title}} if link else {}),
        f"{CLAIM}context": context_claim(errand.course),
        f"{CLAIM}launch_presentation": _presentation(platform, errand),
        NRPS_CLAIM: {
            "context_memberships_url": platform.url(members),
            "service_versions": ["2.0"],
        },
    }


def _for_user(errand: Errand) -> dict[str, Any]:
    """Whom the launch is about, named as far as the tool may know people's names."""
    if errand.about is None:
        raise OidcError("invalid_request", "Nobody is named whom the launch is about.")
    return {
        "user_id": errand.about.person.id,
        **names_of(errand.about.person, allowed=errand.registration.claims),
        "roles": list(ROLE_URIS[errand.about.role]),
    }


def _deep_linking_claims(platform: Platform, errand: Errand) -> dict[str, Any]:
    """The claims of a Deep Linking launch; the tool sends `data` back unchanged."""
    ticket = {
        "client": errand.registration.client_id,
        "course": errand.course.id,
        "person": errand.member.person.id,
        "nonce": secrets.token_hex(8),
    }
    return {
        f"{CLAIM}context": context_claim(errand.course),
        f"{DEEP_LINKING_CLAIM}deep_linking_settings": {
            "deep_link_return_url": platform.url("/deep-linking/return"),
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe", "window"],
            "accept_multiple": True,
            "accept_lineitem": True,
            "auto_create": True,
            "title": errand.course.title,
            "data": platform.seal.close("deep-linking", ticket, life_s=RETURN_LIFE_S),
        },
    }


def _common(platform: Platform, errand: Errand, *, nonce: str) -> dict[str, Any]:
    now = int(platform.clock())
    course, client_id = errand.course, errand.registration.client_id
    return {
        "iss": platform.issuer,
        "aud": client_id,
        "azp": client_id,
        "sub": errand.member.person.id,
        "iat": now,
        "exp": now + LIFE_S,
        "nonce": nonce,
        **names_of(errand.member.person, allowed=errand.registration.claims),
        f"{CLAIM}message_type": errand.message,
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}deployment_id": errand.deployment_id,
        f"{CLAIM}target_link_uri": errand.target,
        f"{CLAIM}roles": list(ROLE_URIS[errand.member.role]),
        f"{CLAIM}custom": filled(errand),
        f"{CLAIM}tool_platform": {
            "guid": f"coursehub-demo-lms-{course.deployment_id}",
            "name": course.institution,
            "url": platform.issuer,
            "product_family_code": "coursehub-demo-lms",
        },
    }


def names_of(person: Person, *, allowed: Iterable[str]) -> dict[str, str]:
    """The claims that name the person: those that the tool asked for and the LMS knows."""
    names = {
        "name": person.name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
    }
    return {name: value for name, value in names.items() if value and name in allowed}


def _presentation(platform: Platform, errand: Errand) -> dict[str, str]:
    back = f"/courses/{errand.course.id}?as={errand.member.person.id}"
    return {
        "document_target": "iframe" if errand.framed else "window",
        "return_url": platform.url(back),
        "locale": "en",
    }


def context_claim(course: Course) -> dict[str, Any]:
    """The course as launches and rosters name it."""
    return {
        "id": course.id,
        "label": course.label,
        "title": course.title,
        "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
    }


def lineitems_url(platform: Platform, course: Course) -> str:
    return platform.url(f"/ags/{course.id}/lineitems?type_id=1")


def lineitem_url(platform: Platform, course: Course, item_id: str) -> str:
    """A line item's address; like Moodle's it has a query, which /scores goes before."""
    return platform.url(f"/ags/{course.id}/lineitems/{item_id}/lineitem?type_id=1")


def _grade_services(platform: Platform, errand: Errand, item: LineItem | None) -> dict[str, Any]:
    claim: dict[str, Any] = {
        "scope": [scope for scope in AGS_SCOPES if scope in errand.registration.scopes],
        "lineitems": lineitems_url(platform, errand.course),
    }
    return claim | ({"lineitem": lineitem_url(platform, errand.course, item.id)} if item else {})
