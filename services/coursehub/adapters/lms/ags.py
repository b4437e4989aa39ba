"""Assignment and Grade Services 2.0: line items, scores, results."""

from datetime import UTC
from typing import Any

import httpx

from coursehub.adapters.lms.services import Services
from coursehub.errors import Invalid, Unreachable
from coursehub.ports import LmsResult, LmsScore, PlatformAccess

_SCOPES = "https://purl.imsglobal.org/spec/lti-ags/scope/"
_LINEITEM = f"{_SCOPES}lineitem"
_SCORE = f"{_SCOPES}score"
_RESULT = f"{_SCOPES}result.readonly"
_MEDIA_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
_MEDIA_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
_MEDIA_SCORE = "application/vnd.ims.lis.v1.score+json"
_MEDIA_RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
_LONGEST_COMMENT = 4_000


async def line_item(
    services: Services,
    access: PlatformAccess,
    lineitems_url: str,
    *,
    resource_id: str,
    label: str,
    max_points: float,
) -> str:
    """The address of the line item with that resource id, made if there is none."""
    asked = httpx.URL(lineitems_url).copy_merge_params({"resource_id": resource_id})
    pages = services.pages(access, str(asked), scope=_LINEITEM, accept=_MEDIA_ITEMS)
    async for page in pages:
        # Not every platform heeds the filter.
        for item in _objects(page):
            if item.get("resourceId") == resource_id:
                return _address(item)
    body = {"label": label[:255], "scoreMaximum": max_points, "resourceId": resource_id}
    reply = await services.post(access, lineitems_url, body, scope=_LINEITEM, media=_MEDIA_ITEM)
    return _address(reply.json())


async def post_score(
    services: Services, access: PlatformAccess, line_item_url: str, score: LmsScore
) -> None:
    """
    Nothing, once the platform has taken the score.

    Conflict where it holds one of that time or later (3.4.7), Invalid where
    it will not grade that person.
    """
    if score.max_points <= 0:
        raise Invalid("no-points", "An assignment without points has no score to send.")
    url = part_of(line_item_url, "scores")
    await services.post(access, url, _written(score), scope=_SCORE, media=_MEDIA_SCORE)


async def result(
    services: Services, access: PlatformAccess, line_item_url: str, *, subject: str
) -> LmsResult | None:
    """What the platform's gradebook shows for that person; None where it shows nothing."""
    url = httpx.URL(part_of(line_item_url, "results")).copy_merge_params({"user_id": subject})
    pages = services.pages(access, str(url), scope=_RESULT, accept=_MEDIA_RESULTS)
    async for page in pages:
        for found in _objects(page):
            if str(found.get("userId")) == subject:
                return LmsResult(
                    subject=subject,
                    points=_number(found.get("resultScore")),
                    max_points=_number(found.get("resultMaximum")),
                )
    return None


def part_of(line_item_url: str, part: str) -> str:
    """The address of `/scores` or `/results`: in the path, before any query (AGS 3.3, 3.4)."""
    url = httpx.URL(line_item_url)
    path, mark, query = url.raw_path.partition(b"?")
    return str(url.copy_with(raw_path=path.rstrip(b"/") + b"/" + part.encode() + mark + query))


def _written(score: LmsScore) -> dict[str, Any]:
    moment = score.scored_at.astimezone(UTC).isoformat(timespec="milliseconds")
    body: dict[str, Any] = {
        "userId": score.subject,
        "timestamp": moment.replace("+00:00", "Z"),
        "activityProgress": "Submitted" if score.pending_manual else "Completed",
        "gradingProgress": "PendingManual" if score.pending_manual else "FullyGraded",
    }
    if not score.pending_manual:
        body |= {"scoreGiven": score.points, "scoreMaximum": score.max_points}
    if score.comment:
        body["comment"] = score.comment[:_LONGEST_COMMENT]
    return body


def _objects(page: Any) -> list[dict[str, Any]]:
    if not isinstance(page, list):
        raise _malformed()
    return [one for one in page if isinstance(one, dict)]


def _address(item: Any) -> str:
    found = item.get("id") if isinstance(item, dict) else None
    if not isinstance(found, str) or not found.startswith(("http://", "https://")):
        raise _malformed()
    return found


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def _malformed() -> Unreachable:
    return Unreachable("lms-malformed", "The LMS gave a gradebook answer that cannot be read.")
