"""A course file as a flat list of settings, by which two of them are compared."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from coursehub.courses.rules.dates import Moment
from coursehub.courses.rules.file import CourseFile
from coursehub.courses.rules.parts import AssignmentItem, ExamItem, Extension

Place = tuple[str, ...]
"""Where a setting stands: `("assignments", "ps1", "due")`."""

Settings = Mapping[Place, Any]
"""Every setting of a course, as a file writes it, with its dates as days of the calendar."""

_KEYS: Final = {
    "modules": ("name",),
    "assignments": ("name",),
    "exams": ("name",),
    "staff": ("person",),
    "extensions": ("person", "section"),
    "extra_time": ("person", "section"),
}
ORDER: Final = "(order)"
_NOT_COMPARED: Final = frozenset({"slug", "institution", "materials"})
"""What the Hub and the LMS say of a course; and the default of what each module says."""


def settings_of(file: CourseFile) -> dict[Place, Any]:
    """The file's settings; those that it leaves out have their defaults."""
    content = resolved(file).model_dump(mode="json")
    return {place: value for place, value in _flat(content, ()) if place[0] not in _NOT_COMPARED}


def file_of(settings: Settings, *, slug: str, institution: str = "") -> CourseFile:
    """The file with these settings; pydantic's ValidationError where they do not fit together."""
    content: dict[str, Any] = {"slug": slug, "institution": institution}
    for place, value in settings.items():
        part = content
        for key in place[:-1]:
            part = part.setdefault(key, {})
        part[place[-1]] = value
    return CourseFile.model_validate(_listed(content))


def part_of(settings: Settings, place: Place) -> dict[Place, Any]:
    """The settings that stand at a place or below it."""
    return {where: value for where, value in settings.items() if where[: len(place)] == place}


def mark(*every: Settings) -> str:
    """A mark that differs where any of these settings does."""
    words = [[(list(place), value) for place, value in sorted(one.items())] for one in every]
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()


def resolved(file: CourseFile) -> CourseFile:
    """The same course with every moment as a day of the calendar and a time."""
    return file.model_copy(
        update={
            "modules": tuple(
                item.model_copy(
                    update={
                        "release": _since(file, item.release),
                        "source": item.source or file.materials,
                    }
                )
                for item in file.modules
            ),
            "assignments": tuple(_assignment(file, item) for item in file.assignments),
            "extensions": _extensions(file, file.extensions),
            "exams": tuple(_exam(file, item) for item in file.exams),
        }
    )


def _assignment(file: CourseFile, item: AssignmentItem) -> AssignmentItem:
    return item.model_copy(
        update={
            "release": _since(file, item.release),
            "due": _until(file, item.due),
            "extensions": _extensions(file, item.extensions),
        }
    )


def _exam(file: CourseFile, item: ExamItem) -> ExamItem:
    return item.model_copy(
        update={
            "starts": _since(file, item.starts),
            "ends": _until(file, item.ends),
            "extra_time": _extensions(file, item.extra_time),
        }
    )


def _extensions(file: CourseFile, given: tuple[Extension, ...]) -> tuple[Extension, ...]:
    return tuple(each.model_copy(update={"due": _until(file, each.due)}) for each in given)


def _since(file: CourseFile, moment: Moment | None) -> Moment | None:
    at = file.since(moment)
    return file.calendar.written(at) if at else None


def _until(file: CourseFile, moment: Moment | None) -> Moment | None:
    at = file.until(moment)
    return file.calendar.written(at) if at else None


def _flat(content: Mapping[str, Any], place: Place) -> Iterator[tuple[Place, Any]]:
    for key, value in content.items():
        here = (*place, key)
        if key in _KEYS and isinstance(value, list) and all(isinstance(one, dict) for one in value):
            yield from _flat_items(key, value, here)
        elif here[0] == "assignments" and key == "late":
            yield here, value  # one decision: half of one policy and half of another is none
        elif isinstance(value, dict) and value:
            yield from _flat(value, here)
        elif not isinstance(value, dict):
            yield here, value


def _flat_items(key: str, items: list[dict[str, Any]], here: Place) -> Iterator[tuple[Place, Any]]:
    """Each item under its name; what has an order on the pages, in that order."""
    named = {_name(key, item): item for item in items}
    if key == "modules" and named:
        yield (*here, ORDER), list(named)
    for name, item in named.items():
        yield from _flat(item, (*here, name))


def _name(key: str, item: Mapping[str, Any]) -> str:
    first, *others = _KEYS[key]
    if item.get(first):
        return str(item[first]).lower() if first == "person" else str(item[first])
    return f"{others[0]} {item.get(others[0], '')}" if others else ""


def _listed(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content with lists again where items stand under their names."""
    found = dict[str, Any]()
    for key, value in content.items():
        if key in _KEYS and isinstance(value, dict):
            order = value.get(ORDER, [])
            rank = {name: number for number, name in enumerate(order)}
            named = [(name, item) for name, item in value.items() if name != ORDER]
            named.sort(key=lambda one: rank.get(one[0], len(rank)))
            found[key] = [_listed(item) for _, item in named]
        elif isinstance(value, dict):
            found[key] = _listed(value)
        else:
            found[key] = value
    return found
