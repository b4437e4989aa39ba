"""LTI 1.1 launches: one signed form, straight to the tool (LTI 1.1.1, 3 and 4)."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from coursehub_demo_lms.bodies import read_json
from coursehub_demo_lms.consumer import Consumer
from coursehub_demo_lms.errand import Errand
from coursehub_demo_lms.errors import Refusal
from coursehub_demo_lms.forms import form_fields
from coursehub_demo_lms.launch import active_member, is_framed, require_open
from coursehub_demo_lms.metadata import Url
from coursehub_demo_lms.platform import Here, Platform
from coursehub_demo_lms.rendering import auto_submit
from coursehub_demo_lms.standard import Role
from coursehub_demo_lms.variables import filled

SOURCED_ID = "sourcedid"
SOURCED_ID_LIFE_S = 366 * 24 * 3600  # scores come for as long as a course lasts
ROLES: dict[Role, str] = {
    "Instructor": "Instructor",
    "TeachingAssistant": "urn:lti:role:ims/lis/TeachingAssistant",
    "Learner": "Learner",
    "Administrator": "urn:lti:instrole:ims/lis/Administrator,urn:lti:role:ims/lis/Administrator",
}

router = APIRouter()


class ConsumerBody(BaseModel):
    """The shared key and secret, and where launches go."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    secret: Annotated[str, Field(min_length=16, max_length=128)]
    launch_url: Url


def require_lti11(platform: Platform) -> None:
    """Refuses while LTI 1.1 is switched off, as it is at first."""
    if not platform.switches.lti11:
        raise Refusal(403, "lti11-off", "LTI 1.1 is switched off here.")


@router.get("/api/lti11")
async def consumer(platform: Here) -> dict[str, str]:
    """The key, the secret and the launch address of LTI 1.1."""
    require_lti11(platform)
    known = platform.consumer
    return {"key": known.key, "secret": known.secret, "launch_url": known.launch_url}


@router.put("/api/lti11")
async def set_consumer(request: Request, platform: Here) -> dict[str, str]:
    """Another key, secret and launch address, until this process ends."""
    body = await read_json(request, ConsumerBody, media="application/json")
    platform.consumer = Consumer(**body.model_dump())
    return body.model_dump()


@router.post("/lti11/launch/{course_id}/{link_id}")
async def launch(course_id: str, link_id: str, request: Request, platform: Here) -> Response:
    """The signed form that takes `person` to that link, by LTI 1.1."""
    require_lti11(platform)
    fields = await form_fields(request)
    course = platform.campus.course(course_id)
    link = course.link(link_id)
    member = active_member(platform, course, fields)
    require_open(platform, link, member)
    errand = Errand(
        registration=platform.tools.current,
        course=course,
        member=member,
        link=link,
        framed=is_framed(fields),
    )
    signed = platform.consumer.signed(launch_fields(platform, errand))
    return auto_submit(platform.consumer.launch_url, signed, saying="Opening the tool")


def launch_fields(platform: Platform, errand: Errand) -> dict[str, str]:
    """Everything that the launch says, not yet signed."""
    course, person, link = errand.course, errand.member.person, errand.link
    said: dict[str, Any] = {
        "lti_message_type": "basic-lti-launch-request",
        "lti_version": "LTI-1p0",
        "resource_link_id": link.id if link else "",
        "resource_link_title": link.title if link else "",
        "user_id": person.id,
        "roles": ROLES[errand.member.role],
        "lis_person_name_full": person.name,
        "lis_person_name_given": person.given_name,
        "lis_person_name_family": person.family_name,
        "lis_person_contact_email_primary": person.email,
        "context_id": course.id,
        "context_type": "CourseSection",
        "context_label": course.label,
        "context_title": course.title,
        "launch_presentation_locale": "en",
        "launch_presentation_document_target": "iframe" if errand.framed else "window",
        "launch_presentation_return_url": platform.url(f"/courses/{course.id}?as={person.id}"),
        "tool_consumer_info_product_family_code": "coursehub-demo-lms",
        "tool_consumer_instance_guid": f"coursehub-demo-lms-{course.deployment_id}",
        "tool_consumer_instance_name": course.institution,
        **{f"custom_{custom_name(name)}": value for name, value in filled(errand).items()},
        **outcome_fields(platform, errand),
    }
    return {name: value for name, value in said.items() if value}


def custom_name(name: str) -> str:
    """A custom parameter's name as LTI 1.1 writes it (3, "custom_keyname")."""
    return re.sub(r"[^a-z0-9]", "_", name.lower())


def outcome_fields(platform: Platform, errand: Errand) -> dict[str, str]:
    """Where a learner's score of this link goes; nothing where there is not one column for it."""
    items = errand.course.lineitems_of(errand.link.id) if errand.link else []
    if len(items) != 1 or errand.member.role != "Learner":
        return {}
    cell = {
        "course": errand.course.id,
        "item": items[0].id,
        "person": errand.member.person.id,
    }
    return {
        "lis_outcome_service_url": platform.url("/lti11/outcomes"),
        "lis_result_sourcedid": platform.seal.close(SOURCED_ID, cell, life_s=SOURCED_ID_LIFE_S),
    }
