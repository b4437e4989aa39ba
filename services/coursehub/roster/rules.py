"""Who joins, who leaves, who changes role: decided from two lists."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from coursehub.errors import Refused
from coursehub.vocabulary.people import Role
from coursehub.vocabulary.roster import StepKind

ALWAYS_MAY_LEAVE: Final = 3
"""So few may always leave: a tenth of a small class is nobody."""

Subject = str
Roster = Mapping[Subject, Role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """
    What a source says: who is in the course, and who it says is not in it any more.

    Whoever it does not speak of may have been left out by mistake.
    """

    roles: Roster
    gone: frozenset[Subject] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One person's part of a plan; the role is None where somebody is not in the course."""

    kind: StepKind
    subject: Subject
    before: Role | None
    after: Role | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    The difference between who is enrolled and who is listed.

    `waiting` steps are done when a person says so alone; the `question` says
    why, where they are so for their number.
    """

    steps: tuple[Step, ...]
    waiting: tuple[Step, ...] = ()
    unchanged: int = 0
    question: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.steps or self.waiting)


def plan(
    enrolled: Roster,
    listed: Listing,
    *,
    missing: Collection[Subject] = (),
    undone: Collection[Step] = (),
    largest_share: float,
    confirmed: bool = False,
) -> Plan:
    """
    Who joins, who leaves, who changes role, who is missing.

    Whoever is missing stays until a second listing agrees; `missing` are those
    whom the one before lacked. Who is said to be gone leaves at once, and where
    a person has `confirmed` the listing, whoever is missing does. A step that a
    person has `undone` waits for a person.

    An empty listing is refused: it is more often an outage than an empty class.
    All of one that lacks more than the largest share of the course waits unless
    `confirmed` (docs/cases/roster.md, cases 7 and 8).
    """
    if enrolled and not listed.roles:
        raise Refused("roster-empty", "The LMS listed nobody; nothing was changed.")
    absent = frozenset(enrolled.keys() - listed.roles.keys())
    allowed = max(ALWAYS_MAY_LEAVE, int(len(enrolled) * largest_share))
    question = ""
    if len(absent) > allowed and not confirmed:
        question = (
            f"The LMS no longer lists {len(absent)} of {len(enrolled)} people; nothing was "
            "changed. Look at its list, then let them leave if that is right."
        )
    leave = absent if confirmed or question else absent & listed.gone.union(missing)
    steps = (*_moves(enrolled, listed), *_departures(enrolled, absent, leave))
    waits = set() if confirmed else set(undone)
    return Plan(
        steps=() if question else tuple(step for step in steps if step not in waits),
        waiting=steps if question else tuple(step for step in steps if step in waits),
        unchanged=sum(enrolled[key] == listed.roles[key] for key in enrolled.keys() - absent),
        question=question,
    )


def _moves(enrolled: Roster, listed: Listing) -> Iterator[Step]:
    for subject, role in sorted(listed.roles.items()):
        before = enrolled.get(subject)
        if before != role:
            kind = StepKind.CHANGE if before else StepKind.JOIN
            yield Step(kind=kind, subject=subject, before=before, after=role)


def _departures(
    enrolled: Roster, absent: Collection[Subject], leave: Collection[Subject]
) -> Iterator[Step]:
    for subject in sorted(absent):
        role = enrolled[subject]
        if subject in leave:
            yield Step(kind=StepKind.LEAVE, subject=subject, before=role, after=None)
        else:
            yield Step(kind=StepKind.MISSING, subject=subject, before=role, after=role)
