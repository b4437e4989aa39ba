"""Where course materials come from, and which of them a course uses."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from coursehub.model.columns import UtcDateTime
from coursehub.model.institution import TenantOwned


class Source(TenantOwned, table=True):
    """
    A git repository at one branch, delivered into one folder of a student's home.

    An empty `branch` is the repository's default one; `head_branch` and `head`
    are what the mirror had at `fetched_at`. `error` says why the attempt at
    `tried_at` brought nothing, empty if it did. Sources of one address share
    one mirror (vocabulary/repositories.py).
    """

    __table_args__ = (UniqueConstraint("institution_id", "url", "branch", "folder"),)

    id: int | None = Field(default=None, primary_key=True)
    url: str
    folder: str
    branch: str = ""
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    fetched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    head_branch: str = ""
    head: str = ""
    error: str = ""


class Module(TenantOwned, table=True):
    """
    A part of a source that a course uses; `path` is within the repository.

    It is delivered at its `pin` (a commit, tag or branch; the newest where it is
    empty), from `release_at` on.
    """

    __table_args__ = (UniqueConstraint("course_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    source_id: int = Field(foreign_key="source.id")
    name: str
    title: str
    path: str
    position: int = 0
    pin: str = ""
    release_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
