"""Where a course's people are listed, beside the LMS's own Names and Roles."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from coursehub.ports.lms import Member, PlatformAccess
from coursehub.vocabulary.roster import SourceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterAddress:
    """
    Where one list is read, and how the service proves itself there.

    For LTI `url` is the roster's own address and `access` the platform's; for
    the other services `url` is the API's root, `course` the source's id of the
    course (of the class, in OneRoster), and `sealed_secret` the access token,
    or the secret of OAuth 2 client `client_id`, whose tokens are from `token_url`.
    """

    kind: SourceKind
    url: str
    course: str = ""
    access: PlatformAccess | None = None
    client_id: str = ""
    token_url: str = ""
    sealed_secret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterFile:
    """
    A list that somebody uploaded, understood.

    `columns` says which column was taken for what ("email": "Email address"),
    to be remembered and given to the next reading. `skipped` tells of lines
    that hold nobody, a sentence each.
    """

    members: tuple[Member, ...]
    columns: Mapping[str, str]
    skipped: tuple[str, ...] = ()


class Rosters(Protocol):
    """Every kind of roster source."""

    def members(self, source: RosterAddress) -> AsyncIterator[Member]:
        """Everyone on the list, once; an error of errors.py if it cannot be read to its end."""
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
