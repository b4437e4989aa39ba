"""Reading the lists of the LMS courses that feed a course."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from coursehub.errors import CoursehubError
from coursehub.ports import Ending, Lms, Member
from coursehub.roster.actions.carrying import Told
from coursehub.roster.actions.feeds import Feed, Feeds
from coursehub.roster.actions.progress import Progress
from coursehub.roster.rules import Listing, Lists, Place
from coursehub.vocabulary.people import PersonKey, role_of
from coursehub.vocabulary.roster import Stage, section_name

EVERY: Final = 50
"""People between two looks at the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """Where the differences to an earlier list are, when that was read, and the last whole one."""

    url: str
    read_at: datetime
    whole_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """
    What one LMS course lists, or why it could not be read.

    `since` is there where only what changed was read; `differences` is where
    the LMS will tell what changes from now on.
    """

    feed: Feed
    listing: Listing | None = None
    told: Mapping[PersonKey, Told]
    listed: int = 0
    without_role: tuple[Told, ...] = ()
    error: CoursehubError | None = None
    since: Since | None = None
    differences: str = ""


async def read(
    lms: Lms, feeds: Feeds, progress: Progress, *, since: Since | None = None
) -> list[Read]:
    """
    Each LMS course's list; of a single one what changed `since`, where that can be had.

    One that cannot be read keeps the others from nothing; where none can, the
    first's error is raised.
    """
    found: list[Read] = []
    await progress.at(Stage.READING)
    for feed in feeds.asked:
        before = sum(each.listed for each in found)
        one = await _read(lms, feed, progress, before=before, since=since)
        if since and one.error:  # no differences any more: the whole list is asked for
            one = await _read(lms, feed, progress, before=before)
        found.append(one)
    failed = [each.error for each in found if each.error]
    if failed and len(failed) == len(found) and not feeds.sources.others:
        raise failed[0]
    return found


def lists(found: Iterable[Read], feeds: Feeds) -> Lists:
    """What was read, as the rules take it."""
    return Lists(
        listings=tuple(
            replace(each.listing, rank=feeds.sources.lti_rank or 0)
            for each in found
            if each.listing
        ),
        silent=(
            *(each.feed.silent for each in found if each.listing is None),
            *(feed.silent for feed in feeds.silent if feeds.asked),
        ),
    )


def told(found: Iterable[Read]) -> dict[PersonKey, Told]:
    """What is told of everyone who has a place; of two lines what each has."""
    together: dict[PersonKey, Told] = {}
    for each in found:
        for key, said in each.told.items():
            known = together.get(key, said)
            together[key] = Told(known.name or said.name, known.email or said.email)
    return together


async def _read(
    lms: Lms, feed: Feed, progress: Progress, *, before: int, since: Since | None = None
) -> Read:
    people, ending = _People(feed), Ending()
    address = since.url if since else ""
    try:
        async for member in lms.members(feed.access, feed.roster_url, since=address, ending=ending):
            people.add(member)
            if people.listed % EVERY == 0:
                await progress.at(Stage.READING, before + people.listed)
    except CoursehubError as error:
        return Read(feed=feed, told={}, error=error)
    return people.read(since=since, differences=ending.differences)


class _People:
    """
    Those who are listed, gathered one by one.

    Of two lines about one person, what both together give. A status that is
    not Active says that somebody is gone (NRPS 2.0, 2.4.1).
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self.listed = 0
        self._lines: dict[PersonKey, tuple[tuple[str, ...], frozenset[str]]] = {}
        self._told: dict[PersonKey, Told] = {}
        self._gone: set[PersonKey] = set()
        self._places: dict[Place, Place] = {}

    def add(self, member: Member) -> None:
        self.listed += 1
        key = PersonKey(self._feed.access.issuer, member.subject)
        if member.status != "Active":
            self._gone.add(key)
            return
        roles, sections = self._lines.get(key, ((), frozenset()))
        named = filter(None, map(section_name, member.sections))
        # Most people have the same roles as the one before: the tuple is kept once.
        self._lines[key] = (*roles, *member.roles) if roles else member.roles, sections.union(named)
        self._told[key] = Told(member.name, member.email)

    def read(self, *, since: Since | None, differences: str) -> Read:
        """All of it. Listed without a role in the course, somebody is not in it either."""
        roster = {key: place for key, line in self._lines.items() if (place := self._place(*line))}
        unplaced = self._lines.keys() - roster.keys()
        strangers = tuple(self._told.pop(key) for key in unplaced)
        listing = Listing(
            roster=roster,
            gone=frozenset(self._gone | unplaced) - roster.keys(),
            section=self._feed.section,
            issuer=self._feed.access.issuer,
            is_whole=since is None,
        )
        return Read(
            feed=self._feed,
            listing=listing,
            told=self._told,
            listed=self.listed,
            without_role=strangers,
            since=since,
            differences=differences,
        )

    def _place(self, roles: tuple[str, ...], sections: frozenset[str]) -> Place | None:
        role = role_of(roles)
        if role is None:
            return None
        own = frozenset({self._feed.section} if self._feed.section else ())
        place = Place(role, sections | own)
        return self._places.setdefault(place, place)
