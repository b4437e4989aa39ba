"""Roster sources in memory: the port `Rosters` where no service runs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from coursehub.errors import CoursehubError, Missing, Refused
from coursehub.ports import Ending, Listing, Member, RosterAddress


@dataclass(slots=True, kw_only=True)
class MemoryRosters:
    """
    Lists as plain collections, by address and course, that may be set and read.

    `changes` are lists of differences by their own address; `differences` is
    where a whole list says that the next ones are. `failure` is raised by every
    reading while it is set, after `fails_after` people; `refused` are sealed
    secrets that are worth nothing any more.
    """

    rosters: dict[tuple[str, str], list[Member]] = field(default_factory=dict)
    changes: dict[str, list[Member]] = field(default_factory=dict)
    differences: str = ""
    refused: set[str] = field(default_factory=set)
    failure: CoursehubError | None = None
    fails_after: int = 0
    asked: list[RosterAddress] = field(default_factory=list)

    def members(self, source: RosterAddress) -> Listing:
        """Everyone on the list at that address."""
        ending = Ending()
        return Listing(people=self._people(source, ending), ending=ending)

    async def _people(self, source: RosterAddress, ending: Ending) -> AsyncIterator[Member]:
        self.asked.append(source)
        if source.sealed_secret in self.refused:
            raise Refused("roster-token", "The source does not accept the token: give a new one.")
        listed = (
            self.changes.get(source.since)
            if source.since
            else self.rosters.get((source.url, source.course))
        )
        if listed is None:
            raise Missing("lms-missing", "The LMS knows nothing under that address any more.")
        people: dict[str, Member] = {}
        for member in listed:
            people.setdefault(member.subject, member)
        for number, member in enumerate(people.values()):
            if self.failure is not None and number >= self.fails_after:
                raise self.failure
            yield member
        if self.failure is not None:
            raise self.failure
        ending.differences = self.differences

    async def close(self) -> None:
        """Nothing to give back."""
