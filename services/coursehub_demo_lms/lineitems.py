"""Assignment and Grade Services 2.0: the columns of the gradebook."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from coursehub_demo_lms.bearer import needs
from coursehub_demo_lms.bodies import media_json, read_json, require_accept
from coursehub_demo_lms.claims import lineitem_url
from coursehub_demo_lms.errors import Refusal
from coursehub_demo_lms.paging import page_of
from coursehub_demo_lms.platform import Here, Platform, disturbance
from coursehub_demo_lms.standard import (
    MEDIA_LINEITEM,
    MEDIA_LINEITEMS,
    SCOPE_LINEITEM,
    SCOPE_LINEITEM_READ,
)
from coursehub_demo_lms.state import Course, LineItem

MAX_POINTS = 1_000_000
TYPE_ID = "1"


def require_type_id(request: Request) -> None:
    """Refuses an address whose query was lost on the way, as Moodle does."""
    if request.query_params.get("type_id") != TYPE_ID:
        raise Refusal(
            404, "type-id-missing", "Use the address as it was given, its type_id included."
        )


router = APIRouter(
    prefix="/ags/{course_id}/lineitems",
    dependencies=[disturbance("ags"), Depends(require_type_id)],
)


def _moment(value: str) -> str:
    if value and datetime.fromisoformat(value).tzinfo is None:
        raise ValueError("has no time zone")
    return value


Moment = Annotated[str, AfterValidator(_moment)]
Name = Annotated[str, Field(max_length=256)]


class LineItemBody(BaseModel):
    """A line item as the tool writes it (AGS 2.0, 3.2)."""

    model_config = ConfigDict(strict=True, frozen=True)

    label: Annotated[str, Field(min_length=1, max_length=256)]
    scoreMaximum: Annotated[float, Field(gt=0, le=MAX_POINTS)]  # noqa: N815  # the standard's name
    resourceLinkId: Name = ""  # noqa: N815  # as above
    resourceId: Name = ""  # noqa: N815  # as above
    tag: Name = ""
    startDateTime: Moment = ""  # noqa: N815  # as above
    endDateTime: Moment = ""  # noqa: N815  # as above

    def item(self, item_id: str = "") -> LineItem:
        return LineItem(
            id=item_id,
            label=self.label,
            maximum=self.scoreMaximum,
            link_id=self.resourceLinkId,
            resource_id=self.resourceId,
            tag=self.tag,
            starts=self.startDateTime,
            ends=self.endDateTime,
        )


@router.get("", dependencies=[needs(SCOPE_LINEITEM, SCOPE_LINEITEM_READ)])
async def list_lineitems(course_id: str, request: Request, platform: Here) -> Response:
    """A page of line items; filters `resource_link_id`, `resource_id`, `tag`."""
    require_accept(request, MEDIA_LINEITEMS)
    course = platform.campus.course(course_id)
    listed = (item for item in list(course.lineitems.values()) if is_asked_for(item, request))
    page = page_of(listed, request, base=platform.url(f"/ags/{course.id}/lineitems"))
    body = [written(platform, course, item) for item in page.items]
    return media_json(MEDIA_LINEITEMS, body, next_page=page.next_url)


@router.post("", dependencies=[needs(SCOPE_LINEITEM)])
async def create_lineitem(course_id: str, request: Request, platform: Here) -> Response:
    """A new line item."""
    course = platform.campus.course(course_id)
    body = await read_json(request, LineItemBody, media=MEDIA_LINEITEM)
    if body.resourceLinkId and body.resourceLinkId not in course.links:
        raise Refusal(400, "no-such-link", "resourceLinkId is not a link of this course.")
    item = course.add_lineitem(body.item())
    platform.campus.touch()
    return media_json(MEDIA_LINEITEM, written(platform, course, item), status=201)


@router.get("/{item_id}/lineitem", dependencies=[needs(SCOPE_LINEITEM, SCOPE_LINEITEM_READ)])
async def get_lineitem(course_id: str, item_id: str, request: Request, platform: Here) -> Response:
    """One line item."""
    require_accept(request, MEDIA_LINEITEM)
    course = platform.campus.course(course_id)
    return media_json(MEDIA_LINEITEM, written(platform, course, course.lineitem(item_id)))


@router.put("/{item_id}/lineitem", dependencies=[needs(SCOPE_LINEITEM)])
async def put_lineitem(course_id: str, item_id: str, request: Request, platform: Here) -> Response:
    """The line item, replaced; its link stays what it was (AGS 2.0, 3.2.9)."""
    course = platform.campus.course(course_id)
    old = course.lineitem(item_id)
    body = await read_json(request, LineItemBody, media=MEDIA_LINEITEM)
    if body.resourceLinkId not in {"", old.link_id}:
        raise Refusal(400, "link-is-fixed", "The link of a line item cannot be changed.")
    course.lineitems[item_id] = replace(
        body.item(item_id),
        link_id=old.link_id,
        review_url=old.review_url,
        review_custom=old.review_custom,
    )
    _rescale(course, item_id, by=body.scoreMaximum / old.maximum)
    platform.campus.touch()
    return media_json(MEDIA_LINEITEM, written(platform, course, course.lineitem(item_id)))


@router.delete("/{item_id}/lineitem", dependencies=[needs(SCOPE_LINEITEM)])
async def delete_lineitem(course_id: str, item_id: str, platform: Here) -> Response:
    """No line item, and none of its grades, any more."""
    platform.campus.course(course_id).remove_lineitem(item_id)
    platform.campus.touch()
    return Response(status_code=204)


def is_asked_for(item: LineItem, request: Request) -> bool:
    """Whether the item passes every filter of the query."""
    filters = {
        "resource_link_id": item.link_id,
        "resource_id": item.resource_id,
        "tag": item.tag,
    }
    asked = request.query_params
    return all(asked[name] == value for name, value in filters.items() if name in asked)


def written(platform: Platform, course: Course, item: LineItem) -> dict[str, Any]:
    """The line item as the service writes it."""
    optional = {
        "resourceLinkId": item.link_id,
        "resourceId": item.resource_id,
        "tag": item.tag,
        "startDateTime": item.starts,
        "endDateTime": item.ends,
    }
    return {
        "id": lineitem_url(platform, course, item.id),
        "label": item.label,
        "scoreMaximum": item.maximum,
        **{name: value for name, value in optional.items() if value},
    }


def _rescale(course: Course, item_id: str, *, by: float) -> None:
    """Grades keep their share of a maximum that changed."""
    for key, grade in course.grades.items():
        if key[0] == item_id and grade.points is not None:
            course.grades[key] = replace(grade, points=grade.points * by)
