"""Courses, where they live in the LMS, who is in them, and their launches."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from coursehub.model.columns import AsJson, UtcDateTime, new_id, now
from coursehub.model.institution import TenantOwned
from coursehub.vocabulary.courses import DroppedServers
from coursehub.vocabulary.people import Role
from coursehub.vocabulary.terms import Holiday, LatePolicy


class Course(TenantOwned, table=True):
    """
    A course on this Hub; `key` is unique over all institutions (it names Hub groups).

    An archived one takes no launches and no submissions; everybody's files
    and scores stay. `successor_id` is the course of the term after it.
    """

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    title: str
    time_zone: str = "UTC"
    dropped_servers: DroppedServers = DroppedServers.STOP
    term_starts: date | None = None
    term_ends: date | None = None
    holidays: list[Holiday] = Field(default_factory=list, sa_type=AsJson(list[Holiday]))
    instructors: list[str] = Field(default_factory=list, sa_type=AsJson(list[str]))
    late: LatePolicy = Field(default_factory=LatePolicy, sa_type=AsJson(LatePolicy))
    image: str = ""
    environment: dict[str, str] = Field(default_factory=dict, sa_type=AsJson(dict[str, str]))
    archived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    successor_id: int | None = Field(default=None, foreign_key="course.id")
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class CourseContext(TenantOwned, table=True):
    """
    An LMS course (LTI context) that feeds a course, and its services.

    Its id is the LMS's own within a deployment (LTI 1.3 core 5.4.1); `label`
    and `title` are what the LMS calls it. One that was joined to another course
    has one of its own, to which it goes back when it is parted again.
    """

    __table_args__ = (UniqueConstraint("platform_id", "deployment_id", "context_id"),)

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    own_course_id: int | None = Field(default=None, foreign_key="course.id")
    platform_id: int = Field(foreign_key="platform.id")
    deployment_id: str = ""
    context_id: str
    label: str = ""
    title: str = ""
    nrps_url: str = ""
    ags_lineitems_url: str = ""


class Enrolment(TenantOwned, table=True):
    """
    A person in a course.

    A dropped enrolment stays (`dropped_at` set), so that someone who comes
    back finds everything. `source` is what said so last: launch or nrps. The
    listings lack the person since `missing_since`; a second one that does ends
    the enrolment.
    """

    __table_args__ = (UniqueConstraint("course_id", "person_id"),)

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    role: Role
    source: str = "launch"
    enrolled_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    dropped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    missing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Section(TenantOwned, table=True):
    """A part of a course's people; it is a whole LMS course where several feed the course."""

    __table_args__ = (UniqueConstraint("course_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    course_id: int = Field(foreign_key="course.id", index=True)
    context_id: int | None = Field(default=None, foreign_key="coursecontext.id")
    name: str


class EnrolmentSection(TenantOwned, table=True):
    """Somebody in a section; kept, as the enrolment is, for whoever is dropped."""

    __table_args__ = (UniqueConstraint("enrolment_id", "section_id"),)

    id: int | None = Field(default=None, primary_key=True)
    enrolment_id: int = Field(foreign_key="enrolment.id", index=True)
    section_id: int = Field(foreign_key="section.id", index=True)


class LaunchRecord(TenantOwned, table=True):
    """One launch that was let in; the latest one names the course of the next server."""

    id: str = Field(default_factory=new_id, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    course_id: int | None = Field(default=None, foreign_key="course.id", index=True)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)


class Selection(TenantOwned, table=True):
    """
    One picking of content for the LMS (LTI Deep Linking 2.0), from request to answer.

    `ticket_sha256` is of the secret that the page's forms carry; `request` is
    vocabulary.launch.DeepLinking as JSON.
    """

    id: int | None = Field(default=None, primary_key=True)
    ticket_sha256: str = Field(unique=True)
    launch_id: str = Field(foreign_key="launchrecord.id")
    course_id: int = Field(foreign_key="course.id")
    person_id: int = Field(foreign_key="person.id")
    platform_id: int = Field(foreign_key="platform.id")
    deployment_id: str
    request: str
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
