"""What the database knows of a launch already, asked in one question."""

import functools
from dataclasses import dataclass

from sqlalchemy import BindParameter, Select, and_, bindparam, select
from sqlmodel import Session, col

from coursehub.errors import Refused
from coursehub.model.course import Course, CourseContext, Enrolment
from coursehub.model.institution import Deployment, Institution, Person, Platform, PlatformState
from coursehub.vocabulary.launch import Launch


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    The launch's registration, and what was there before it; None for what is new.

    `feed` is the LMS course under this very deployment, `course` what it feeds,
    `enrolment` the person's place in that, dropped ones included, and
    `trusted_domains` are the institution's.
    """

    platform: Platform
    person: Person | None
    feed: CourseContext | None
    course: Course | None
    enrolment: Enrolment | None
    trusted_domains: str


def known(session: Session, launch: Launch) -> Place:
    """The launch's place; Refused for a platform or deployment that is not registered or is off."""
    found = session.execute(
        _question(),
        {
            "issuer": launch.issuer,
            "client": launch.client_id,
            "deployment": launch.deployment_id,
            "subject": launch.subject,
            "context": launch.context.id if launch.context else None,
        },
    ).first()
    if found is None:
        raise Refused("not-registered", "This LMS is not registered with this Hub.")
    platform, person, feed, course, enrolment, domains = found
    return Place(
        platform=platform,
        person=person,
        feed=feed,
        course=course,
        enrolment=enrolment,
        trusted_domains=domains,
    )


@functools.cache
def _question() -> "Select[Platform, Person, CourseContext, Course, Enrolment, str]":
    """
    Made once: SQLAlchemy takes as long to put a question together as SQLite to answer it.

    Older launches did not keep the deployment of an LMS course.
    """
    deployment: BindParameter[str] = bindparam("deployment")
    persons = and_(
        col(Person.institution_id) == Platform.institution_id,
        col(Person.issuer) == Platform.issuer,
        col(Person.subject) == bindparam("subject"),
    )
    feeds = and_(
        col(CourseContext.platform_id) == Platform.id,
        col(CourseContext.context_id) == bindparam("context"),
        col(CourseContext.deployment_id).in_([deployment, ""]),
    )
    enrolments = and_(col(Enrolment.course_id) == Course.id, col(Enrolment.person_id) == Person.id)
    return (
        select(Platform, Person, CourseContext, Course, Enrolment, col(Institution.trusted_domains))
        .join(Institution, col(Institution.id) == Platform.institution_id)
        .join(Deployment, col(Deployment.platform_id) == Platform.id)
        .outerjoin(Person, persons)
        .outerjoin(CourseContext, feeds)
        .outerjoin(Course, col(Course.id) == CourseContext.course_id)
        .outerjoin(Enrolment, enrolments)
        .where(col(Platform.issuer) == bindparam("issuer"))
        .where(col(Platform.client_id) == bindparam("client"))
        .where(col(Platform.state) == PlatformState.ACTIVE)
        .where(col(Deployment.deployment_id) == deployment)
        .order_by(col(CourseContext.deployment_id).desc())
        .limit(1)
    )
