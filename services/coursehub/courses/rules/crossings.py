"""What the parts of a course file must have in common with each other."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from coursehub.courses.rules.parts import Extension
from coursehub.courses.rules.spelling import nearest
from coursehub.courses.rules.text import Path

if TYPE_CHECKING:
    from coursehub.courses.rules.file import CourseFile

Crossing = tuple[Path, str]
"""Where a fault stands, and what is wrong."""


def crossed(file: "CourseFile") -> Iterator[Crossing]:
    """Every fault between two parts that are sound in themselves."""
    yield from _term(file)
    for kind in ("modules", "assignments", "exams"):
        yield from _named_twice(kind, [item.name for item in getattr(file, kind)], "name")
    yield from _named_twice("staff", [each.person.lower() for each in file.staff], "person")
    yield from _assignments(file)
    yield from _exams(file)
    yield from _whose_twice(file.extensions, ())
    for number, extension in enumerate(file.extensions):
        place: Path = ("extensions", number)
        yield from _extension(extension, place)
        if extension.due:
            yield (*place, "due"), "it is for every assignment: say how much later, with by"


def _term(file: "CourseFile") -> Iterator[Crossing]:
    term = file.term
    if term.ends and term.ends < term.starts:
        yield ("term", "ends"), f"the term ends before it starts on {term.starts}"
    for number, source in enumerate(file.roster.sources):
        place: Path = ("roster", "sources", number)
        if source.kind.is_service and not (source.url and source.course):
            yield place, f"a source of kind {source.kind} needs its url and its course"


def _named_twice(kind: str, names: list[str], key: str) -> Iterator[Crossing]:
    seen = set[str]()
    for number, name in enumerate(names):
        if name in seen:
            yield (kind, number, key), f"{name!r} is named twice"
        seen.add(name)


def _assignments(file: "CourseFile") -> Iterator[Crossing]:
    for number, item in enumerate(file.assignments):
        place: Path = ("assignments", number)
        release, due = file.since(item.release), file.until(item.due)
        if release and due and due <= release:
            yield (*place, "due"), f"it is due before it is released, on {release:%Y-%m-%d %H:%M}"
        yield from _whose_twice(item.extensions, place)
        for nth, extension in enumerate(item.extensions):
            spot: Path = (*place, "extensions", nth)
            yield from _extension(extension, spot)
            if not due and extension.by:
                yield spot, f"{item.name} is not due at any moment that could be later"
            own = file.until(extension.due)
            if own and due and own < due:
                whose = extension.person or f"section {extension.section}"
                reason = f"the extension of {whose} ends before it is due, on {own:%Y-%m-%d %H:%M}"
                yield (*spot, "due"), reason


def _whose_twice(
    extensions: tuple[Extension, ...], place: Path, kind: str = "extensions"
) -> Iterator[Crossing]:
    whose = [each.person.lower() or f"section {each.section}" for each in extensions]
    for crossing, reason in _named_twice(kind, whose, "person"):
        yield (*place, *crossing[:-1]), reason


def _extension(extension: Extension, place: Path) -> Iterator[Crossing]:
    if bool(extension.person) == bool(extension.section):
        yield place, "say whose it is: a person, or a section"
    if bool(extension.due) == bool(extension.by):
        yield place, "say how long: due, or by"


def _exams(file: "CourseFile") -> Iterator[Crossing]:
    known = [item.name for item in file.assignments]
    for number, exam in enumerate(file.exams):
        place: Path = ("exams", number)
        starts, ends = file.since(exam.starts), file.until(exam.ends)
        if starts and ends and ends <= starts:
            yield (*place, "ends"), "the exam ends before it starts"
        for nth, name in enumerate(exam.assignments):
            if name not in known:
                hint = nearest(name, known)
                reason = f"there is no assignment {name!r}" + (f"; is it {hint}?" if hint else "")
                yield (*place, "assignments", nth), reason
        yield from _whose_twice(exam.extra_time, place, "extra_time")
        for nth, extension in enumerate(exam.extra_time):
            yield from _extension(extension, (*place, "extra_time", nth))
