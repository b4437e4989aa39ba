"""Feedback made by nbgrader from the gradebook, and given to the authors."""

import asyncio
import io
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import col, select

from coursehub.errors import CoursehubError
from coursehub.grading.actions import exchange, scoring
from coursehub.grading.actions.board import found
from coursehub.grading.actions.desk import Desk, id_of
from coursehub.grading.actions.scoring import Counted
from coursehub.grading.rules.exchange import FileEntry
from coursehub.model.grading import Score
from coursehub.model.institution import Person
from coursehub.ports import Autograder, Clock, GradeRequest
from coursehub.vocabulary.courses import CourseKey

_MOST_BYTES = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Someone who is graded and whose feedback could not be released, and why."""

    person_id: int
    student: str
    name: str
    reason: str


async def release(desk: Desk, autograder: Autograder, clock: Clock, assignment: str) -> int:
    """
    How many graded submissions have feedback that their authors may fetch.

    One that cannot have it stops no other; why is kept for `withheld`.
    """
    course = CourseKey(desk.course_key)
    every = await asyncio.to_thread(scoring.graded, desk.store, course, assignment)
    released = 0
    for of in every:
        reason = await _release_one(desk, autograder, clock, assignment, of)
        await asyncio.to_thread(_note, desk, of, reason)
        released += not reason
    return released


async def _release_one(
    desk: Desk, autograder: Autograder, clock: Clock, assignment: str, of: Counted
) -> str:
    """Why this submission's feedback could not be released; empty where it was."""
    request = GradeRequest(
        course=desk.course_key,
        assignment=assignment,
        student=of.student,
        received_at=of.received_at,
    )
    try:
        files = await autograder.feedback(request)
        await asyncio.to_thread(_give, desk, assignment, of, files, clock)
    except CoursehubError as error:
        return error.message
    return ""


def withheld(desk: Desk, assignment: str) -> list[Withheld]:
    """Whose feedback the last release could not give, by name."""
    with desk.store.reading(desk.institution_id) as session:
        row = found(session, desk, assignment)
        rows = session.exec(
            select(Person, Score.feedback_error)
            .join(Score, col(Score.person_id) == Person.id)
            .where(Score.assignment_id == id_of(row), Score.feedback_error != "")
            .order_by(col(Person.name), col(Person.id))
        )
        return [
            Withheld(
                person_id=person.id or 0,
                student=person.hub_name or "",
                name=person.name or person.hub_name or "",
                reason=reason,
            )
            for person, reason in rows
        ]


def _note(desk: Desk, of: Counted, reason: str) -> None:
    with desk.store.writing(desk.institution_id) as session:
        score = session.exec(
            select(Score).where(Score.submission_id == of.submission_id)
        ).one_or_none()
        # A newer version may have been graded since.
        if score is not None and score.feedback_error != reason:
            score.feedback_error = reason


def _give(
    desk: Desk, assignment: str, of: Counted, files: Mapping[str, bytes], clock: Clock
) -> None:
    kept = [
        (path, desk.blobs.put(io.BytesIO(content), max_bytes=_MOST_BYTES))
        for path, content in files.items()
    ]
    exchange.release_feedback(
        desk,
        assignment,
        of.student,
        [
            FileEntry(path=path, sha256=blob.sha256, size_bytes=blob.size_bytes)
            for path, blob in kept
        ],
        at=clock.now(),
        received_at=of.received_at,
    )
