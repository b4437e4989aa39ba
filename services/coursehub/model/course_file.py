"""Course files as they were applied, and whom and what they name beside the LMS."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from coursehub.model.columns import AsJson, UtcDateTime, now
from coursehub.model.institution import TenantOwned
from coursehub.vocabulary.people import Role


class CourseFileVersion(TenantOwned, table=True):
    """
    One course file that was applied.

    `materials` is where its modules are from, if it does not say so itself.
    The latest is what the next file and the page are compared with. `origin`
    is upload, page, command, rollover or the commit of the course's
    repository; `by` a Hub name, or empty for the schedule.
    """

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    text: str
    materials: str = ""
    origin: str
    by: str = ""
    applied_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    changes: int = 0


class CourseChange(TenantOwned, table=True):
    """
    One setting of a course that was changed, in the words of `courses.rules.telling`.

    Kept for ever: who, when, and by what (`origin`, as in CourseFileVersion).
    `place` names the setting, `before` and `after` its values in a line.
    """

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    changed_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    origin: str
    by: str = ""
    place: str
    before: str
    after: str


class CourseFileSource(TenantOwned, table=True):
    """
    The git repository that a course's file is followed in, and its path there.

    `commit` is the one that was looked at last, at `tried_at`; `error` says why
    it is not the course's, empty where it is.
    """

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", unique=True)
    url: str
    path: str
    commit: str = ""
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error: str = ""


class CourseStaff(TenantOwned, table=True):
    """
    Somebody who teaches or assists by the course file's word, by e-mail address or Hub name.

    The person need not have been here.
    """

    __table_args__ = (UniqueConstraint("course_id", "person"),)

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    person: str
    role: Role
    sections: list[str] = Field(default_factory=list, sa_type=AsJson(list[str]))
