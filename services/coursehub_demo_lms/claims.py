"""The claims of a launch (LTI 1.3 core 5.3 and 5.4, AGS, NRPS, Deep Linking)."""

from typing import Any

from coursehub_demo_lms.platform import Platform
from coursehub_demo_lms.standard import (
    AGS_CLAIM,
    AGS_SCOPES,
    CLAIM,
    DEEP_LINKING_CLAIM,
    DEEP_LINKING_REQUEST,
    NRPS_CLAIM,
    RESOURCE_LINK_REQUEST,
    ROLE_URIS,
)
from coursehub_demo_lms.state import Course, Link, Member

LIFE_S = 60  # as short as Moodle's


def target_of(platform: Platform, link: Link | None) -> str:
    """Where the tool should take the person once it knows them."""
    return (link.url if link else "") or platform.tool.target_url


def link_claims(
    platform: Platform, course: Course, member: Member, link: Link, *, nonce: str
) -> dict[str, Any]:
    """The claims of a resource link launch."""
    return {
        **_common(platform, course, member, nonce=nonce),
        f"{CLAIM}message_type": RESOURCE_LINK_REQUEST,
        f"{CLAIM}target_link_uri": target_of(platform, link),
        f"{CLAIM}resource_link": {"id": link.id, "title": link.title},
        f"{CLAIM}custom": dict(link.custom),
        f"{CLAIM}launch_presentation": {
            "document_target": "window",
            "return_url": platform.url(f"/courses/{course.id}?as={member.person.id}"),
            "locale": "en",
        },
        NRPS_CLAIM: {
            "context_memberships_url": platform.url(f"/nrps/{course.id}/members"),
            "service_versions": ["2.0"],
        },
        AGS_CLAIM: _grade_services(platform, course, link),
    }


def deep_linking_claims(
    platform: Platform, course: Course, member: Member, *, nonce: str, data: str
) -> dict[str, Any]:
    """The claims of a Deep Linking launch; the tool sends `data` back unchanged."""
    return {
        **_common(platform, course, member, nonce=nonce),
        f"{CLAIM}message_type": DEEP_LINKING_REQUEST,
        f"{CLAIM}target_link_uri": target_of(platform, None),
        f"{DEEP_LINKING_CLAIM}deep_linking_settings": {
            "deep_link_return_url": platform.url("/deep-linking/return"),
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["window"],
            "accept_multiple": True,
            "accept_lineitem": True,
            "auto_create": True,
            "title": course.title,
            "data": data,
        },
    }


def _common(platform: Platform, course: Course, member: Member, *, nonce: str) -> dict[str, Any]:
    now = int(platform.clock())
    person = member.person
    names = {
        "name": person.name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
    }
    return {
        "iss": platform.issuer,
        "aud": platform.tool.client_id,
        "azp": platform.tool.client_id,
        "sub": person.id,
        "iat": now,
        "exp": now + LIFE_S,
        "nonce": nonce,
        **{name: value for name, value in names.items() if value},
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}deployment_id": course.deployment_id,
        f"{CLAIM}roles": list(ROLE_URIS[member.role]),
        f"{CLAIM}context": context_claim(course),
        f"{CLAIM}tool_platform": {
            "guid": f"coursehub-demo-lms-{course.deployment_id}",
            "name": course.institution,
            "url": platform.issuer,
            "product_family_code": "coursehub-demo-lms",
        },
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


def _grade_services(platform: Platform, course: Course, link: Link) -> dict[str, Any]:
    own = course.lineitems_of(link.id)
    claim: dict[str, Any] = {
        "scope": list(AGS_SCOPES),
        "lineitems": lineitems_url(platform, course),
    }
    # AGS 2.0, 3.1.2: only a link with exactly one line item names it.
    return (
        {**claim, "lineitem": lineitem_url(platform, course, own[0].id)} if len(own) == 1 else claim
    )
