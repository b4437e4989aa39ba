"""nbgrader's gradebook of one course: where it lies, who may write, what it says."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path
from typing import IO, Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from coursehub.adapters.autograde.parcel import Desk
from coursehub.ports import Grade


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to write one course's gradebook."""

    lock: IO[str]

    @contextmanager
    def given_up(self) -> Iterator[None]:
        """Somebody else's turn, until this ends."""
        flock(self.lock, LOCK_UN)
        try:
            yield
        finally:
            flock(self.lock, LOCK_EX)


@contextmanager
def one_writer(root: Path) -> Iterator[Turn]:
    """One process at a time works in the course's folder; SQLite loses grades otherwise."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".autograde.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        yield Turn(lock)


def course_directory(desk: Desk) -> Any:
    made = CourseDirectory(config=Config())
    made.root = str(desk.root)
    made.course_id = desk.course
    made.assignment_id = desk.assignment
    made.student_id = desk.student
    return made


def read(desk: Desk) -> Grade | None:
    """The grade as the gradebook has it now; None before grading."""
    if not (desk.root / "gradebook.db").exists():
        return None
    with Gradebook(course_directory(desk).db_url, desk.course) as gradebook:
        try:
            found = gradebook.find_submission(desk.assignment, desk.student)
        except MissingEntry:
            return None
        return Grade(
            points=float(found.score),
            max_points=float(found.max_score),
            needs_manual=bool(found.needs_manual_grade),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Automatic:
    """
    What the autograder once wrote into the gradebook for one submission.

    By nbgrader's ids: a grade's score and whether a person must look, a
    solution's comment, a notebook's penalty. What a person gave is not in it.
    """

    timestamp: datetime | None
    grades: Mapping[str, tuple[float | None, bool]]
    comments: Mapping[str, str | None]
    penalties: Mapping[str, float | None]


def automatic(desk: Desk) -> Automatic | None:
    """What the autograder wrote for this submission so far; None before it is in the gradebook."""
    with Gradebook(course_directory(desk).db_url, desk.course) as gradebook:
        try:
            found = gradebook.find_submission(desk.assignment, desk.student)
        except MissingEntry:
            return None
        books = found.notebooks
        return Automatic(
            timestamp=found.timestamp,
            grades={g.id: (g.auto_score, g.needs_manual_grade) for b in books for g in b.grades},
            comments={c.id: c.auto_comment for b in books for c in b.comments},
            penalties={b.id: b.late_submission_penalty for b in books},
        )


def put_back(desk: Desk, earlier: Automatic) -> None:
    """The gradebook says again what it said of the earlier version; marks by hand stay."""
    with Gradebook(course_directory(desk).db_url, desk.course) as gradebook:
        found = gradebook.find_submission(desk.assignment, desk.student)
        found.timestamp = earlier.timestamp
        for notebook in found.notebooks:
            if notebook.id in earlier.penalties:
                notebook.late_submission_penalty = earlier.penalties[notebook.id]
            for grade in notebook.grades:
                if grade.id in earlier.grades:
                    grade.auto_score, grade.needs_manual_grade = earlier.grades[grade.id]
            for comment in notebook.comments:
                if comment.id in earlier.comments:
                    comment.auto_comment = earlier.comments[comment.id]
        gradebook.db.commit()


def notebooks_of(desk: Desk) -> list[str]:
    """Names of the assignment's notebooks in the gradebook; none before it is generated."""
    if not (desk.root / "gradebook.db").exists():
        return []
    with Gradebook(course_directory(desk).db_url, desk.course) as gradebook:
        try:
            return [one.name for one in gradebook.find_assignment(desk.assignment).notebooks]
        except MissingEntry:
            return []
