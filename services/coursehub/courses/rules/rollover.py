"""A course file moved to a new term: weekdays are kept, holidays skipped, people left behind."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from coursehub.courses.rules import dates
from coursehub.courses.rules.dates import Calendar, Moment, WeekDay
from coursehub.courses.rules.file import CourseFile, understood
from coursehub.courses.rules.text import Path, Written, read, rewritten
from coursehub.errors import Invalid
from coursehub.vocabulary.roster import SourceKind
from coursehub.vocabulary.terms import Holiday

MOMENTS: Final = frozenset({"release", "due", "starts", "ends"})
PEOPLE: Final = frozenset({"extensions", "extra_time"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A day of the old term and where it is in the new one; `why` where its weekday changed."""

    place: str
    before: str
    after: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTerm:
    """The file of the new term, and what moved in it."""

    text: str
    moved: tuple[Moved, ...]


def rolled_over(
    text: str,
    *,
    starts: date,
    ends: date | None = None,
    holidays: tuple[Holiday, ...] = (),
    slug: str = "",
) -> NextTerm:
    """
    The course file for a term that starts on that day.

    Days keep their teaching week and weekday; one that falls on a holiday
    moves to the next teaching day. Extensions stay behind with the people they
    are for, and so do TAs and the lists of the old course's people beside the
    LMS's; every other letter of the file, comments included, stays. Without
    `ends` the term has as many teaching weeks as before.
    Invalid for a faulty file, or a term that ends before it starts.
    """
    written = read(text)
    file = understood(written)
    old = file.calendar
    new = Calendar(starts=starts, zone=old.zone, holidays=holidays)
    last = ends or (new.day(old.placed(file.term.ends)) if file.term.ends else None)
    if last and last < starts:
        raise Invalid("term-ends-first", f"The term would end on {last}, before {starts}.")
    moved = list(_moved(written, old, new))
    changes = {path: after for path, after, _ in moved}
    changes |= _term(written, starts=starts, ends=last, holidays=holidays)
    changes |= {path: "[]" for path in written.values if _is_of_people(path)}
    changes |= _staff(file)
    if any(source.kind is not SourceKind.LTI for source in file.roster.sources):
        changes["roster", "sources"] = "[]"
    if slug:
        changes[("slug",)] = slug
    new_text = rewritten(written, changes)
    understood(read(new_text))  # what we wrote ourselves must be readable too
    return NextTerm(text=new_text, moved=tuple(told for _, _, told in moved))


def _moved(written: Written, old: Calendar, new: Calendar) -> Iterator[tuple[Path, str, Moved]]:
    """Every moment that is a day of the calendar: its place, its new text, and the move."""
    for path in written.values:
        if not _is_moment(path):
            continue
        moment = dates.moment(_at(written, path))
        if isinstance(moment.day, WeekDay):
            continue
        day, why = moved_day(moment.day, old, new)
        after = str(Moment(day, moment.at))
        yield (
            path,
            after,
            Moved(place=_told(written, path), before=str(moment), after=after, why=why),
        )


def _told(written: Written, path: Path) -> str:
    """Where a moment stands, by the names of things: `assignments ps1 due`."""
    words = list[str]()
    for depth, key in enumerate(path):
        item = _at(written, path[: depth + 1])
        words.append(str(item.get("name", key)) if isinstance(item, dict) else str(key))
    return " ".join(words)


def moved_day(day: date, old: Calendar, new: Calendar) -> tuple[date, str]:
    """The day's place in the new term, and why it is not on the same weekday, if it is not."""
    placed = old.placed(day)
    found = new.day(placed)
    if found.weekday() == day.weekday():
        return found, ""
    name = dates.WEEKDAYS[day.weekday()].capitalize()
    return found, f"the {name} of week {placed.week} is a holiday"


def _is_of_people(path: Path) -> bool:
    return path == ("extensions",) or (len(path) > 2 and path[-1] in PEOPLE)  # noqa: PLR2004


def _is_moment(path: Path) -> bool:
    return (
        len(path) > 2  # noqa: PLR2004 - term.starts is the term's own
        and path[-1] in MOMENTS
        and path[0] != "term"
        and not PEOPLE & set(path)
    )


def _term(
    written: Written, *, starts: date, ends: date | None, holidays: tuple[Holiday, ...]
) -> dict[Path, str]:
    """The term's own days, whose keys are added where they are missing."""
    found: dict[Path, str] = {("term", "starts"): starts.isoformat()}
    days = f"[{', '.join(_holiday(each) for each in holidays)}]"
    lines = {"ends": ends.isoformat() if ends else "", "holidays": days if holidays else ""}
    for key, line in lines.items():
        if ("term", key) in written.values:
            found["term", key] = line or "[]"
        elif line:
            found["term", "starts"] += f"{written.between('term', 'starts')}{key}: {line}"
    return found


def _holiday(each: Holiday) -> str:
    return f"{{name: {_quoted(each.name)}, days: {each}}}" if each.name else str(each)


def _quoted(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"


def _staff(file: CourseFile) -> dict[Path, str]:
    """The staff without TAs, who are others each term."""
    if all(each.role == "instructor" for each in file.staff):
        return {}
    stay = [each for each in file.staff if each.role == "instructor"]
    lines = ", ".join(f"{{person: {_quoted(each.person)}, role: instructor}}" for each in stay)
    return {("staff",): f"[{lines}]"}


def _at(written: Written, path: Path) -> object:
    found: object = written.content
    for key in path:
        found = found[key]  # type: ignore[index]  # the path is from this content
    return found
