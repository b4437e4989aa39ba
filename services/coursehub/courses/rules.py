"""The course file: what `course.yml` may say, read strictly."""

from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from coursehub.errors import Invalid

LARGEST_FILE_BYTES: Final = 1_000_000
_UNITS: Final = {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Term(_Part):
    """When the course runs, and in which zone its times are meant."""

    starts: date
    time_zone: str = "UTC"

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as cause:
            raise ValueError(
                f"no such time zone: {name!r}; try one like America/Toronto"
            ) from cause
        return name


class ModuleItem(_Part):
    """A module: a folder of the course's materials repository."""

    name: Name
    title: Title
    path: Annotated[str, StringConstraints(min_length=1, max_length=200)]

    @field_validator("path")
    @classmethod
    def _inside(cls, path: str) -> str:
        parts = PurePosixPath(path).parts
        if path.startswith("/") or ".." in parts or "\\" in path or not path.isprintable():
            raise ValueError(f"{path!r} must be a folder inside the repository, like 01-tables")
        return path


class AssignmentItem(_Part):
    """An assignment; a due date without a zone is meant in the course's."""

    name: Name
    title: Title
    points: float = Field(default=0, ge=0)
    due: datetime | None = None


class StudentQuota(_Part):
    """What one server may use."""

    memory: str = ""
    cpu: float | None = Field(default=None, gt=0, le=1024)

    @property
    def memory_bytes(self) -> int | None:
        """The memory in bytes; None where none is set."""
        return memory_bytes(self.memory) if self.memory else None

    @field_validator("memory")
    @classmethod
    def _amount(cls, text: str) -> str:
        if text:
            memory_bytes(text)
        return text


class Quotas(_Part):
    """The course's limits."""

    student: StudentQuota = StudentQuota()
    seats: int | None = Field(default=None, ge=0, le=1_000_000)


class CourseFile(_Part):
    """Everything that a course file says."""

    title: Title
    slug: Name
    institution: str = ""
    instructors: tuple[str, ...] = ()
    term: Term
    modules: tuple[ModuleItem, ...] = ()
    assignments: tuple[AssignmentItem, ...] = ()
    quotas: Quotas = Quotas()

    @model_validator(mode="after")
    def _names_once(self) -> "CourseFile":
        for kind, items in (("module", self.modules), ("assignment", self.assignments)):
            names = [item.name for item in items]
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"{kind} {twice[0]!r} is named twice")
        return self

    def due(self, assignment: AssignmentItem) -> datetime | None:
        """The assignment's due moment, with its zone."""
        moment = assignment.due
        if moment is None or moment.tzinfo:
            return moment
        return moment.replace(tzinfo=ZoneInfo(self.term.time_zone))


def parse(text: str) -> CourseFile:
    """The course that a file's text describes; Invalid with every fault and its place in it."""
    if len(text) > LARGEST_FILE_BYTES:
        raise Invalid("course-file-too-large", "A course file may hold 1 MB at most.")
    try:
        content: Any = yaml.safe_load(text)
    except yaml.YAMLError as cause:
        raise Invalid("course-file-not-yaml", f"The file is not YAML: {_where(cause)}") from cause
    if not isinstance(content, dict):
        raise Invalid("course-file-empty", "The file must hold `title:`, `slug:` and `term:`.")
    try:
        return CourseFile.model_validate(content)
    except ValidationError as cause:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'the file'}: {fault['msg']}"
            for fault in cause.errors()
        )
        raise Invalid("course-file-faulty", f"The course file has faults: {faults}") from cause


def _where(cause: yaml.YAMLError) -> str:
    mark = getattr(cause, "problem_mark", None)
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return f"{place}{getattr(cause, 'problem', None) or 'it cannot be read'}."


def memory_bytes(text: str) -> int:
    """Bytes of an amount like `1.5G` (powers of ten); ValueError for anything else."""
    number, unit = text[:-1], text[-1:].upper()
    if unit not in _UNITS:
        raise ValueError(f"{text!r} is no amount of memory; write one like 512M or 2G")
    try:
        amount = float(number)
    except ValueError as cause:
        raise ValueError(f"{text!r} is no amount of memory; write one like 512M or 2G") from cause
    if not 0 < amount < float("inf"):
        raise ValueError(f"{text!r} must be more than nothing and have an end")
    return int(amount * _UNITS[unit])
