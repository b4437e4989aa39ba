"""
What the services need of the world outside, as Protocols.

Adapters keep these promises: every call has a timeout and a bound on size,
and what goes wrong is raised as an error of errors.py.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from coursehub.vocabulary.launch import Outcome, SignedForm
from coursehub.vocabulary.people import HubName


@dataclass(frozen=True, slots=True, kw_only=True)
class HubServer:
    """A server that the Hub says is running or starting."""

    owner: HubName
    name: str
    ready: bool
    last_activity: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HubAccount:
    """An account that a launch must not fall into by its name alone."""

    name: HubName
    is_admin: bool
    groups: frozenset[str] = frozenset()
    made_at: datetime | None = None


class Hub(Protocol):
    """JupyterHub's REST API."""

    async def exists(self, name: HubName) -> bool: ...
    async def account(self, name: HubName) -> HubAccount | None:
        """The Hub's account of that name; None for one that it does not know."""

    async def system_uid(self, name: HubName) -> int | None:
        """
        The uid of this machine's own account of that name; None where there is none.

        A spawner of local processes would start a server as that account.
        """
        ...

    async def groups(self, name: HubName) -> frozenset[str]:
        """The groups of a user; none for one that the Hub does not know."""
        ...

    async def has_group(self, group: str) -> bool: ...
    async def members(self, group: str) -> frozenset[HubName]:
        """The members of a group; none for a group that does not exist."""
        ...

    async def add(self, group: str, names: Collection[HubName]) -> None:
        """Add existing users, in chunks; the group is created when it is missing."""
        ...

    async def remove(self, group: str, names: Collection[HubName]) -> None: ...
    async def servers(self) -> tuple[HubServer, ...]: ...
    async def start(self, name: HubName) -> bool:
        """Ask for the user's default server; whether it is ready already."""
        ...

    async def stop(self, owner: HubName, server: str) -> None:
        """Ask for the end of a running server (the default one by an empty name)."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformAccess:
    """How the tool proves itself to one platform; by a shared secret where it speaks LTI 1.1."""

    issuer: str
    client_id: str
    token_url: str
    sealed_secret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person of an LMS course, as its roster lists them."""

    subject: str
    roles: tuple[str, ...]
    status: str = "Active"
    name: str = ""
    email: str = ""


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

    def members(self, access: PlatformAccess, roster_url: str) -> AsyncIterator[Member]: ...

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A branch and the commit it is at."""

    branch: str
    commit: str


class Repos(Protocol):
    """The mirrors of module repositories."""

    async def refresh(self, key: str, url: str, *, branch: str = "") -> Head:
        """
        The head of a branch (the default one if empty), fetched from upstream now.

        The mirror is made if it is missing; Unreachable or Invalid where that fails,
        and the last mirror stays as it was.
        """
        ...

    async def head(self, key: str, *, branch: str = "") -> Head:
        """The head as the mirror has it, without asking upstream; Missing if there is none."""
        ...

    def path(self, key: str) -> Path:
        """Folder of the bare mirror, there or not yet."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """Bytes under the SHA-256 that names them."""

    sha256: str
    size_bytes: int


class Blobs(Protocol):
    """Content-addressed storage; the same bytes are kept once."""

    def put(self, source: BinaryIO, *, max_bytes: int) -> Blob:
        """Stored durably when this returns; Invalid("too-large") beyond `max_bytes`."""
        ...

    def open(self, sha256: str) -> BinaryIO: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRequest:
    """
    One submission to grade.

    `files` maps paths within the submission to their blobs' SHA-256; reading
    and feedback need none.
    """

    course: str
    assignment: str
    student: str
    received_at: datetime
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """What nbgrader's gradebook holds for one submission."""

    points: float
    max_points: float
    needs_manual: bool


class Autograder(Protocol):
    """Grading by nbgrader, the student's code in a sandbox, the gradebook outside of it."""

    async def grade(self, request: GradeRequest) -> Grade:
        """Collect and autograde; Invalid with a reason the student can act on, or Unreachable."""
        ...

    async def read(self, request: GradeRequest) -> Grade | None:
        """The grade as the gradebook has it now, manual points included; None before grading."""
        ...

    async def feedback(self, request: GradeRequest) -> Mapping[str, bytes]:
        """Feedback files (HTML) by path, generated from the gradebook as it is now."""
        ...

    async def prepare(self, course: str, assignment: str) -> None:
        """The assignment generated from its source, where it is not in the gradebook yet."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a server outside answered; `json` is any JSON value and has to be read strictly."""

    status: int
    json: Any


class Outside(Protocol):
    """
    HTTP to addresses that somebody outside named, such as an LMS that registers itself.

    Refused for an address that is not public, or not https; no redirect is followed.
    """

    async def get(self, url: str, *, bearer: str = "") -> Said: ...
    async def post(self, url: str, body: Mapping[str, Any], *, bearer: str = "") -> Said: ...
    async def admit(self, url: str) -> None:
        """Nothing; Refused for an address that may not be asked. Nothing is sent there."""
        ...


class Keys(Protocol):
    """The tool's own keys."""

    def public_jwks(self) -> dict[str, Any]:
        """The public halves, as an LMS reads them (RFC 7517)."""
        ...

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A JWT by the active key (RS256); its `exp` is an hour after its `iat` at most."""
        ...


class Consumers(Protocol):
    """LTI 1.1's consumers, as it calls LMSs: their shared secrets, and what they sign."""

    def seal(self, key: str, secret: str) -> str:
        """The secret of that consumer key as the database may hold it."""
        ...

    def verify(self, form: SignedForm, sealed: str) -> None:
        """Nothing; Refused for a form that this secret did not sign just now."""
        ...


class Clock(Protocol):
    """The time by which deadlines are judged."""

    def now(self) -> datetime: ...
