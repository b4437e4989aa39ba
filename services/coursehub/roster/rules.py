"""Who joins, who leaves, who changes role or section: decided from lists."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from coursehub.errors import Refused
from coursehub.vocabulary.people import PersonKey, Role, highest
from coursehub.vocabulary.roster import StepKind

ALWAYS_MAY_LEAVE: Final = 3
"""So few may always leave: a tenth of a small class is nobody."""


class Place(NamedTuple):
    """What somebody is in a course, and in which of its sections."""

    role: Role
    sections: frozenset[str] = frozenset()


Roster = Mapping[PersonKey, Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """
    What one LMS course says: who is in it, and who it says is not any more.

    Whoever it does not speak of may have been left out by mistake. It is the
    section of that name where several feed the course.
    """

    roster: Roster
    gone: frozenset[PersonKey] = frozenset()
    section: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """An LMS course that is not read, or not believed: nobody leaves on its account."""

    section: str
    issuer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Everything that is read for one course; `sections` are those that are LMS courses."""

    listings: tuple[Listing, ...]
    silent: tuple[Silent, ...] = ()

    @property
    def sections(self) -> frozenset[str]:
        """The sections that are LMS courses."""
        read = {each.section for each in self.listings}
        return frozenset(read.union(each.section for each in self.silent))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """
    Several LMS courses' lists as one.

    `gone` are those whom one calls gone and no other may still have; `kept`
    those whom a silent one may list, as they are.
    """

    roster: Roster
    gone: frozenset[PersonKey] = field(default_factory=frozenset)
    kept: frozenset[PersonKey] = field(default_factory=frozenset)


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
    section, waits unless `confirmed` (docs/cases/roster.md, cases 8 and 9).
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


def believed(enrolled: Roster, lists: Lists) -> Lists:
    """The same, with those of several that list nobody, though they may have people, as silent."""
    if len(lists.listings) + len(lists.silent) == 1:
        return lists
    empty = {
        each.section: Silent(section=each.section, issuer=each.issuer)
        for each in lists.listings
        if not each.roster
    }
    doubted = dict[str, Silent]()
    for section, silent in empty.items():
        alone = Lists(listings=lists.listings, silent=(silent,))
        if any(True for _ in _kept(enrolled, alone)):
            doubted[section] = silent
    return Lists(
        listings=tuple(each for each in lists.listings if each.section not in doubted),
        silent=(*lists.silent, *doubted.values()),
    )


def together(enrolled: Roster, lists: Lists) -> Together:
    """
    What the lists say together: of two places of one person the higher role, and all sections.

    Nobody whom a silent one may list leaves, gets a lower role or loses a section.
    """
    places = dict[PersonKey, Place]()
    for listing in lists.listings:
        for key, place in listing.roster.items():
            places[key] = _both(places[key], place) if key in places else place
    kept = frozenset(_kept(enrolled, lists))
    for key in kept & places.keys():
        places[key] = _both(places[key], enrolled[key])
    return Together(
        roster=places, gone=frozenset(_gone(enrolled, lists)) - places.keys() - kept, kept=kept
    )


def _both(one: Place, other: Place) -> Place:
    if one == other:
        return one
    role = highest({one.role, other.role}) or one.role
    return Place(role, one.sections | other.sections)


def _kept(enrolled: Roster, lists: Lists) -> Iterator[PersonKey]:
    """Those who are in a silent LMS course, or may be for all that is known."""
    silent = {each.section for each in lists.silent}
    if not silent:
        return
    issuers, known = {each.issuer for each in lists.silent}, lists.sections
    for key, place in enrolled.items():
        theirs = place.sections & known
        if theirs & silent or (not theirs and key.issuer in issuers):
            yield key


def _gone(enrolled: Roster, lists: Lists) -> Iterator[PersonKey]:
    """Those whom every LMS course that they were in calls gone, as far as that is known."""
    said: dict[PersonKey, set[str]] = {}
    for listing in lists.listings:
        for key in listing.gone:
            said.setdefault(key, set()).add(listing.section)
    for key, sections in said.items():
        if key in enrolled and (enrolled[key].sections & lists.sections) <= sections:
            yield key


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
