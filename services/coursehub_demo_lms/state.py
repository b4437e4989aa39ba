"""Everything the LMS knows: people, courses, links, line items, scores. In memory."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from coursehub_demo_lms.errors import Refusal
from coursehub_demo_lms.standard import Role, Status

MAX_PEOPLE = 50_000
MAX_PER_COURSE = 500  # links, and line items


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One account; `id` is the `sub` of launches. Name and e-mail may be withheld."""

    id: str
    given_name: str = ""
    family_name: str = ""
    email: str = ""

    @property
    def name(self) -> str:
        """The full name, empty where the LMS withholds it."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def label(self) -> str:
        """What the pages call this person."""
        return self.name or f"Person {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person's place in one course."""

    person: Person
    role: Role
    status: Status = "Active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of time; an empty end is no end. The times are as the tool wrote them."""

    starts: str = ""
    ends: str = ""

    def is_open(self, now: float) -> bool:
        """Whether that moment, in seconds since 1970, lies in it."""
        begun = not self.starts or datetime.fromisoformat(self.starts).timestamp() <= now
        return begun and (not self.ends or now < datetime.fromisoformat(self.ends).timestamp())


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """
    A resource link; an empty `url` launches the tool's usual target.

    `client_id` is the tool that made it by Deep Linking; without one it
    belongs to whichever tool takes the launches.
    """

    id: str
    title: str
    custom: dict[str, str] = field(default_factory=dict)
    url: str = ""
    client_id: str = ""
    text: str = ""
    available: Window = Window()
    submission: Window = Window()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineItem:
    """One column of the gradebook (AGS 2.0, 3.2)."""

    id: str
    label: str
    maximum: float
    link_id: str = ""
    resource_id: str = ""
    tag: str = ""
    starts: str = ""
    ends: str = ""
    review_url: str = ""
    review_custom: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """
    What stands in one cell of the gradebook.

    `points` is on the line item's scale and changes only by a fully graded
    score; the rest tells of the last score received.
    """

    timestamp: str
    received: str
    activity: str
    grading: str
    points: float | None = None
    comment: str = ""

    @property
    def at(self) -> datetime:
        """The tool's own time of the last score."""
        return datetime.fromisoformat(self.timestamp)


@dataclass(slots=True, kw_only=True)
class Course:
    """One course with all that belongs to it; `id` is its context id."""

    id: str
    label: str
    title: str
    deployment_id: str
    institution: str
    members: dict[str, Member] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    lineitems: dict[str, LineItem] = field(default_factory=dict)
    grades: dict[tuple[str, str], Grade] = field(default_factory=dict)
    """By (line item, person)."""
    next_number: int = 1

    def link(self, link_id: str) -> Link:
        if (found := self.links.get(link_id)) is None:
            raise Refusal(404, "no-such-link", "This course has no such link.")
        return found

    def lineitem(self, item_id: str) -> LineItem:
        if (found := self.lineitems.get(item_id)) is None:
            raise Refusal(404, "no-such-line-item", "This course has no such line item.")
        return found

    def lineitems_of(self, link_id: str) -> list[LineItem]:
        return [item for item in self.lineitems.values() if item.link_id == link_id]

    def add_link(self, link: Link) -> Link:
        """The link, kept; given an id of its own where it has none."""
        if len(self.links) >= MAX_PER_COURSE:
            raise Refusal(409, "too-many-links", f"A course holds {MAX_PER_COURSE} links at most.")
        kept = link if link.id else replace(link, id=f"{self.id}-link-{self._number()}")
        self.links[kept.id] = kept
        return kept

    def add_lineitem(self, item: LineItem) -> LineItem:
        """The line item, kept, with an id of its own."""
        if len(self.lineitems) >= MAX_PER_COURSE:
            raise Refusal(
                409, "too-many-line-items", f"A course holds {MAX_PER_COURSE} line items at most."
            )
        kept = replace(item, id=str(self._number()))
        self.lineitems[kept.id] = kept
        return kept

    def remove_lineitem(self, item_id: str) -> None:
        """The line item is gone, and its grades with it."""
        self.lineitem(item_id)
        del self.lineitems[item_id]
        self.grades = {key: grade for key, grade in self.grades.items() if key[0] != item_id}

    def enrol(self, member: Member) -> None:
        if member.person.id not in self.members and len(self.members) >= MAX_PEOPLE:
            raise Refusal(409, "too-many-people", f"A course holds {MAX_PEOPLE} people at most.")
        self.members[member.person.id] = member

    def _number(self) -> int:
        number = self.next_number
        self.next_number += 1
        return number


@dataclass(slots=True, kw_only=True)
class Campus:
    """All courses, and a version that grows with every change."""

    courses: dict[str, Course] = field(default_factory=dict)
    version: int = 0
    extra_members: int = 0
    """How many made-up learners the biggest course shows on top of its own people."""

    def touch(self) -> None:
        self.version += 1

    def course(self, course_id: str) -> Course:
        if (found := self.courses.get(course_id)) is None:
            raise Refusal(404, "no-such-course", "There is no such course.")
        return found

    def roster(self, course: Course) -> Iterator[Member]:
        """Everyone in the course: its own people, then the made-up ones."""
        extra = self.extra_members if course is self._bulk_course() else 0
        return itertools.chain(
            list(course.members.values()), (made_up(number) for number in range(1, extra + 1))
        )

    def member(self, course: Course, person_id: str) -> Member | None:
        """That person's place in the course, if they have one."""
        if found := course.members.get(person_id):
            return found
        number = made_up_number(person_id)
        extra = self.extra_members if course is self._bulk_course() else 0
        return made_up(number) if 1 <= number <= extra else None

    def _bulk_course(self) -> Course | None:
        return next(iter(self.courses.values()), None)


_FIRST_MADE_UP = 9_000_000


def made_up(number: int) -> Member:
    """The learner of that number in a bulk roster; the same at every call."""
    return Member(
        person=Person(
            id=str(_FIRST_MADE_UP + number),
            given_name="Bulk",
            family_name=f"Learner {number:05d}",
            email=f"bulk.{number:05d}@university.example",
        ),
        role="Learner",
    )


def made_up_number(person_id: str) -> int:
    """The number of a made-up learner, 0 for anyone else."""
    if not (
        person_id.isascii() and person_id.isdigit() and len(person_id) == len(str(_FIRST_MADE_UP))
    ):
        return 0
    return max(int(person_id) - _FIRST_MADE_UP, 0)


def member_json(member: Member) -> dict[str, Any]:
    """A member as the script interface and the snapshot write it."""
    person = member.person
    return {
        "id": person.id,
        "name": person.name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
        "role": member.role,
        "status": member.status,
    }
