"""The course that is taught: twelve weeks, each with a module and an assignment."""

import shutil
from pathlib import Path
from typing import Final

from tests.grading import notebooks

WEEKS: Final = range(1, 13)
EXAM_WEEK: Final = 6
SECTIONS: Final = ("A", "B", "C", "D")
GRADED: Final = 9.5
"""The points of everybody, once a person has marked the one question that asks for it."""


def module(week: int) -> str:
    return f"week-{week:02}"


def assignment(week: int) -> str:
    return f"ps{week}"


def course_file(materials: str, assistants: tuple[str, ...]) -> str:
    """The whole term in one file: dates, late policy, exam, limits and staff."""
    staff = "".join(
        f"  - {{person: {person}, role: ta, sections: [{section}]}}\n"
        for person, section in zip(assistants, SECTIONS, strict=True)
    )
    modules = "".join(
        f"  - {{name: {module(week)}, title: Week {week}, path: {module(week)}, "
        f"release: week {week} monday 09:00}}\n"
        for week in WEEKS
    )
    assignments = "".join(
        f"  - {{name: {assignment(week)}, title: Problem set {week}, points: 10, "
        f"release: week {week} monday 09:00, due: week {week} friday 23:59}}\n"
        for week in WEEKS
    )
    return (
        "title: Data 8\n"
        "slug: data8\n"
        "term:\n"
        "  starts: 2027-01-11\n"
        "  ends: 2027-04-09\n"
        "  time_zone: America/Toronto\n"
        "  holidays: [2027-02-15/2027-02-19]\n"
        f"materials: {materials}\n"
        f"staff:\n{staff}"
        f"modules:\n{modules}"
        "late: {grace: 15 minutes, per_day: 10%, at_most: 50%, closes: 5 days}\n"
        f"assignments:\n{assignments}"
        "exams:\n"
        "  - name: midterm\n"
        "    title: Midterm\n"
        f"    starts: week {EXAM_WEEK} friday 10:00\n"
        f"    ends: week {EXAM_WEEK} friday 12:00\n"
        f"    assignments: [{assignment(EXAM_WEEK)}]\n"
        "    quota: {memory: 2G}\n"
        "    seats: 250\n"
        "quotas: {student: {memory: 1G, cpu: 1}, seats: 100}\n"
    )


def written(folder: Path) -> None:
    """The term's own notebooks instead of the template's; writing them is counted nowhere."""
    for place in ("assignments/source", "materials"):
        shutil.rmtree(folder / place)
        (folder / place).mkdir()
    (folder / "materials/README.md").write_text("# Data 8\n")
    for week in WEEKS:
        name = assignment(week)
        source = folder / "assignments/source" / name
        source.mkdir(parents=True)
        (source / f"{name}.ipynb").write_bytes(notebooks.source())
        (source / "data.csv").write_text("1,2")
