"""What is right in a course file and may still surprise."""

from collections.abc import Iterator

from coursehub.courses.rules.dates import WEEKDAYS, Moment, WeekDay
from coursehub.courses.rules.file import CourseFile


def remarks(file: CourseFile) -> Iterator[str]:
    """A sentence for each moment that a holiday moved, or that is outside the term."""
    for place, moment in _moments(file):
        yield from _moved(file, place, moment)
        yield from _outside(file, place, moment)


def _moments(file: CourseFile) -> Iterator[tuple[str, Moment]]:
    for module in file.modules:
        if module.release:
            yield f"Module {module.name}, release", module.release
    for item in file.assignments:
        for name, moment in (("release", item.release), ("due", item.due)):
            if moment:
                yield f"Assignment {item.name}, {name}", moment
    for exam in file.exams:
        yield f"Exam {exam.name}, start", exam.starts


def _moved(file: CourseFile, place: str, moment: Moment) -> Iterator[str]:
    if not isinstance(moment.day, WeekDay):
        return
    found = file.calendar.day(moment.day)
    if found.weekday() != moment.day.day:
        name = WEEKDAYS[moment.day.day].capitalize()
        free = f"the {name} of week {moment.day.week} is a holiday"
        yield f"{place}: {free}: it is on {found:%A} {found}."


def _outside(file: CourseFile, place: str, moment: Moment) -> Iterator[str]:
    at, term = file.since(moment), file.term
    if at and term.ends and at.date() > term.ends:
        yield f"{place}: {at:%Y-%m-%d} is after the term's last day, {term.ends}."
    elif at and not isinstance(moment.day, WeekDay) and at.date() < term.starts:
        yield f"{place}: {at:%Y-%m-%d} is before the term's first day, {term.starts}."
