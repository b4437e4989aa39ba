"""An LMS in memory: the port `Lms` where no platform runs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from coursehub.errors import Conflict, CoursehubError, Invalid, Missing, Refused
from coursehub.ports import Ending, LmsResult, LmsScore, Member, PlatformAccess
from coursehub.vocabulary.launch import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a gradebook."""

    resource_id: str
    label: str
    max_points: float


@dataclass(slots=True, kw_only=True)
class MemoryLms:
    """
    Rosters and gradebooks as plain collections that may be set and read.

    `failure` is raised by every call while it is set; `posts` counts the
    scores that were heard, taken or not. As in a real gradebook, a score must
    be newer than the one before, and of somebody in `gradable` if that is set.
    `forgotten` are client ids that it knows no more, and so gives no token to.
    `shares` are LTI 1.1's scores by their sourcedid. Where it `keeps_differences`,
    `seen` are the lists as they were read, by where their differences are.
    """

    rosters: dict[str, list[Member]] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)
    scores: dict[tuple[str, str], LmsScore] = field(default_factory=dict)
    shares: dict[str, float] = field(default_factory=dict)
    gradable: set[str] | None = None
    forgotten: set[str] = field(default_factory=set)
    failure: CoursehubError | None = None
    posts: int = 0
    keeps_differences: bool = False
    seen: dict[str, tuple[Member, ...]] = field(default_factory=dict)

    async def members(
        self,
        access: PlatformAccess,
        roster_url: str,
        *,
        since: str = "",
        ending: Ending | None = None,
    ) -> AsyncIterator[Member]:
        """Everyone on the roster at that address, or who changed since it was as `since` says."""
        self._let_in(access)
        listed = tuple(self._roster(roster_url))
        for member in self._changed(since, listed) if since else listed:
            yield member
        if ending is not None and self.keeps_differences:
            ending.differences = f"{roster_url}?since={len(self.seen)}"
            self.seen[ending.differences] = listed

    async def line_item(
        self,
        access: PlatformAccess,
        lineitems_url: str,
        *,
        resource_id: str,
        label: str,
        max_points: float,
    ) -> str:
        """The column's address, made if there is none."""
        self._let_in(access)
        for url, column in self.columns.items():
            if url.startswith(f"{lineitems_url}/") and column.resource_id == resource_id:
                return url
        url = f"{lineitems_url}/{len(self.columns) + 1}"
        self.columns[url] = Column(resource_id=resource_id, label=label, max_points=max_points)
        return url

    async def post_score(self, access: PlatformAccess, line_item_url: str, score: LmsScore) -> None:
        """The score stands, unless a newer one does already."""
        self._let_in(access)
        self.posts += 1
        self._column(line_item_url)
        if self.gradable is not None and score.subject not in self.gradable:
            raise Invalid("lms-rejected", "The LMS did not accept this (status 400).")
        before = self.scores.get((line_item_url, score.subject))
        if before and score.scored_at <= before.scored_at:
            raise Conflict("lms-newer", "The LMS holds something newer already.")
        self.scores[line_item_url, score.subject] = score

    async def result(
        self, access: PlatformAccess, line_item_url: str, *, subject: str
    ) -> LmsResult | None:
        """What the gradebook shows, on the column's own scale."""
        self._let_in(access)
        column = self._column(line_item_url)
        score = self.scores.get((line_item_url, subject))
        if score is None or score.pending_manual:
            return None
        return LmsResult(
            subject=subject,
            points=score.points / score.max_points * column.max_points,
            max_points=column.max_points,
        )

    async def replace_result(
        self, access: PlatformAccess, outcome: Outcome, score: LmsScore
    ) -> None:
        """The share of the maximum stands, whatever stood before."""
        self._let_in(access)
        self.posts += 1
        if score.max_points <= 0:
            raise Invalid("no-points", "An assignment without points has no score to send.")
        self.shares[outcome.sourcedid] = min(max(score.points / score.max_points, 0.0), 1.0)

    async def close(self) -> None:
        """Nothing to give back."""

    def _changed(self, since: str, listed: tuple[Member, ...]) -> list[Member]:
        """Who came or changed since then, and who is gone, as Deleted (NRPS 2.0, 2.4)."""
        if since not in self.seen:
            raise Missing("lms-missing", "The LMS knows nothing under that address any more.")
        before = self.seen[since]
        here = {member.subject for member in listed}
        gone = (replace(each, status="Deleted") for each in before if each.subject not in here)
        return [*(member for member in listed if member not in before), *gone]

    def _let_in(self, access: PlatformAccess) -> None:
        if self.failure is not None:
            raise self.failure
        if access.client_id in self.forgotten:
            raise Refused("lms-token-refused", "The LMS refuses this tool.")

    def _roster(self, url: str) -> list[Member]:
        if url not in self.rosters:
            raise Missing("lms-missing", "The LMS knows nothing under that address any more.")
        return self.rosters[url]

    def _column(self, url: str) -> Column:
        if url not in self.columns:
            raise Missing("lms-missing", "The LMS knows nothing under that address any more.")
        return self.columns[url]
