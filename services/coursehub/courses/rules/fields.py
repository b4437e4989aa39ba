"""Kinds of values in a course file: how each is read, written again, and told to an editor."""

from datetime import date
from typing import Annotated, Any, Final
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

from coursehub.courses.rules import amounts, dates
from coursehub.courses.rules.dates import Moment
from coursehub.courses.rules.spelling import nearest
from coursehub.vocabulary.limits import memory_text
from coursehub.vocabulary.repositories import fault_of_url, is_safe_path
from coursehub.vocabulary.terms import Holiday, Length

PROTOCOLS: Final = frozenset({"http", "https", "file"})
"""Those that a file may name; which of them this Hub uses is its administrator's setting."""

A_DATE: Final = "write a date like 2027-03-15"


class Part(BaseModel):
    """A part of a course file: nothing in it that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _day(written: Any) -> date:
    """The day; pydantic would read 20270315 as seconds since 1970."""
    try:
        found = dates.moment(written)
    except ValueError as cause:
        raise ValueError(str(cause).replace(dates.HOW, A_DATE)) from cause
    if found.at is not None or not isinstance(found.day, date):
        raise ValueError(A_DATE)
    return found.day


def holiday(written: Any) -> Holiday:
    """The days without teaching that a file's value means; ValueError for anything else."""
    if isinstance(written, Holiday):
        return written
    given = dict(written) if isinstance(written, dict) else {"days": written}
    name, days = given.pop("name", ""), given.pop("days", None)
    if isinstance(days, str) and "/" in days:
        given["from"], _, given["to"] = days.partition("/")
    elif days is not None:
        given["from"] = given["to"] = days
    if given.keys() != {"from", "to"} or not isinstance(name, str):
        raise ValueError("write a date, or two like 2027-02-15/2027-02-19, or name:, days:")
    first, last = _day(given["from"]), _day(given["to"])
    if last < first:
        raise ValueError(f"these holidays end on {last}, before they begin on {first}")
    return Holiday(first, last, name.strip()[:200])


def _write_holiday(holiday: Holiday) -> Any:
    if not holiday.name:
        return str(holiday)
    return {"name": holiday.name, "days": str(holiday)}


def _zone(name: str) -> str:
    known = available_timezones()
    if name not in known:
        hint = nearest(name, known) or "one like America/Toronto"
        raise ValueError(f"no such time zone: {name!r}; try {hint}")
    return name


def _memory(text: str) -> str:
    if text:
        amounts.memory_bytes(text)
    return text


def _write_memory(text: str) -> str:
    return memory_text(amounts.memory_bytes(text)) if text else ""


def _folder(path: str) -> str:
    if not is_safe_path(path) or not path.isprintable():
        raise ValueError(f"{path!r} must be a folder inside the repository, like 01-tables")
    return path


def _repository(url: str) -> str:
    if url and (fault := fault_of_url(url, protocols=PROTOCOLS)):
        raise ValueError(fault)
    return url


def _textual(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


_LINE: Final = r"^[^\x00-\x1f\x7f]*$"

NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"

Name = Annotated[str, StringConstraints(pattern=NAME)]
Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_LINE),
]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=255, pattern=_LINE)]
Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2027-01-11"]}),
]
When = Annotated[
    Moment,
    PlainValidator(dates.moment),
    PlainSerializer(str),
    _textual(
        r"^([0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:+Z-]+)?|[Ww]eek +[0-9]+ +[A-Za-z]+( +[0-9:]+)?)$",
        "week 3 friday 23:59",
        "2027-03-15 23:59",
    ),
]
HolidayField = Annotated[
    Holiday,
    PlainValidator(holiday),
    PlainSerializer(_write_holiday),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "examples": ["2027-02-15", "2027-02-15/2027-02-19"]},
                {"type": "object", "properties": {"name": {"type": "string"}}},
            ]
        }
    ),
]
LengthField = Annotated[
    Length,
    PlainValidator(amounts.length),
    PlainSerializer(amounts.length_text),
    _textual(r"^[0-9]+ ?(weeks?|days?|hours?|minutes?|w|d|h|min|m)$", "2 days", "15 minutes"),
]
Share = Annotated[
    float,
    BeforeValidator(amounts.percent),
    PlainSerializer(amounts.percent_text),
    _textual(r"^[0-9.]+ ?%$", "10%"),
]
Money = Annotated[
    int,
    BeforeValidator(amounts.microusd),
    PlainSerializer(amounts.money_text),
    _textual(r"^[0-9.]+( ?USD)?$", "500 USD"),
]
Zone = Annotated[str, AfterValidator(_zone)]
Memory = Annotated[
    str,
    AfterValidator(_memory),
    PlainSerializer(_write_memory),
    _textual(r"^([0-9.]+ ?[KMGTkmgt])?$", "2G"),
]
Folder = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_folder)]
Repository = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_repository)]
