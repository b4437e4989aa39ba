"""An LMS: its roster and its gradebook."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from coursehub.vocabulary.launch import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformAccess:
    """How the tool proves itself to one platform; by a shared secret where it speaks LTI 1.1."""

    issuer: str
    client_id: str
    token_url: str
    sealed_secret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """
    One person of a course, as a roster source lists them.

    `subject` is the source's own id of the person; `roles` are LIS role URIs
    or their short names, whatever words the source has (`vocabulary.people.role_of`).
    `sections` are the names of the sections or groups that the person is in,
    `login` and `sis_id` the names by which other systems know the person.
    """

    subject: str
    roles: tuple[str, ...]
    status: str = "Active"
    name: str = ""
    email: str = ""
    sections: tuple[str, ...] = ()
    login: str = ""
    sis_id: str = ""


@dataclass(slots=True)
class Ending:
    """What a list tells beside its people; true when all of them were read."""

    differences: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LmsScore:
    """A score for the LMS's gradebook (LTI AGS 2.0, 3.4)."""

    subject: str
    points: float
    max_points: float
    scored_at: datetime
    comment: str = ""
    pending_manual: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LmsResult:
    """What the LMS's gradebook shows for a person (LTI AGS 2.0, 3.3)."""

    subject: str
    points: float | None
    max_points: float | None


class Lms(Protocol):
    """One kind of LMS: its roster and its gradebook."""

    def members(
        self,
        access: PlatformAccess,
        roster_url: str,
        *,
        since: str = "",
        ending: Ending | None = None,
    ) -> AsyncIterator[Member]:
        """
        Everyone on the roster; or who changed, by the differences' address `since`.

        Of differences the same is true as of `ports.rosters.Listing`; `ending`
        is told where the next ones are.
        """
        ...

    async def line_item(
        self,
        access: PlatformAccess,
        lineitems_url: str,
        *,
        resource_id: str,
        label: str,
        max_points: float,
    ) -> str:
        """The address of the line item with that resource id, made if there is none."""
        ...

    async def post_score(
        self, access: PlatformAccess, line_item_url: str, score: LmsScore
    ) -> None: ...

    async def result(
        self, access: PlatformAccess, line_item_url: str, *, subject: str
    ) -> LmsResult | None: ...

    async def replace_result(
        self, access: PlatformAccess, outcome: Outcome, score: LmsScore
    ) -> None:
        """The score as a share of its maximum, all that LTI 1.1 takes; no comment, no moment."""
        ...

    async def close(self) -> None: ...
