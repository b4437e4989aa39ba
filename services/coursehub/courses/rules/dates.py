"""Dates of a term: given by the day, or by week and weekday; holidays are skipped."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Any, Final
from zoneinfo import ZoneInfo

from coursehub.vocabulary.terms import Holiday

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
END_OF_DAY: Final = time(23, 59)
START_OF_DAY: Final = time(0, 0)
MOST_WEEKS: Final = 60
_WEEKEND: Final = 5
_RELATIVE: Final = re.compile(r"week +([0-9]{1,2}) +([a-z]+)(?:(?: +at)? +([0-9]{1,2}:[0-9]{2}))?")
_ABSOLUTE: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?: ?(?:Z|[+-][0-9]{2}:[0-9]{2}))?))?"
)
HOW: Final = "write a moment like 2027-03-15 23:59, or week 3 friday 23:59"


@dataclass(frozen=True, slots=True, order=True)
class WeekDay:
    """A day of a teaching week: weeks count from 1, days from 0 on Monday."""

    week: int
    day: int


@dataclass(frozen=True, slots=True)
class Moment:
    """
    A moment as a file writes it: a day of the calendar or of a week, and maybe a time.

    A time with an offset is that moment everywhere; any other is meant on the
    clocks of the course's zone.
    """

    day: date | WeekDay
    at: time | None = None

    def __str__(self) -> str:
        """As a course file writes it."""
        if isinstance(self.day, WeekDay):
            day = f"week {self.day.week} {WEEKDAYS[self.day.day]}"
        else:
            day = self.day.isoformat()
        if self.at is None:
            return day
        if self.at.tzinfo:
            return f"{day}T{self.at.isoformat()}"
        return f"{day} {self.at:%H:%M}" + (f":{self.at:%S}" if self.at.second else "")


def moment(written: Any) -> Moment:
    """The moment that a file's value means; ValueError for anything else."""
    if isinstance(written, Moment):
        return written
    if isinstance(written, datetime):
        return Moment(written.date(), written.timetz().replace(microsecond=0))
    if isinstance(written, date):
        return Moment(written)
    text = " ".join(written.split()) if isinstance(written, str) else ""
    return _relative(text.lower()) if text.lower().startswith("week") else _absolute(text)


def _relative(text: str) -> Moment:
    found = _RELATIVE.fullmatch(text)
    if not found:
        raise ValueError(HOW)
    week = int(found[1])
    if not 1 <= week <= MOST_WEEKS:
        raise ValueError(f"a term has weeks 1 to {MOST_WEEKS}, not {week}")
    return Moment(WeekDay(week, _weekday(found[2])), _time(found[3]))


def _weekday(word: str) -> int:
    for number, name in enumerate(WEEKDAYS):
        if len(word) >= 3 and name.startswith(word):  # noqa: PLR2004 - mon, tue, wed
            return number
    near = get_close_matches(word, WEEKDAYS, n=1)
    raise ValueError(f"{word!r} is no day of the week" + (f"; is it {near[0]}?" if near else ""))


def _absolute(text: str) -> Moment:
    found = _ABSOLUTE.fullmatch(text)
    if not found:
        raise ValueError(HOW)
    try:
        return Moment(date.fromisoformat(found[1]), _time(found[2]))
    except ValueError as cause:
        raise ValueError(f"there is no such moment ({cause})") from cause


def _time(text: str | None) -> time | None:
    if text is None:
        return None
    try:
        found = time.fromisoformat(text.replace(" ", "").rjust(5, "0"))
        return found.replace(microsecond=0)
    except ValueError as cause:
        raise ValueError(f"there is no such time as {text!r}; write one like 23:59") from cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """
    A term's days.

    Week 1 is the week, from Monday on, of the first day. A week all of whose
    weekdays are holidays is not counted.
    """

    starts: date
    zone: ZoneInfo
    ends: date | None = None
    holidays: tuple[Holiday, ...] = ()
    _mondays: list[date] = field(default_factory=list, repr=False, compare=False)

    def is_holiday(self, day: date) -> bool:
        """Whether nobody teaches that day."""
        return any(each.first <= day <= each.last for each in self.holidays)

    def monday(self, week: int) -> date:
        """The Monday of a teaching week, counted from 1."""
        if not self._mondays:
            first = self.starts - timedelta(days=self.starts.weekday())
            weeks = (first + timedelta(weeks=number) for number in range(2 * MOST_WEEKS))
            self._mondays.extend(each for each in weeks if not self._is_free(each))
        return self._mondays[min(week, len(self._mondays)) - 1]

    def day(self, placed: WeekDay) -> date:
        """
        The day that a week and a weekday name.

        From a holiday it moves on to the next day that is none: from Monday to
        Friday to the next of those.
        """
        found = self.monday(placed.week) + timedelta(days=placed.day)
        while self.is_holiday(found) or (placed.day < _WEEKEND <= found.weekday()):
            found += timedelta(days=1)
        return found

    def placed(self, day: date) -> WeekDay:
        """
        The teaching week and weekday of a day.

        Days of a free week belong to the teaching week before it, and those
        before the term to its first.
        """
        self.monday(1)
        past = [each for each in self._mondays if each <= day]
        return WeekDay(max(len(past), 1), day.weekday())

    def resolve(self, when: Moment, *, default: time) -> datetime:
        """
        The moment itself, with a zone; where no time is given it is `default`.

        A time that a change of clocks leaves out is meant as if they had not
        been changed yet, and one that comes twice is the first (PEP 495).
        """
        day = self.day(when.day) if isinstance(when.day, WeekDay) else when.day
        clock = when.at or default
        if clock.tzinfo:
            return datetime.combine(day, clock)
        return datetime.combine(day, clock, tzinfo=self.zone)

    def written(self, at: datetime) -> Moment:
        """A moment by the clocks of the course, as a file writes it."""
        here = at.astimezone(self.zone).replace(microsecond=0)
        if here.replace(fold=0).astimezone(UTC) != at.replace(microsecond=0):  # the second of two
            return Moment(
                at.astimezone(UTC).date(), at.astimezone(UTC).timetz().replace(microsecond=0)
            )
        return Moment(here.date(), here.time().replace(fold=0))

    def _is_free(self, monday: date) -> bool:
        return all(self.is_holiday(monday + timedelta(days=number)) for number in range(_WEEKEND))
