"""A form filled in: settings as its fields show them, and what is typed in them as settings."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from coursehub.courses.rules.forms import OWN_LATE, Field, Form, Kind
from coursehub.courses.rules.settings import Place, Settings, part_of

Sent = Mapping[str, str]
"""What a browser sends of a form, by the fields' names."""


def shown(form: Form, settings: Settings, name: str = "") -> dict[str, str]:
    """What stands in each field; for a thing that is not there yet, what is so by default."""
    place = form.place(name)
    zone = ZoneInfo(str(settings["term", "time_zone"]))
    late = _own_late(form, settings, name)
    found = dict[str, str]()
    for field in form.fields:
        if field.name == OWN_LATE:
            found[field.name] = "1" if late else ""
        elif _is_of_own_late(form, field):
            found[field.name] = _text(field, late.get(field.path[1]), zone)
        else:
            value = settings.get((*place, *field.path), field.kind is Kind.TICK)
            found[field.name] = _text(field, value, zone)
    return found


def typed(form: Form, settings: Settings, name: str, sent: Sent) -> dict[Place, Any]:
    """
    The thing's settings as they were typed; what was not touched is as it was, letter by letter.

    A field that is empty gives none, so that the default holds.
    """
    place, before = form.place(name), shown(form, settings, name)
    found = part_of(settings, place)
    for field in form.fields:
        if field.name == OWN_LATE or _is_of_own_late(form, field):
            continue
        where, words = (*place, *field.path), _words(sent, field)
        if where in found and words == before[field.name]:
            continue
        found.pop(where, None)
        if words or field.kind is Kind.TICK:
            found[where] = _value(field, words)
    if form.has_own_late:
        found[*place, "late"] = _typed_late(form, sent)
    if form.is_named:
        found[*place, "name"] = name
    return found


def _own_late(form: Form, settings: Settings, name: str) -> Mapping[str, Any]:
    found = settings.get((*form.place(name), "late")) if form.has_own_late else None
    return found or {}


def _is_of_own_late(form: Form, field: Field) -> bool:
    return form.has_own_late and field.path[0] == "late"


def _typed_late(form: Form, sent: Sent) -> dict[str, str] | None:
    """The policy as one setting; None where the course's is to hold."""
    if not sent.get(OWN_LATE):
        return None
    fields = (field for field in form.fields if _is_of_own_late(form, field))
    return {field.path[1]: words for field in fields if (words := _words(sent, field))}


def _words(sent: Sent, field: Field) -> str:
    return sent.get(field.name, "").replace("\r\n", "\n").strip()


def _text(field: Field, value: Any, zone: ZoneInfo) -> str:
    """A setting as its field shows it."""
    if value is None or value is False:
        return ""
    if field.kind is Kind.MOMENT:
        return _on_the_wall(str(value), zone)
    write = _WRITERS.get(field.kind, str)
    return write(value)


def _on_the_wall(moment: str, zone: ZoneInfo) -> str:
    """The moment as a datetime-local field takes it, which knows no offset (HTML, 4.10.5.1.11)."""
    at = datetime.fromisoformat(moment)
    if at.tzinfo:
        at = at.astimezone(zone).replace(tzinfo=None)
    return at.isoformat(timespec="seconds" if at.second else "minutes")


def _value(field: Field, words: str) -> Any:
    """What is typed in a field, as a course file would write it."""
    read = _READERS.get(field.kind, str)
    return read(words)


def _number(words: str) -> Any:
    try:
        return int(words) if words.isdecimal() else float(words)
    except ValueError:
        return words  # the rules say what is wrong with it


def _day_line(holiday: Any) -> str:
    return f"{holiday['days']} {holiday['name']}" if isinstance(holiday, dict) else str(holiday)


def day(line: str) -> Any:
    """A line of days without teaching, `2027-03-26 Good Friday`, as a course file writes it."""
    days, _, name = line.partition(" ")
    return {"name": name.strip(), "days": days} if name.strip() else days


_WRITERS: Final[Mapping[Kind, Callable[[Any], str]]] = {
    Kind.TICK: lambda _: "1",
    Kind.NUMBER: lambda value: f"{value:.15g}",
    Kind.WORDS: " ".join,
    Kind.DAYS: lambda days: "\n".join(map(_day_line, days)),
}
_READERS: Final[Mapping[Kind, Callable[[str], Any]]] = {
    Kind.TICK: bool,
    Kind.NUMBER: _number,
    Kind.WORDS: lambda words: words.replace(",", " ").split(),
    Kind.DAYS: lambda words: [day(line.strip()) for line in words.splitlines() if line.strip()],
}
