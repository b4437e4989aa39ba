"""Basic Outcomes: LTI 1.1's scores, into the same gradebook (LTI 1.1.1, 6)."""

import re
import secrets
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from fastapi import APIRouter, Request, Response

from coursehub_demo_lms.consumer import SKEW_S, verified
from coursehub_demo_lms.forms import media_type
from coursehub_demo_lms.lti11 import SOURCED_ID, require_lti11
from coursehub_demo_lms.platform import Here, Platform, disturbance
from coursehub_demo_lms.pox import OPERATIONS, Asked, Unreadable, asked
from coursehub_demo_lms.rendering import xml
from coursehub_demo_lms.scores import MAX_GRADES
from coursehub_demo_lms.state import Course, Grade, LineItem

PATH = "/lti11/outcomes"
SHARE = re.compile(r"(?:0(?:\.\d{1,20})?|1(?:\.0{1,20})?|\.\d{1,20})")

router = APIRouter(dependencies=[disturbance("ags")])


class Cell(NamedTuple):
    """One cell of the gradebook."""

    course: Course
    item: LineItem
    person: str


class Said(NamedTuple):
    """The answer: how it went, in a sentence, with the score that was read."""

    outcome: Literal["success", "failure", "unsupported"]
    sentence: str
    score: str | None = None


@router.post(PATH)
async def outcomes(request: Request, platform: Here) -> Response:
    """One score replaced, read or deleted; what went wrong is said in the envelope."""
    require_lti11(platform)
    body = await request.body()
    header = request.headers.get("authorization", "")
    if media_type(request) != "application/xml":
        return answer(None, Said("failure", "Send the body as application/xml."), status=415)
    signed = verified(platform.consumer, url=platform.url(PATH), header=header, body=body)
    if signed is None:
        sentence = "The OAuth signature, its time or its body hash is wrong."
        return answer(None, Said("failure", sentence), status=401)
    until = platform.clock() + 2 * SKEW_S
    if not platform.assertions.first_time(f"lti11 {signed.nonce}", until=until):
        return answer(None, Said("failure", "That message has been sent before."), status=401)
    try:
        wanted = asked(body)
    except Unreadable as cause:
        return answer(None, Said("failure", str(cause)), status=400)
    return answer(wanted, done(platform, wanted))


def done(platform: Platform, wanted: Asked) -> Said:
    """The operation, done in the gradebook, or why not."""
    if wanted.operation not in OPERATIONS:
        return Said("unsupported", "Only replaceResult, readResult and deleteResult are known.")
    cell = cell_of(platform, wanted.sourced_id)
    if cell is None:
        return Said("failure", "sourcedId is not of this platform, or its cell is gone.")
    if wanted.operation == "readResult":
        return read(cell)
    if wanted.operation == "deleteResult":
        cell.course.grades.pop((cell.item.id, cell.person), None)
        platform.campus.touch()
        return Said("success", "The score is deleted.")
    return replaced(platform, cell, wanted.score or "")


def cell_of(platform: Platform, sourced_id: str) -> Cell | None:
    """The cell that this sourcedId was given out for, if it is still there."""
    opened = platform.seal.open(SOURCED_ID, sourced_id)
    course = platform.campus.courses.get(opened["course"]) if opened else None
    if opened is None or course is None:
        return None
    item = course.lineitems.get(opened["item"])
    member = platform.campus.member(course, opened["person"])
    return Cell(course, item, opened["person"]) if item and member else None


def read(cell: Cell) -> Said:
    """The score as a share of the maximum; empty where there is none."""
    grade = cell.course.grades.get((cell.item.id, cell.person))
    if grade is None or grade.points is None:
        return Said("success", "There is no score yet.", "")
    return Said("success", "The score is read.", f"{min(grade.points / cell.item.maximum, 1):.6g}")


def replaced(platform: Platform, cell: Cell, score: str) -> Said:
    """The score in the gradebook, if it is a number from 0 to 1."""
    if not SHARE.fullmatch(score):
        return Said("failure", "textString is not a decimal number from 0.0 to 1.0.")
    key = (cell.item.id, cell.person)
    if key not in cell.course.grades and len(cell.course.grades) >= MAX_GRADES:
        return Said("failure", "This demonstration's gradebook is full.")
    now = datetime.fromtimestamp(platform.clock(), UTC).isoformat(timespec="milliseconds")
    cell.course.grades[key] = Grade(
        timestamp=now,
        received=now,
        activity="Completed",
        grading="FullyGraded",
        points=float(score) * cell.item.maximum,
    )
    platform.campus.touch()
    return Said("success", "The score is kept.")


def answer(wanted: Asked | None, said: Said, *, status: int = 200) -> Response:
    """The envelope of the answer."""
    return xml(
        "outcome.xml", status=status, message_id=secrets.token_hex(8), wanted=wanted, said=said
    )
