"""The tables. Importing this package makes all of them known to SQLModel's metadata."""

from coursehub.model import (
    assignment,
    course,
    course_file,
    grading,
    institution,
    ledger,
    module,
    privacy,
    quota,
    roster,
    roster_source,
)

__all__ = [
    "assignment",
    "course",
    "course_file",
    "grading",
    "institution",
    "ledger",
    "module",
    "privacy",
    "quota",
    "roster",
    "roster_source",
]
