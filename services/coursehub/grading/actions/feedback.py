"""Feedback made by nbgrader from the gradebook, and given to the authors."""

import asyncio
import io
from collections.abc import Mapping

from coursehub.grading.actions import exchange, scoring
from coursehub.grading.actions.desk import Desk
from coursehub.grading.actions.scoring import Counted
from coursehub.grading.rules.exchange import FileEntry
from coursehub.ports import Autograder, Clock, GradeRequest
from coursehub.vocabulary.courses import CourseKey

_MOST_BYTES = 100_000_000


async def release(desk: Desk, autograder: Autograder, clock: Clock, assignment: str) -> int:
    """How many graded submissions have feedback that their authors may fetch."""
    course = CourseKey(desk.course_key)
    every = await asyncio.to_thread(scoring.graded, desk.store, course, assignment)
    for of in every:
        request = GradeRequest(
            course=course, assignment=assignment, student=of.student, received_at=of.received_at
        )
        files = await autograder.feedback(request)
        await asyncio.to_thread(_give, desk, assignment, of, files, clock)
    return len(every)


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
