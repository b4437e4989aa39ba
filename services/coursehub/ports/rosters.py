"""Where a course's people are listed, beside the LMS's own Names and Roles."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from coursehub.ports.lms import Ending, Member, PlatformAccess
from coursehub.vocabulary.roster import SourceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterAddress:
    """
    Where one list is read, and how the service proves itself there.

    For LTI `url` is the roster's own address and `access` the platform's; for
    the other services `url` is the API's root, `course` the source's id of the
    course (of the class, in OneRoster), and `sealed_secret` the access token,
    or the secret of OAuth 2 client `client_id`, whose tokens are from `token_url`.

    LTI alone has the other two: `resource_link` lists those who may open that
    link, and `since`, an earlier `Listing.differences`, what changed after it.
    """

    kind: SourceKind
    url: str
    course: str = ""
    access: PlatformAccess | None = None
    client_id: str = ""
    token_url: str = ""
    sealed_secret: str = ""
    resource_link: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """
    The people of one list as they come, to be read once.

    Only a whole list, read to its end, is an authority: whoever it lacks is
    not listed. A list of differences (`RosterAddress.since`) names those alone
    who came, changed or left (status Deleted), and says nothing of the others.
    It may be used where the list before it, whole or of differences, was read
    to its end and taken over entirely, and never twice; after anything else,
    and every so often in any case, the whole list is read.
    """

    people: AsyncIterator[Member]
    ending: Ending = field(default_factory=Ending)

    def __aiter__(self) -> AsyncIterator[Member]:
        return self.people

    @property
    def differences(self) -> str:
        """After the end, where the next differences are; empty where the source keeps none."""
        return self.ending.differences


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterFile:
    """
    A list that somebody uploaded, understood.

    `columns` says which column was taken for what ("email": "Email address"),
    to be remembered and given to the next reading. `skipped` tells of lines
    that hold nobody, a sentence each. A file that is not whole names changes
    alone (OneRoster's delta), and says nothing of whom it lacks.
    """

    members: tuple[Member, ...]
    columns: Mapping[str, str]
    skipped: tuple[str, ...] = ()
    is_whole: bool = True


class Rosters(Protocol):
    """Every kind of roster source."""

    def members(self, source: RosterAddress) -> Listing:
        """
        Everyone on the list, once; an error of errors.py if it cannot be read to its end.

        Missing where `since` leads nowhere any more: then the whole list is read.
        """
        ...

    async def close(self) -> None: ...


class RosterFiles(Protocol):
    """Lists as files: what an LMS, or a student information system, exports."""

    def read(
        self, kind: SourceKind, content: bytes, *, course: str, columns: Mapping[str, str]
    ) -> RosterFile:
        """
        The list; Invalid with line and reason where it cannot be understood.

        `columns` are those of the last time, empty for the first. `course` is
        the class's id where one file holds several (OneRoster); else empty.
        """
        ...

    def kinds(self) -> Collection[SourceKind]: ...
