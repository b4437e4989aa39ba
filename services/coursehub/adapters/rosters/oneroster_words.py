"""OneRoster's words for roles, statuses and terms, in REST and in CSV, 1.1 and 1.2."""

from datetime import date
from typing import Final

_ROLES: Final = {
    "student": "Learner",
    "teacher": "Instructor",
    "administrator": "Administrator",
    "aide": "TeachingAssistant",
    "proctor": "Mentor",  # watches over an exam, marks nothing
    "guardian": "Mentor",
    "parent": "Mentor",
    "relative": "Mentor",
}


def roles_of(word: str) -> tuple[str, ...]:
    """The role in a class that the word gives; none for those that only a school knows."""
    role = _ROLES.get(word.lower())
    return (role,) if role else ()


def status_of(word: str, *, begins: str = "", ends: str = "", today: date) -> str:
    """
    What an entry is on that day: Active, Inactive or Deleted.

    The word is empty in bulk files, where what is listed is active. The first
    day counts, the last one does not (Enrollment, beginDate and endDate, in 1.1 and 1.2).
    """
    if word.lower() == "tobedeleted":
        return "Deleted"
    if word.lower() not in {"", "active"}:
        return "Inactive"  # 1.0 had this word, too
    first, last = _day(begins), _day(ends)
    if (first and today < first) or (last and today >= last):
        return "Inactive"
    return "Active"


def worse_of(*statuses: str) -> str:
    """The status of somebody of whom several entries speak: person, account, enrolment."""
    return max(statuses, key=("Active", "Inactive", "Deleted").index)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
