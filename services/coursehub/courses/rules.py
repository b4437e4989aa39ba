"""The course file: what `course.yml` may say, read strictly."""

import re
from collections.abc import Collection
from datetime import date, datetime
from itertools import chain, count
from pathlib import PurePosixPath
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from coursehub.errors import Invalid
from coursehub.vocabulary.courses import DroppedServers, slug
from coursehub.vocabulary.repositories import fault_of_url, is_safe_path

LARGEST_FILE_BYTES: Final = 1_000_000
LARGEST_MEMORY_BYTES: Final = 10**15
DEEPEST: Final = 20
_UNITS: Final = {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_AMOUNT: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?) ?([KMGTkmgt])")


def _written_as_text(value: Any) -> Any:
    """The value, if it is no number: pydantic would read 20270315 as seconds since 1970."""
    if isinstance(value, int | float) or (isinstance(value, str) and value.isdigit()):
        raise ValueError("write a date like 2027-03-15, or a moment like 2027-03-15T23:59")
    return value


_PLAIN: Final = BeforeValidator(_written_as_text)

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Term(_Part):
    """When the course runs, and in which zone its times are meant."""

    starts: Annotated[date, _PLAIN]
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
        if not is_safe_path(path) or not path.isprintable():
            raise ValueError(f"{path!r} must be a folder inside the repository, like 01-tables")
        return path


class AssignmentItem(_Part):
    """An assignment; a due date without a zone is meant in the course's."""

    name: Name
    title: Title
    points: float = Field(default=0, ge=0, le=1_000_000, strict=True)
    due: Annotated[datetime | None, _PLAIN] = None


class StudentQuota(_Part):
    """What one server may use."""

    memory: str = ""
    cpu: float | None = Field(default=None, gt=0, le=1024, strict=True)

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
    seats: int | None = Field(default=None, ge=0, le=1_000_000, strict=True)


class Roster(_Part):
    """How the course deals with people who come and go."""

    dropped_servers: DroppedServers = DroppedServers.STOP


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
    roster: Roster = Roster()

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
        _check_events(text)
        content: Any = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
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


class _Loader(yaml.SafeLoader):
    """Plain YAML in which nothing is said twice, and a faulty value has a place."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping; YAMLError for a key that stands in it twice."""
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        first: dict[str, yaml.ScalarNode] = {}
        for key in keys:
            if first.setdefault(key.value, key) is not key:
                raise _faulty(f"{key.value!r} stands twice", key.start_mark)
        return super().construct_mapping(node, deep=deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """The value; YAMLError for a day or a number that there is not."""
        try:
            return super().construct_object(node, deep=deep)
        except ValueError as cause:
            raise _faulty(f"there is no such value ({cause})", node.start_mark) from cause


def _check_events(text: str) -> None:
    """Nothing; YAMLError where a few lines would unfold into more than memory or stack holds."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise _faulty("anchors and aliases (& and *) are not used here", event.start_mark)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _faulty(f"there are more than {DEEPEST} levels", event.start_mark)


def _faulty(problem: str, place: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=place)


def _where(cause: yaml.YAMLError) -> str:
    mark = getattr(cause, "problem_mark", None)
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return f"{place}{getattr(cause, 'problem', None) or 'it cannot be read'}."


def memory_bytes(text: str) -> int:
    """Bytes of an amount like `1.5G` (powers of ten); ValueError for anything else."""
    found = _AMOUNT.fullmatch(text)
    if not found:
        raise ValueError(f"{text[:40]!r} is no amount of memory; write one like 512M or 2G")
    amount = int(float(found[1]) * _UNITS[found[2].upper()])
    if not 0 < amount <= LARGEST_MEMORY_BYTES:
        raise ValueError(f"{text!r} must be at least a byte and at most 1000T")
    return amount


def check_materials(url: str, *, protocols: frozenset[str]) -> None:
    """Nothing; Invalid where no module can be fetched from this address."""
    if not url:
        raise Invalid("no-materials", "The course has modules: say where their repository is.")
    if fault := fault_of_url(url, protocols=protocols):
        raise Invalid("repository-url", fault)


def folder_for(url: str, *, course: str, taken: Collection[str]) -> str:
    """
    The folder of a home that the repository is delivered into; none of those `taken`.

    It is named after the repository, with the course before it where another
    has that name, and then a number: many a course calls its repository
    `materials`, and a person may be in two of them.
    """
    name = slug(PurePosixPath(url.rstrip("/")).name.removesuffix(".git")) or course
    longer = f"{course}-{name}"
    wanted = chain((name, longer), (f"{longer}-{number}" for number in count(2)))
    return next(folder for folder in wanted if folder not in taken)
