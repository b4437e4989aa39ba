"""The beginning of launches that no link begins: submission reviews, and data privacy."""

from fastapi import APIRouter, Request, Response

from coursehub_demo_lms.errand import Errand, tool_for
from coursehub_demo_lms.errors import Refusal
from coursehub_demo_lms.forms import form_fields
from coursehub_demo_lms.launch import active_member, begin, is_framed
from coursehub_demo_lms.platform import Here, Platform
from coursehub_demo_lms.standard import DATA_PRIVACY_REQUEST, SUBMISSION_REVIEW_REQUEST
from coursehub_demo_lms.state import Course, Member

REVIEWERS = ("Instructor", "TeachingAssistant", "Administrator")

router = APIRouter(prefix="/courses/{course_id}")


@router.post("/review/{item_id}")
async def review(course_id: str, item_id: str, request: Request, platform: Here) -> Response:
    """Begins, as `person`, a review of what the learner `about` handed in."""
    fields = await form_fields(request)
    course = platform.campus.course(course_id)
    item = course.lineitem(item_id)
    person = active_member(platform, course, fields)
    about = named(platform, course, fields)
    if person.role not in REVIEWERS and person.person.id != about.person.id:
        raise Refusal(403, "not-yours", "Learners see their own work alone.")
    if (item.id, about.person.id) not in course.grades:
        raise Refusal(409, "nothing-to-review", "No score has arrived for that person there.")
    link = course.links.get(item.link_id)
    errand = Errand(
        registration=tool_for(platform, link, message=SUBMISSION_REVIEW_REQUEST),
        course=course,
        member=person,
        message=SUBMISSION_REVIEW_REQUEST,
        link=link,
        item=item,
        about=about,
        framed=is_framed(fields),
    )
    return begin(platform, errand, fields)


@router.post("/privacy")
async def privacy(course_id: str, request: Request, platform: Here) -> Response:
    """Begins a data privacy launch by the administrator `person`, about one person or about all."""
    fields = await form_fields(request)
    course = platform.campus.course(course_id)
    person = active_member(platform, course, fields)
    if person.role != "Administrator":
        raise Refusal(403, "administrators-only", "Only administrators ask about people's data.")
    errand = Errand(
        registration=tool_for(platform, None, message=DATA_PRIVACY_REQUEST),
        course=course,
        member=person,
        message=DATA_PRIVACY_REQUEST,
        about=named(platform, course, fields) if fields.get("about") else None,
        framed=is_framed(fields),
    )
    return begin(platform, errand, fields)


def named(platform: Platform, course: Course, fields: dict[str, str]) -> Member:
    """The member of the course whom the launch is about."""
    about = platform.campus.member(course, fields.get("about", ""))
    if about is None:
        raise Refusal(404, "no-such-person", "`about` is nobody in this course.")
    return about
