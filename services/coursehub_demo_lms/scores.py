"""Assignment and Grade Services 2.0: scores in, results out."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from coursehub_demo_lms.bearer import needs
from coursehub_demo_lms.bodies import media_json, read_json, require_accept
from coursehub_demo_lms.claims import lineitem_url
from coursehub_demo_lms.errors import Refusal
from coursehub_demo_lms.lineitems import MAX_POINTS, require_type_id
from coursehub_demo_lms.paging import page_of
from coursehub_demo_lms.platform import Here, Platform, disturbance
from coursehub_demo_lms.standard import (
    MEDIA_RESULTS,
    MEDIA_SCORE,
    SCOPE_RESULT_READ,
    SCOPE_SCORE,
)
from coursehub_demo_lms.state import Course, Grade, LineItem

MAX_GRADES = 200_000  # in one course: what this process is ready to hold

router = APIRouter(
    prefix="/ags/{course_id}/lineitems/{item_id}/lineitem",
    dependencies=[disturbance("ags"), Depends(require_type_id)],
)


def _moment(value: str) -> str:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("has no time zone")
    if "." not in value:
        raise ValueError("has no fractions of a second, which the standard asks for")
    return value


class ScoreBody(BaseModel):
    """A score as the tool writes it (AGS 2.0, 3.4.4)."""

    model_config = ConfigDict(strict=True, frozen=True)

    userId: Annotated[str, Field(min_length=1, max_length=255)]  # noqa: N815  # the standard's name
    timestamp: Annotated[str, Field(max_length=64), AfterValidator(_moment)]
    activityProgress: Literal[  # noqa: N815  # as above
        "Initialized", "Started", "InProgress", "Submitted", "Completed"
    ]
    gradingProgress: Literal[  # noqa: N815  # as above
        "FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"
    ]
    scoreGiven: Annotated[float, Field(ge=0, le=MAX_POINTS)] | None = None  # noqa: N815  # as above
    scoreMaximum: Annotated[float, Field(gt=0, le=MAX_POINTS)] | None = None  # noqa: N815  # as above
    comment: Annotated[str, Field(max_length=10_000)] = ""

    @model_validator(mode="after")
    def _given_of_what(self) -> "ScoreBody":
        if self.scoreGiven is not None and self.scoreMaximum is None:
            raise ValueError("scoreGiven needs a scoreMaximum")
        return self

    def share(self) -> float | None:
        """The score as a share of its maximum; above 1 for extra credit."""
        if self.scoreGiven is None or self.scoreMaximum is None:
            return None
        return self.scoreGiven / self.scoreMaximum


@router.post("/scores", dependencies=[needs(SCOPE_SCORE)])
async def post_score(course_id: str, item_id: str, request: Request, platform: Here) -> Response:
    """The score stands in the gradebook, unless a newer one does already."""
    course = platform.campus.course(course_id)
    item = course.lineitem(item_id)
    body = await read_json(request, ScoreBody, media=MEDIA_SCORE)
    member = platform.campus.member(course, body.userId)
    if member is None or member.role != "Learner" or member.status == "Deleted":
        raise Refusal(400, "not-gradable", "userId is not a learner of this course.")
    key = (item.id, body.userId)
    before = course.grades.get(key)
    if before and datetime.fromisoformat(body.timestamp) <= before.at:
        raise Refusal(409, "not-newer", "A score of that time or a later one is here already.")
    if before is None and len(course.grades) >= MAX_GRADES:
        raise Refusal(409, "gradebook-full", "This demonstration's gradebook is full.")
    course.grades[key] = graded(body, item, before, received=platform.clock())
    platform.campus.touch()
    return JSONResponse({"resultUrl": result_url(platform, course, item, body.userId)})


def graded(body: ScoreBody, item: LineItem, before: Grade | None, *, received: float) -> Grade:
    """The grade after this score; only a fully graded one changes the points (AGS 2.0, 3.4.6)."""
    share = body.share()
    points = before.points if before else None
    if body.gradingProgress == "FullyGraded":
        points = None if share is None else share * item.maximum
    return Grade(
        timestamp=body.timestamp,
        received=datetime.fromtimestamp(received, UTC).isoformat(timespec="milliseconds"),
        activity=body.activityProgress,
        grading=body.gradingProgress,
        points=points,
        comment=body.comment,
    )


@router.get("/results", dependencies=[needs(SCOPE_RESULT_READ)])
async def results(course_id: str, item_id: str, request: Request, platform: Here) -> Response:
    """A page of results; filter `user_id`."""
    require_accept(request, MEDIA_RESULTS)
    course = platform.campus.course(course_id)
    item = course.lineitem(item_id)
    asked = request.query_params.get("user_id")
    listed = (
        written(platform, course, item, person_id=person_id, grade=grade)
        for (of_item, person_id), grade in list(course.grades.items())
        if of_item == item.id and asked in {None, person_id}
    )
    base = platform.url(f"/ags/{course.id}/lineitems/{item.id}/lineitem/results")
    page = page_of(listed, request, base=base)
    return media_json(MEDIA_RESULTS, page.items, next_page=page.next_url)


def written(
    platform: Platform, course: Course, item: LineItem, *, person_id: str, grade: Grade
) -> dict[str, Any]:
    """The result as the service writes it (AGS 2.0, 3.3)."""
    scored = {} if grade.points is None else {"resultScore": grade.points}
    return {
        "id": result_url(platform, course, item, person_id),
        "scoreOf": lineitem_url(platform, course, item.id),
        "userId": person_id,
        "resultMaximum": item.maximum,
        **scored,
        **({"comment": grade.comment} if grade.comment else {}),
    }


def result_url(platform: Platform, course: Course, item: LineItem, person_id: str) -> str:
    """Where that one result is found: the results, narrowed to the person."""
    path = f"/ags/{course.id}/lineitems/{item.id}/lineitem/results"
    return platform.url(f"{path}?type_id=1&user_id={person_id}")
