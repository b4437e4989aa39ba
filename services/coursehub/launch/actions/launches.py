"""Receiving launches: who it is, which course, and which groups follow."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from starlette.concurrency import run_in_threadpool
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from coursehub.errors import Refused
from coursehub.launch import rules
from coursehub.launch.actions import naming
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course, CourseContext, Enrolment, LaunchRecord
from coursehub.model.grading import LineItem
from coursehub.model.institution import Deployment, Nonce, Person, Platform, PlatformState
from coursehub.ports import Clock, Hub
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey, grader_of
from coursehub.vocabulary.launch import Context, Launch, Registration, Welcome
from coursehub.vocabulary.people import HubName, Role

SKEW: Final = timedelta(minutes=5)
"""How long beyond its token's life a nonce is kept."""
ATTEMPTS: Final = 10
"""Launches at one instant make the same person or course; the losers begin again and find it."""


def registrations(store: Store) -> list[Registration]:
    """Every platform this Hub trusts, with its deployments."""
    with store.reading(EVERYONE) as session:
        deployments: dict[int, list[str]] = {}
        for row in session.exec(select(Deployment)):
            deployments.setdefault(row.platform_id, []).append(row.deployment_id)
        return [
            Registration(
                issuer=platform.issuer,
                client_id=platform.client_id,
                deployment_ids=tuple(sorted(deployments.get(platform.id or 0, ()))),
                auth_login_url=platform.auth_login_url,
                key_set_url=platform.key_set_url,
            )
            for platform in session.exec(
                select(Platform).where(Platform.state == PlatformState.ACTIVE)
            )
        ]


async def receive(
    store: Store, hub: Hub, clock: Clock, launch: Launch, *, settings: Settings
) -> Welcome:
    """
    The person's place on this Hub, with the launch, person, course and enrolment stored.

    Refused("launch-replayed") for a nonce seen before; Refused for a platform
    or deployment that is not registered.
    """
    record = await run_in_threadpool(_record, store, launch, clock.now())
    if record.person.hub_name is None:
        record.person.hub_name = await naming.give(
            store, hub, record.person, rules.hub_names(launch, claim=settings.username_claim)
        )
    course = record.course_key
    return Welcome(
        launch_id=record.launch_id,
        hub_name=HubName(record.person.hub_name),
        landing=rules.landing(
            launch, course, prefix=settings.prefix, hub_base=settings.hub_base_url
        ),
        graders=(grader_of(course),) if course and record.role and record.role.is_staff else (),
    )


class _Record:
    """What one launch left in the database."""

    def __init__(
        self, launch_id: str, person: Person, course_key: CourseKey | None, role: Role | None
    ) -> None:
        self.launch_id = launch_id
        self.person = person
        self.course_key = course_key
        self.role = role


@retry(
    retry=retry_if_exception_type(IntegrityError), stop=stop_after_attempt(ATTEMPTS), reraise=True
)
def _record(store: Store, launch: Launch, at: datetime) -> _Record:
    """What the launch left; whole, or nothing at all."""
    with store.writing(EVERYONE) as session:
        _use_nonce(session, launch, at)
        platform = _platform(session, launch)
        person = _person(session, platform, launch)
        role = rules.role_in_course(launch)
        course = None
        if launch.context and role:
            course = _course(session, platform, launch, launch.context)
            _enrol(session, course, person, role)
            _link_line_item(session, course, launch)
        record = LaunchRecord(
            institution_id=platform.institution_id,
            person_id=person.id or 0,
            course_id=course.id if course else None,
            at=at,
        )
        session.add(record)
        return _Record(record.id, person, CourseKey(course.key) if course else None, role)


def _use_nonce(session: Session, launch: Launch, at: datetime) -> None:
    """The nonce's only use (OpenID Connect core 3.1.3.7, rule 11; LTI security 5.1.3)."""
    session.exec(delete(Nonce).where(col(Nonce.expires_at) < at))
    expires = datetime.fromtimestamp(launch.expires_at, UTC) + SKEW
    session.add(Nonce(issuer=launch.issuer, nonce=launch.nonce, expires_at=expires))
    try:
        session.flush()
    except IntegrityError as cause:
        raise Refused(
            "launch-replayed",
            "This launch was used before. Go back to your course and open the link again.",
        ) from cause


def _platform(session: Session, launch: Launch) -> Platform:
    found = session.exec(
        select(Platform)
        .join(Deployment, col(Deployment.platform_id) == Platform.id)
        .where(
            Platform.issuer == launch.issuer,
            Platform.client_id == launch.client_id,
            Deployment.deployment_id == launch.deployment_id,
            Platform.state == PlatformState.ACTIVE,
        )
    ).first()
    if found is None:
        raise Refused("not-registered", "This LMS is not registered with this Hub.")
    return found


def _person(session: Session, platform: Platform, launch: Launch) -> Person:
    person = session.exec(
        select(Person).where(
            Person.institution_id == platform.institution_id,
            Person.issuer == launch.issuer,
            Person.subject == launch.subject,
        )
    ).first() or Person(
        institution_id=platform.institution_id,
        platform_id=platform.id or 0,
        issuer=launch.issuer,
        subject=launch.subject,
    )
    person.platform_id = platform.id or 0
    person.name = launch.name or person.name
    person.email = launch.email or person.email
    session.add(person)
    session.flush()
    return person


def _course(session: Session, platform: Platform, launch: Launch, context: Context) -> Course:
    """The course that this LMS course feeds, made at its first launch."""
    feed = session.exec(
        select(CourseContext).where(
            CourseContext.platform_id == platform.id, CourseContext.context_id == context.id
        )
    ).first()
    if feed is None:
        course = Course(
            institution_id=platform.institution_id,
            key=_free_key(session, rules.course_keys(launch)),
            title=context.title or context.label or context.id,
        )
        session.add(course)
        session.flush()
        feed = CourseContext(
            institution_id=platform.institution_id,
            course_id=course.id or 0,
            platform_id=platform.id or 0,
            context_id=context.id,
        )
    feed.nrps_url = context.nrps_url or feed.nrps_url
    feed.ags_lineitems_url = context.ags_lineitems_url or feed.ags_lineitems_url
    session.add(feed)
    return session.exec(select(Course).where(Course.id == feed.course_id)).one()


def _free_key(session: Session, keys: Iterator[CourseKey]) -> CourseKey:
    return next(k for k in keys if not session.exec(select(Course).where(Course.key == k)).first())


def _enrol(session: Session, course: Course, person: Person, role: Role) -> None:
    enrolment = session.exec(
        select(Enrolment).where(Enrolment.course_id == course.id, Enrolment.person_id == person.id)
    ).first() or Enrolment(
        institution_id=course.institution_id,
        course_id=course.id or 0,
        person_id=person.id or 0,
        role=role,
    )
    enrolment.role = role
    enrolment.dropped_at = None
    session.add(enrolment)


def _link_line_item(session: Session, course: Course, launch: Launch) -> None:
    """
    The gradebook column of the link, kept for the assignment that it opens.

    So scores go where the LMS's own assignment shows them, not into a second
    column (LTI AGS 2.0, 3.1.2: `lineitem` is the one of the launched link).
    """
    url = launch.link.lineitem_url if launch.link else ""
    name = launch.custom.get("assignment", "")
    if not (url and name and launch.context):
        return
    assignment = session.exec(
        select(Assignment).where(Assignment.course_id == course.id, Assignment.name == name)
    ).first()
    feed = session.exec(
        select(CourseContext).where(
            CourseContext.course_id == course.id, CourseContext.context_id == launch.context.id
        )
    ).first()
    if assignment is None or feed is None:
        return
    row = session.exec(
        select(LineItem).where(
            LineItem.assignment_id == assignment.id, LineItem.context_id == feed.id
        )
    ).first() or LineItem(
        institution_id=course.institution_id,
        assignment_id=assignment.id or 0,
        context_id=feed.id or 0,
        url=url,
    )
    row.url = url
    session.add(row)
