"""Receiving launches: who it is, which course, and which groups follow."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from starlette.concurrency import run_in_threadpool
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from coursehub.errors import Conflict, Refused
from coursehub.launch import rules
from coursehub.launch.actions import course_keys, enrolling, errands, naming, places
from coursehub.launch.actions.errands import Errand
from coursehub.launch.actions.places import Place
from coursehub.model.course import LaunchRecord
from coursehub.model.institution import Deployment, Nonce, Person, Platform, PlatformState
from coursehub.ports import Clock, Hub
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary import usernames
from coursehub.vocabulary.courses import CourseKey, grader_of
from coursehub.vocabulary.launch import LTI_1_1, Groups, Launch, Message, Registration, Welcome
from coursehub.vocabulary.people import HubName, Role
from coursehub.vocabulary.usernames import UsernameTemplate

SKEW: Final = timedelta(minutes=5)
"""How long beyond its token's life a nonce is kept."""
ATTEMPTS: Final = 10
"""Launches at one instant make the same person or course; the losers begin again and find it."""


def registrations(store: Store) -> list[Registration]:
    """Every platform whose tokens this Hub trusts, with its deployments."""
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
                select(Platform).where(
                    Platform.state == PlatformState.ACTIVE, Platform.version != LTI_1_1
                )
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
    record = await _recorded(store, hub, launch, clock.now(), template=settings.username_template)
    person = record.person
    if not record.errand.ticket:
        person = await naming.name_of(
            store, hub, clock, person, launch, template=record.template, domains=record.domains
        )
    course = record.course_key
    return Welcome(
        launch_id=record.launch_id,
        hub_name=HubName(person.hub_name or ""),
        landing=rules.landing(
            launch,
            course,
            prefix=settings.prefix,
            hub_base=settings.hub_base_url,
            page=record.errand.page,
        ),
        ticket=record.errand.ticket,
        graders=(grader_of(course),) if course and record.role and record.role.is_staff else (),
        groups=record.groups,
        is_linked=person.is_linked,
        tell_arrival=person.arrived_at is None,
        named_at=naming.seconds(person.named_at),
    )


async def _recorded(
    store: Store, hub: Hub, launch: Launch, at: datetime, *, template: str
) -> "_Record":
    """What the launch left; the Hub is asked only at a course's first, whose key must be free."""
    key: CourseKey | None = None
    for _ in range(ATTEMPTS):
        try:
            return await run_in_threadpool(
                _record, store, launch, at, new_key=key, template=template
            )
        except enrolling.KeyWanted:
            key = await course_keys.free(store, hub, launch)
    raise Conflict("course-busy", "Many new courses of this name come at once; open it again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """What one launch left in the database."""

    launch_id: str
    person: Person
    course_key: CourseKey | None
    role: Role | None
    groups: Groups
    template: UsernameTemplate
    domains: frozenset[str]
    errand: Errand


@retry(
    retry=retry_if_exception_type(IntegrityError), stop=stop_after_attempt(ATTEMPTS), reraise=True
)
def _record(
    store: Store, launch: Launch, at: datetime, *, new_key: CourseKey | None, template: str
) -> _Record:
    """What the launch left; whole, or nothing at all."""
    with store.writing(EVERYONE) as session:
        _use_nonce(session, launch)
        place = places.known(session, launch)
        platform = place.platform
        names = usernames.parse(platform.username_template or template)
        person = _person(place, launch)
        domains = naming.trusted_domains(session, person, place.trusted_domains)
        if launch.message_type != Message.DEEP_LINKING and not domains:
            naming.name_at_once(session, person, launch, template=names, at=at)
        session.add(person)
        session.flush()
        role = rules.role_in_course(launch, auth_login_url=platform.auth_login_url)
        course = None
        if launch.context and role:
            course, feed = enrolling.course_of(session, place, launch, new_key=new_key)
            enrolling.enrol(session, place, course, person, role=role, at=at)
            enrolling.link_line_item(session, course, feed, launch)
            enrolling.link_outcome(session, course, person, launch, at)
        elif launch.context and launch.message_type == Message.RESOURCE_LINK:
            enrolling.leave(session, place, person, launch, at)
        record = LaunchRecord(
            institution_id=platform.institution_id,
            person_id=person.id or 0,
            course_id=course.id if course else None,
            at=at,
        )
        session.add(record)
        errand = errands.begin(session, launch, record, platform, course, role=role)
        return _Record(
            launch_id=record.id,
            person=person,
            course_key=CourseKey(course.key) if course else None,
            role=role,
            groups=enrolling.groups_of_person(session, person),
            template=names,
            domains=domains,
            errand=errand,
        )


def _use_nonce(session: Session, launch: Launch) -> None:
    """The nonce's only use (OpenID Connect core 3.1.3.7, rule 11; LTI security 5.1.3)."""
    expires = datetime.fromtimestamp(launch.expires_at, UTC) + SKEW
    used = {"issuer": launch.issuer, "nonce": launch.nonce, "expires_at": expires}
    try:
        session.connection().execute(insert(Nonce), used)
    except IntegrityError as cause:
        raise Refused(
            "launch-replayed",
            "This launch was used before. Go back to your course and open the link again.",
        ) from cause


def forget_nonces(store: Store, clock: Clock) -> None:
    """Nothing; the nonces whose tokens have expired are gone."""
    with store.writing(EVERYONE) as session:
        session.exec(delete(Nonce).where(col(Nonce.expires_at) < clock.now()))


def _person(place: Place, launch: Launch) -> Person:
    person = place.person or Person(
        institution_id=place.platform.institution_id,
        platform_id=place.platform.id or 0,
        issuer=launch.issuer,
        subject=launch.subject,
    )
    person.platform_id = place.platform.id or 0
    person.name = launch.name or person.name
    person.email = launch.email or person.email
    return person
