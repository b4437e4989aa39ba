"""More time for a person or a section, as a form gives it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from coursehub.courses.rules.file import CourseFile
from coursehub.courses.rules.parts import Extension
from coursehub.courses.rules.settings import Place
from coursehub.errors import Invalid

EVERY: Final = ""
"""What an extension is of that holds for every assignment."""
_KEYS: Final = {"assignments": "extensions", "exams": "extra_time"}
FIELDS: Final = ("of", "person", "section", "by", "due", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An extension with what it is of: `assignments ps1`, `exams midterm`, or every assignment."""

    of: str
    title: str
    extension: Extension

    @property
    def whose(self) -> str:
        """What tells it from the others of the same thing."""
        return whose(self.extension.person, self.extension.section)


def given(file: CourseFile) -> Iterator[Given]:
    """Every extension of the course, the standing ones first."""
    for one in file.extensions:
        yield Given(of=EVERY, title="every assignment", extension=one)
    for item in file.assignments:
        for one in item.extensions:
            yield Given(of=f"assignments {item.name}", title=item.title, extension=one)
    for exam in file.exams:
        for one in exam.extra_time:
            yield Given(of=f"exams {exam.name}", title=exam.title, extension=one)


def whose(person: str, section: str) -> str:
    """The name of an extension among a course's settings."""
    return person.strip().lower() or f"section {section.strip()}"


def place(of: str, whose: str) -> Place:
    """Where the extension stands among a course's settings; Invalid for what has none."""
    if of == EVERY:
        return ("extensions", whose)
    kind, _, name = of.partition(" ")
    if kind not in _KEYS or not name:
        raise Invalid("no-such-work", "Choose an assignment, an exam, or every assignment.")
    return (kind, name, _KEYS[kind], whose)


def granted(sent: Mapping[str, str]) -> dict[Place, Any]:
    """The extension's settings as they were typed; what is empty is left out."""
    words = {name: sent.get(name, "").strip() for name in FIELDS}
    spot = place(words.pop("of"), whose(words["person"], words["section"]))
    return {(*spot, name): value for name, value in words.items() if value}
