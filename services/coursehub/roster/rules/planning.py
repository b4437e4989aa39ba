"""Who joins, who leaves, who changes role or section: decided from lists."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from coursehub.errors import Refused
from coursehub.roster.rules.lists import Lists, Place, Roster, together
from coursehub.vocabulary.people import PersonKey, Role
from coursehub.vocabulary.roster import StepKind

ALWAYS_MAY_LEAVE: Final = 3
"""So few may always leave: a tenth of a small class is nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One person's part of a plan; the role is None where somebody is not in the course."""

    kind: StepKind
    key: PersonKey
    before: Role | None
    after: Role | None
    sections_before: tuple[str, ...] = ()
    sections_after: tuple[str, ...] = ()

    @property
    def gist(self) -> tuple[object, ...]:
        """What makes it the same step as an earlier one: a role's change whatever the sections."""
        is_of_sections = self.kind is StepKind.SECTION
        return self.kind, self.key, self.before, self.after, is_of_sections and self.sections_after


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
    lists: Lists,
    *,
    missing: Collection[PersonKey] = (),
    undone: Collection[Step] = (),
    largest_share: float,
    confirmed: bool = False,
) -> Plan:
    """
    Who joins, who leaves, who changes role or section, who is missing.

    Whoever is missing stays until a second listing agrees; `missing` are those
    whom the one before lacked. Who is said to be gone leaves at once, and where
    a person has `confirmed` the listing, whoever is missing does. A step that a
    person has `undone` waits for a person.

    An empty listing is refused: it is more often an outage than an empty class.
    All of one that lacks more than the largest share of the course, or of its
    section, waits unless `confirmed` (docs/cases/roster.md, cases 9 and 10).
    """
    listed = together(enrolled, lists)
    if enrolled and not listed.roster:
        raise Refused("roster-empty", "The LMS listed nobody; nothing was changed.")
    absent = frozenset(enrolled.keys() - listed.roster.keys() - listed.kept)
    question = "" if confirmed else _question(enrolled, absent, lists, largest_share=largest_share)
    leave = absent if confirmed or question else absent & listed.gone.union(missing)
    steps = (*_moves(enrolled, listed.roster), *_departures(enrolled, absent, leave))
    waits = set() if confirmed else {step.gist for step in undone}
    return Plan(
        steps=() if question else tuple(step for step in steps if step.gist not in waits),
        waiting=steps if question else tuple(step for step in steps if step.gist in waits),
        unchanged=sum(
            enrolled[key] == listed.roster.get(key, enrolled[key])
            for key in enrolled.keys() - absent
        ),
        question=question,
    )


def _question(
    enrolled: Roster, absent: Collection[PersonKey], lists: Lists, *, largest_share: float
) -> str:
    """What a person is asked before many leave; empty where few do."""
    if len(absent) > _allowed(len(enrolled), largest_share):
        who = f"{len(absent)} of {len(enrolled)} people"
        return _asked("The LMS no longer lists", who)
    if len(lists.listings) + len(lists.silent) == 1:
        return ""
    for listing in lists.listings:
        had = [key for key, place in enrolled.items() if listing.section in place.sections]
        lacks = sum(key not in listing.roster for key in had)
        if lacks > _allowed(len(had), largest_share):
            who = f"{lacks} of the {len(had)} people of {listing.section}"
            return _asked("The LMS no longer lists", who)
    return ""


def _asked(what: str, who: str) -> str:
    return (
        f"{what} {who}; nothing was "
        "changed. Look at its list, then let them leave if that is right."
    )


def _allowed(people: int, largest_share: float) -> int:
    return max(ALWAYS_MAY_LEAVE, int(people * largest_share))


def _moves(enrolled: Roster, listed: Roster) -> Iterator[Step]:
    for key, place in sorted(listed.items()):
        before = enrolled.get(key)
        if before is None:
            yield _step(StepKind.JOIN, key, None, place)
        elif before.role != place.role:
            yield _step(StepKind.CHANGE, key, before, place)
        elif before.sections != place.sections:
            yield _step(StepKind.SECTION, key, before, place)


def _departures(
    enrolled: Roster, absent: Collection[PersonKey], leave: Collection[PersonKey]
) -> Iterator[Step]:
    for key in sorted(absent):
        place = enrolled[key]
        if key in leave:
            yield _step(StepKind.LEAVE, key, place, None)
        else:
            yield _step(StepKind.MISSING, key, place, place)


def _step(kind: StepKind, key: PersonKey, before: Place | None, after: Place | None) -> Step:
    return Step(
        kind=kind,
        key=key,
        before=before.role if before else None,
        after=after.role if after else None,
        sections_before=ordered(before.sections) if before else (),
        sections_after=ordered(after.sections) if after else (),
    )


def ordered(sections: Iterable[str]) -> tuple[str, ...]:
    """Names of sections as people read them."""
    return tuple(sorted(sections))
