"""Where a course's people are listed beside the LMS, and the secrets that it takes to ask."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from coursehub.model.columns import AsJson, UtcDateTime, now
from coursehub.model.institution import TenantOwned
from coursehub.vocabulary.roster import SourceKind


class RosterSource(TenantOwned, table=True):
    """
    A list of a course's people; the first by position has the last word.

    `secret` is the name under which the administrator keeps its token. Of a
    list that is a file, the last one is kept as a blob, with what its columns
    were taken for.
    """

    __table_args__ = (UniqueConstraint("course_id", "kind", "url", "course"),)

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    position: int
    kind: SourceKind
    url: str = ""
    course: str = ""
    client_id: str = ""
    token_url: str = ""
    secret: str = ""
    columns: dict[str, str] = Field(default_factory=dict, sa_type=AsJson(dict[str, str]))
    file_sha256: str = ""
    file_name: str = ""
    file_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RosterSecret(TenantOwned, table=True):
    """A source's token under a name; it is sealed, and of use at that address alone."""

    __table_args__ = (UniqueConstraint("institution_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str
    kind: SourceKind
    url: str
    client_id: str = ""
    token_url: str = ""
    sealed: str
    given_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class RosterUnplaced(TenantOwned, table=True):
    """Somebody whom a course's latest sync could not place, and why; a few hundred at most."""

    id: int | None = Field(default=None, primary_key=True)
    sync_id: int = Field(foreign_key="rostersync.id", index=True)
    source: str
    name: str
    email: str
    why: str
