"""The parts of a course file."""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, StringConstraints, field_validator

from coursehub.courses.rules.amounts import memory_bytes
from coursehub.courses.rules.fields import (
    Day,
    Folder,
    HolidayField,
    LengthField,
    Line,
    Memory,
    Money,
    Name,
    Part,
    Repository,
    Share,
    Title,
    When,
    Zone,
)
from coursehub.vocabulary.courses import DroppedServers
from coursehub.vocabulary.roster import SourceKind

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_OURS: Final = ("COURSEHUB_", "JUPYTERHUB_", "LD_", "PYTHONPATH", "PATH", "HOME")
_SECRET: Final = re.compile(
    r"TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|PRIVATE_?KEY", re.IGNORECASE
)

Points = Annotated[float, Field(ge=0, le=1_000_000, strict=True)]
Cores = Annotated[float, Field(gt=0, le=1024, strict=True)]
Count = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]


class Term(Part):
    """When the course runs, and in which zone its times are meant."""

    starts: Day
    """The first day of the term; its week is week 1."""
    ends: Day | None = None
    """The last day of the term."""
    time_zone: Zone = "UTC"
    """The zone of every time in the file that names none, like America/Toronto."""
    holidays: Annotated[tuple[HolidayField, ...], Field(max_length=200)] = ()
    """Days without teaching: a date, two like 2027-02-15/2027-02-19, or name and days."""


class StaffItem(Part):
    """Somebody who teaches or assists, besides those whom the LMS lists."""

    person: Line
    """The person's e-mail address, or name on the Hub."""
    role: Literal["instructor", "ta"] = "ta"
    """What the person is in the course."""
    sections: tuple[Line, ...] = ()
    """The sections whose students a TA assists; none for all of them."""


class SourceItem(Part):
    """A list of the course's people; the first source in the file has the last word."""

    kind: SourceKind
    """What kind of list it is; `lti` is the LMS's own Names and Roles."""
    url: Line = ""
    """The root of the source's API."""
    course: Line = ""
    """The source's own id of the course or class."""
    client_id: Line = ""
    """The id of the OAuth 2 client (OneRoster)."""
    token_url: Line = ""
    """Where OAuth 2 tokens are from (OneRoster)."""
    secret: Line = ""
    """The name under which the administrator keeps the source's token: never the token."""


def _named_kind(written: Any) -> Any:
    return {"kind": written} if isinstance(written, str) else written


class Roster(Part):
    """Where the course's people are listed, and what becomes of who leaves."""

    sources: Annotated[
        tuple[Annotated[SourceItem, BeforeValidator(_named_kind)], ...], Field(max_length=20)
    ] = ()
    """The lists, in their order of authority; the LMS's own where none is named."""
    dropped_servers: DroppedServers = DroppedServers.STOP
    """The running server of someone who is dropped: stop, or keep."""


class ModuleItem(Part):
    """A module: a folder of a materials repository."""

    name: Name
    """Its name in addresses and links."""
    title: Title
    """Its title, as people see it."""
    path: Folder
    """Its folder in the repository."""
    source: Repository = ""
    """Its repository's git address, where it is not the course's `materials`."""
    pin: Line = ""
    """The commit, tag or branch that is delivered; the newest where it is empty."""
    release: When | None = None
    """When students get it; at once where nothing is said."""


class LatePolicy(Part):
    """What becomes of work that is handed in after its due moment."""

    grace: LengthField | None = None
    """How late work may be and still count as in time."""
    per_day: Share = 0.0
    """What each day that has begun takes of the points."""
    at_most: Share = 100.0
    """The most that lateness takes."""
    closes: LengthField | None = None
    """How long after the due moment work is accepted at all; for ever where nothing is said."""


class Extension(Part):
    """More time for a person or a section."""

    person: Line = ""
    """Whose it is, by e-mail address or name on the Hub ..."""
    section: Line = ""
    """... or the section whose it is."""
    due: When | None = None
    """The due moment of their own ..."""
    by: LengthField | None = None
    """... or how much later than the others'."""
    reason: Line = ""
    """Why, for the staff."""


class LineItem(Part):
    """The assignment's column in the LMS's gradebook."""

    label: Line = ""
    """The column's title; the assignment's own where it is empty."""
    points: Annotated[float, Field(gt=0, le=1_000_000, strict=True)] | None = None
    """What the column's maximum is; the assignment's points where nothing is said."""
    shown: bool = True
    """Whether the LMS has such a column."""


def _shown(written: Any) -> Any:
    return {"shown": written} if isinstance(written, bool) else written


class AssignmentItem(Part):
    """An assignment; a moment without a zone is meant in the course's."""

    name: Name
    """Its folder below assignments/source/, and nbgrader's name of it."""
    title: Title
    """Its title, as people see it."""
    notebooks: tuple[Name, ...] = ()
    """Its notebooks, where the folder holds others too."""
    points: Points = 0
    """What its cells add up to."""
    release: When | None = None
    """When students get it; by hand where nothing is said."""
    due: When | None = None
    """When it is due; a day alone means its last minute."""
    late: LatePolicy | None = None
    """Its own late policy; the course's where nothing is said."""
    extensions: Annotated[tuple[Extension, ...], Field(max_length=10_000)] = ()
    """More time for some."""
    line_item: Annotated[LineItem, BeforeValidator(_shown)] = LineItem()
    """Its column in the LMS's gradebook; false for none."""


class RoleQuota(Part):
    """What one server may use."""

    memory: Memory = ""
    """Memory, in powers of ten: 512M, 2G."""
    cpu: Cores | None = None
    """Cores."""
    gpu: Annotated[int, Field(ge=0, le=64, strict=True)] | None = None
    """Graphics cards."""
    disk: Memory = ""
    """Room for the person's files of this course."""

    @property
    def memory_bytes(self) -> int | None:
        """The memory in bytes; None where none is set."""
        return memory_bytes(self.memory) if self.memory else None

    @property
    def disk_bytes(self) -> int | None:
        """The disk's room in bytes; None where none is set."""
        return memory_bytes(self.disk) if self.disk else None


class Quotas(Part):
    """The course's limits."""

    student: RoleQuota = RoleQuota()
    """What a student's server may use, and anybody's who has no line of their own."""
    ta: RoleQuota = RoleQuota()
    """What a TA's server may use."""
    instructor: RoleQuota = RoleQuota()
    """What an instructor's server may use."""
    seats: Count | None = None
    """How many servers may run at once; the next person is asked to wait."""


class ExamItem(Part):
    """An exam: some hours with limits of their own."""

    name: Name
    """Its name in addresses."""
    title: Title
    """Its title, as people see it."""
    starts: When
    """When it begins."""
    ends: When
    """When it ends."""
    assignments: tuple[Name, ...] = ()
    """The assignments that are written in it."""
    quota: RoleQuota = RoleQuota()
    """What a student's server may use meanwhile."""
    seats: Count | None = None
    """How many servers may run meanwhile."""
    extra_time: Annotated[tuple[Extension, ...], Field(max_length=10_000)] = ()
    """More time for some."""


class Budget(Part):
    """What the course may cost."""

    total: Money | None = None
    """For the whole term."""
    per_student: Money | None = None
    """For each student."""
    warn_at: Share = 80.0
    """The share at which the staff are warned."""


Environment = dict[str, Annotated[str, StringConstraints(max_length=4000)]]


def check_environment(variables: Environment) -> Environment:
    """The variables; ValueError for one that is ours, or that looks like a secret."""
    for name in variables:
        if not _VARIABLE.fullmatch(name):
            raise ValueError(f"{name[:100]!r} is no name of a variable")
        if name.upper().startswith(_OURS):
            raise ValueError(f"{name} is the Hub's own to set")
        if _SECRET.search(name):
            raise ValueError(f"{name} looks like a secret, which every student could read here")
    return variables


class EnvironmentPart(Part):
    """What people's servers are started with."""

    environment: Environment = Field(default_factory=dict, max_length=100)
    """Environment variables of people's servers; everybody in the course can read them."""

    @field_validator("environment")
    @classmethod
    def _harmless(cls, variables: Environment) -> Environment:
        return check_environment(variables)
