"""The course file: what `course.yml` may say, read strictly."""

from collections.abc import Collection
from datetime import datetime
from itertools import chain, count
from pathlib import PurePosixPath
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, ValidationError

from coursehub.courses.rules import text
from coursehub.courses.rules.crossings import crossed
from coursehub.courses.rules.dates import END_OF_DAY, START_OF_DAY, Calendar, Moment
from coursehub.courses.rules.faults import Fault, refused, told
from coursehub.courses.rules.fields import Line, Name, Repository, Title
from coursehub.courses.rules.parts import (
    AssignmentItem,
    Budget,
    EnvironmentPart,
    ExamItem,
    Extension,
    LatePolicy,
    ModuleItem,
    Quotas,
    Roster,
    StaffItem,
    Term,
)
from coursehub.courses.rules.text import Written
from coursehub.errors import Invalid
from coursehub.vocabulary.courses import slug
from coursehub.vocabulary.repositories import fault_of_url

IMAGE = r"^([a-z0-9]+([._:/@-]+[A-Za-z0-9]+)*)?$"


class CourseFile(EnvironmentPart):
    """Everything that a course file says."""

    title: Title
    """The course's title, as people see it."""
    slug: Name
    """Its short name, for the names of things on the Hub."""
    institution: Line = ""
    """Who gives it."""
    instructors: Annotated[tuple[Line, ...], Field(max_length=100)] = ()
    """Who teaches it, by name, as students see it."""
    term: Term
    """When it runs."""
    staff: Annotated[tuple[StaffItem, ...], Field(max_length=1000)] = ()
    """Who teaches and assists, besides those whom the LMS lists."""
    roster: Roster = Roster()
    """Where its people are listed."""
    materials: Repository = ""
    """The git address of its modules."""
    modules: Annotated[tuple[ModuleItem, ...], Field(max_length=1000)] = ()
    """What students get in their home, in this order."""
    late: LatePolicy = LatePolicy()
    """What becomes of late work, where an assignment says nothing of its own."""
    assignments: Annotated[tuple[AssignmentItem, ...], Field(max_length=1000)] = ()
    """What students hand in."""
    extensions: Annotated[tuple[Extension, ...], Field(max_length=10_000)] = ()
    """More time for some, in every assignment."""
    exams: Annotated[tuple[ExamItem, ...], Field(max_length=100)] = ()
    """Hours with limits of their own."""
    quotas: Quotas = Quotas()
    """What servers may use, and how many may run."""
    budget: Budget = Budget()
    """What it may cost."""
    image: Annotated[str, StringConstraints(max_length=255, pattern=IMAGE)] = ""
    """The image of people's servers; the Hub's own where it is empty."""

    @property
    def calendar(self) -> Calendar:
        """The days of the term."""
        term = self.term
        return Calendar(
            starts=term.starts,
            zone=ZoneInfo(term.time_zone),
            ends=term.ends,
            holidays=term.holidays,
        )

    def due(self, assignment: AssignmentItem) -> datetime | None:
        """The assignment's due moment, with its zone."""
        return self.until(assignment.due)

    def until(self, moment: Moment | None) -> datetime | None:
        """A moment at which something ends: a day alone means its last minute."""
        return self.calendar.resolve(moment, default=END_OF_DAY) if moment else None

    def since(self, moment: Moment | None) -> datetime | None:
        """A moment at which something begins: a day alone means its first."""
        return self.calendar.resolve(moment, default=START_OF_DAY) if moment else None


def parse(words: str) -> CourseFile:
    """The course that a file's text describes; Invalid with every fault and its place in it."""
    return understood(text.read(words))


def understood(written: Written) -> CourseFile:
    """The course that a file describes; Invalid with every fault and its place in it."""
    file, faults = checked(written)
    if file is None or faults:
        raise refused(faults)
    return file


def checked(written: Written) -> tuple[CourseFile | None, tuple[Fault, ...]]:
    """The course that a file describes, if it does, and every fault of it by line."""
    try:
        file = CourseFile.model_validate(written.content)
    except ValidationError as cause:
        return None, told(written, cause, CourseFile)
    return file, tuple(Fault.at(written, path, reason) for path, reason in crossed(file))


def check_materials(url: str, *, protocols: frozenset[str]) -> None:
    """Nothing; Invalid where no module can be fetched from this address."""
    if not url:
        raise Invalid(
            "no-materials",
            "The course has modules: say with `materials:` where their repository is.",
        )
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
