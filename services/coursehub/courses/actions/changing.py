"""A setting changed on a page: checked as a file would be, carried out, and kept."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from coursehub.courses.actions import history
from coursehub.courses.actions.carrying_out import carry_out
from coursehub.courses.actions.finding import course_of
from coursehub.courses.actions.running import running
from coursehub.courses.rules.crossings import crossed
from coursehub.courses.rules.difference import Change, difference
from coursehub.courses.rules.faults import reason_of
from coursehub.courses.rules.file import CourseFile, check_materials
from coursehub.courses.rules.settings import (
    Place,
    Settings,
    file_of,
    mark,
    part_of,
    settings_of,
)
from coursehub.courses.rules.text import Path
from coursehub.errors import Conflict, Invalid
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey

Typed = Callable[[Settings], Mapping[Place, Any]]
"""From the course's settings to those that the thing is to have; none take it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """
    One thing's new settings, from somebody who saw it as `seen` marks it, if that matters.

    `protocols` are those of the git addresses that this Hub takes.
    """

    place: Place
    typed: Typed
    by: str
    seen: str | None = None
    protocols: frozenset[str] = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was changed; or what is wrong, by the setting's name, and then nothing was changed."""

    changes: tuple[Change, ...] = ()
    faults: Mapping[str, str] = field(default_factory=dict)


def now(store: Store, key: CourseKey) -> CourseFile:
    """The course as it runs; Missing where there is none."""
    with store.reading(EVERYONE) as session:
        return running(session, course_of(session, key))


def mark_of(settings: Settings, place: Place) -> str:
    """The mark of a thing as it is, for `Edit.seen`."""
    return mark(part_of(settings, place))


def change(store: Store, key: CourseKey, edit: Edit) -> Outcome:
    """
    What the edit changed, in one transaction; or what is wrong with it.

    Conflict where somebody else has changed the thing since it was shown.
    """
    with store.writing(EVERYONE) as session:
        course = course_of(session, key, lock=True)
        page = settings_of(running(session, course))
        if edit.seen not in (None, mark_of(page, edit.place)):
            raise Conflict(
                "course-form-overtaken",
                "Somebody else has changed this since you opened it. Nothing of yours was saved.",
            )
        kept = {where: value for where, value in page.items() if not _is_at(where, edit.place)}
        typed = edit.typed(page)
        try:
            file = file_of({**kept, **typed}, slug=key)
        except ValidationError as cause:
            return Outcome(faults=dict(_faults(cause)))
        if faults := {_name(path): f"{reason}." for path, reason in crossed(file)}:
            return Outcome(faults=faults)
        source = (*edit.place, "source")
        if source in typed and typed[source] != page.get(source):
            try:
                check_materials(typed[source], protocols=edit.protocols)
            except Invalid as wrong:
                return Outcome(faults={"source": wrong.message})
        found = difference(page, page, settings_of(file))
        if found.changes:
            carry_out(session, course, file)
            history.keep(session, course, found.changes, origin="page", by=edit.by)
        return Outcome(changes=found.changes)


def _is_at(where: Place, place: Place) -> bool:
    return where[: len(place)] == place


def _faults(cause: ValidationError) -> Iterator[tuple[str, str]]:
    for fault in cause.errors():
        yield _name(fault["loc"]), f"{reason_of(dict(fault), CourseFile)}."


def _name(path: Path) -> str:
    """The setting's name within its thing: `quota.memory` of ("exams", 0, "quota", "memory")."""
    words = [str(key) for key in path if isinstance(key, str)]
    return ".".join(words[1:])
