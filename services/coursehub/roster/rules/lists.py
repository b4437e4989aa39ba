"""Several lists of one course's people, taken together by their authority."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from coursehub.vocabulary.people import PersonKey, Role, highest


class Place(NamedTuple):
    """What somebody is in a course, and in which of its sections."""

    role: Role
    sections: frozenset[str] = frozenset()


Roster = Mapping[PersonKey, Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """
    What one list says: who is in the course, and who it says is not any more.

    Whoever it does not speak of may have been left out by mistake. An LMS
    course is the section of that name where several feed the course. What a
    list of a lower `rank` says of somebody holds before those of higher ones.
    One that is not whole names those alone who came, changed or left.
    """

    roster: Roster
    gone: frozenset[PersonKey] = frozenset()
    section: str = ""
    issuer: str = ""
    rank: int = 0
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """
    A list that is not read, or not believed: nobody leaves on its account.

    `of_all` marks one that may hold anybody, for it is no LMS course.
    """

    section: str = ""
    issuer: str = ""
    of_all: bool = False


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
class Together:
    """
    Several LMS courses' lists as one.

    `gone` are those whom one calls gone and no other may still have; `kept`
    those whom a silent one may list, as they are.
    """

    roster: Roster
    gone: frozenset[PersonKey] = field(default_factory=frozenset)
    kept: frozenset[PersonKey] = field(default_factory=frozenset)


def completed(enrolled: Roster, lists: Lists) -> Lists:
    """The same with whole lists: whoever one of changes does not name is as they were."""

    def whole(listing: Listing) -> Listing:
        if listing.is_whole:
            return listing
        stay = {key: place for key, place in enrolled.items() if key not in listing.gone}
        return replace(listing, roster={**stay, **listing.roster}, is_whole=True)

    return replace(lists, listings=tuple(map(whole, lists.listings)))


def fingerprint(enrolled: Roster) -> str:
    """A mark that differs where anybody's place does, whatever the order."""
    total = 0
    for (issuer, subject), place in enrolled.items():
        words = "\n".join((issuer, subject, place.role.value, *sorted(place.sections)))
        total += int.from_bytes(hashlib.sha256(words.encode()).digest())
    return f"{len(enrolled)}:{total % 2**256:064x}"


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
        listings=tuple(
            each for each in lists.listings if each.roster or each.section not in doubted
        ),
        silent=(*lists.silent, *doubted.values()),
    )


def together(enrolled: Roster, lists: Lists) -> Together:
    """
    What the lists say together: of two places of one person all sections, and the role by
    the list of higher authority, or of two equal ones the higher role.

    Whom a list says to be gone, no list of lower authority brings back.

    Nobody whom a silent one may list leaves, gets a lower role or loses a section.
    """
    places, gone, over = dict[PersonKey, Place](), set[PersonKey](), set[PersonKey]()
    for rank in sorted({each.rank for each in lists.listings}):
        here = Lists(listings=tuple(each for each in lists.listings if each.rank == rank))
        said = _said(here)
        for key, place in said.items():
            if key not in over:
                places[key] = _under(places[key], place) if key in places else place
        gone.update(_gone(enrolled, here))
        over.update(*(each.gone - places.keys() for each in here.listings))
    kept = frozenset(_kept(enrolled, lists))
    for key in kept & places.keys():
        places[key] = _both(places[key], enrolled[key])
    return Together(roster=places, gone=frozenset(gone) - places.keys() - kept, kept=kept)


def _said(lists: Lists) -> dict[PersonKey, Place]:
    """What lists of one authority say together."""
    places = dict[PersonKey, Place]()
    for listing in lists.listings:
        for key, place in listing.roster.items():
            places[key] = _both(places[key], place) if key in places else place
    return places


def _under(higher: Place, lower: Place) -> Place:
    """The role is the higher authority's; in sections somebody is by either's word."""
    if lower.sections <= higher.sections:
        return higher
    return Place(higher.role, higher.sections | lower.sections)


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
    if any(each.of_all for each in lists.silent):
        yield from enrolled
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
