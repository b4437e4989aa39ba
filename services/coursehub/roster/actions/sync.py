"""Syncing a course with its LMS: read the list, plan, apply, then the Hub's groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from starlette.concurrency import run_in_threadpool
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from coursehub.errors import Conflict, CoursehubError, Missing, Unreachable
from coursehub.model.course import Course, CourseContext, Enrolment, RosterSync
from coursehub.model.institution import InstitutionId, Person, Platform, PlatformState
from coursehub.ports import Clock, Hub, Lms, Member, PlatformAccess
from coursehub.roster import rules
from coursehub.roster.actions import groups
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.people import Role, role_of

ATTEMPTS: Final = 5
"""Someone listed may launch for the first time while the list is applied; it is begun again."""


INTERRUPTED: Final = Unreachable("sync-interrupted", "The sync was interrupted.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Where one LMS course's roster is read, and for which course."""

    institution_id: InstitutionId
    course_id: int
    course_key: CourseKey
    platform_id: int
    roster_url: str
    access: PlatformAccess


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """
    How many a listing may lack before a person is asked.

    `confirmed` is that person's word: any number may leave, and at once.
    """

    largest_share: float = 0.1
    confirmed: bool = False


async def sync(
    store: Store, lms: Lms, hub: Hub, clock: Clock, *, course: CourseKey, wish: Wish
) -> RosterSync:
    """
    The finished sync of a course, kept in the database whatever its end.

    Missing if the LMS offers no roster for the course; Conflict if a sync of
    it is under way; what the LMS or the rules refuse is raised after it was
    kept, with nothing changed.
    """
    feed = await run_in_threadpool(feed_of, store, course)
    record = await run_in_threadpool(_begin, store, feed, clock.now())
    try:
        listed = [member async for member in lms.members(feed.access, feed.roster_url)]
        record = await run_in_threadpool(
            _apply, store, feed, record.id or 0, listed, at=clock.now(), wish=wish
        )
        await groups.align(store, hub, course=course)
    except CoursehubError as error:
        await run_in_threadpool(_end, store, record, clock.now(), error)
        raise
    except BaseException:
        await run_in_threadpool(_end, store, record, clock.now(), INTERRUPTED)
        raise
    return record


def feed_of(store: Store, course: CourseKey) -> Feed:
    """
    Where the course's roster is read; Missing if no LMS offers it.

    Of an LMS that was registered anew it is the latest registration that is on.
    """
    with store.reading(EVERYONE) as session:
        found = session.exec(
            select(Course, CourseContext, Platform)
            .join(CourseContext, col(CourseContext.course_id) == Course.id)
            .join(Platform, col(Platform.id) == CourseContext.platform_id)
            .where(Course.key == course, CourseContext.nrps_url != "")
            .order_by(
                (col(Platform.state) == PlatformState.ACTIVE).desc(), col(CourseContext.id).desc()
            )
        ).first()
    if found is None:
        raise Missing(
            "no-roster",
            "The LMS offers no roster for this course. Switch on Names and Roles "
            "for coursehub there, then open the course once from the LMS.",
        )
    row, context, platform = found
    return Feed(
        institution_id=row.institution_id,
        course_id=row.id or 0,
        course_key=course,
        platform_id=platform.id or 0,
        roster_url=context.nrps_url,
        access=PlatformAccess(
            issuer=platform.issuer, client_id=platform.client_id, token_url=platform.token_url
        ),
    )


def abandon(store: Store, clock: Clock) -> None:
    """End the syncs that a stopped service left under way; called at its start."""
    with store.writing(EVERYONE) as session:
        for record in session.exec(select(RosterSync).where(col(RosterSync.finished_at).is_(None))):
            record.finished_at = clock.now()
            record.error = "The service stopped during this sync."
            session.add(record)


def _begin(store: Store, feed: Feed, at: datetime) -> RosterSync:
    with store.writing(feed.institution_id) as session:
        # The lock makes two starts at once take turns (PostgreSQL; SQLite's write lock does).
        session.exec(select(Course).where(Course.id == feed.course_id).with_for_update()).one()
        running = session.exec(
            select(RosterSync).where(
                RosterSync.course_id == feed.course_id, col(RosterSync.finished_at).is_(None)
            )
        ).first()
        if running:
            raise Conflict("sync-under-way", "A sync of this course is under way already.")
        record = RosterSync(
            institution_id=feed.institution_id, course_id=feed.course_id, started_at=at
        )
        session.add(record)
        session.flush()
        return record


def _end(store: Store, record: RosterSync, at: datetime, error: CoursehubError) -> None:
    with store.writing(record.institution_id) as session:
        row = session.exec(select(RosterSync).where(RosterSync.id == record.id)).one()
        row.finished_at = row.finished_at or at
        row.error, row.error_code = error.message, error.code
        session.add(row)


@retry(
    retry=retry_if_exception_type(IntegrityError), stop=stop_after_attempt(ATTEMPTS), reraise=True
)
def _apply(
    store: Store,
    feed: Feed,
    sync_id: int,
    listed: list[Member],
    *,
    at: datetime,
    wish: Wish,
) -> RosterSync:
    listing = _listing(listed)
    members = {member.subject: member for member in listed if member.status == "Active"}
    with store.writing(feed.institution_id) as session:
        enrolled = _enrolled(session, feed)
        active = {s: e for s, e in enrolled.items() if e.dropped_at is None}
        plan = rules.plan(
            {subject: Role(each.role) for subject, each in active.items()},
            listing,
            missing=[s for s, e in active.items() if e.missing_since is not None],
            largest_share=wish.largest_share,
            confirmed=wish.confirmed,
        )
        people = _people(session, feed, {s: members[s] for s in listing.roles})
        for subject, role in {**plan.join, **plan.change}.items():
            _enrol(session, feed, people[subject], enrolled.get(subject), role)
        for subject in plan.leave:
            enrolled[subject].dropped_at = at
        for subject, each in active.items():
            is_missing = subject in plan.missing
            each.missing_since = (each.missing_since or at) if is_missing else None
        session.add_all(active.values())
        row = session.exec(select(RosterSync).where(RosterSync.id == sync_id)).one()
        row.finished_at, row.listed = at, len(listed)
        row.joined, row.left, row.missing = len(plan.join), len(plan.leave), len(plan.missing)
        row.changed, row.unchanged = len(plan.change), plan.unchanged
        row.unplaced = len(members) - len(listing.roles)
        session.add(row)
        return row


def _listing(listed: list[Member]) -> rules.Listing:
    """
    Who has a place in the course; of two lines about one person, what both together give.

    A status that is not Active says that somebody is gone (NRPS 2.0, 2.4.1).
    """
    uris: dict[str, tuple[str, ...]] = {}
    for member in listed:
        if member.status == "Active":
            uris[member.subject] = (*uris.get(member.subject, ()), *member.roles)
    roles = {subject: role for subject, found in uris.items() if (role := role_of(found))}
    # Listed without a role in the course, somebody is not in it either.
    return rules.Listing(roles=roles, gone=frozenset(m.subject for m in listed) - roles.keys())


def _enrolled(session: Session, feed: Feed) -> dict[str, Enrolment]:
    """Every enrolment of the course's people of this platform, dropped ones too, by subject."""
    rows = session.exec(
        select(Person.subject, Enrolment)
        .join(Enrolment, col(Enrolment.person_id) == Person.id)
        .where(Enrolment.course_id == feed.course_id, Person.issuer == feed.access.issuer)
    )
    return dict(rows.all())


def _people(session: Session, feed: Feed, members: Mapping[str, Member]) -> dict[str, Person]:
    """The people listed, made or with what the LMS now says of them, by subject."""
    known = {
        person.subject: person
        for person in session.exec(select(Person).where(Person.issuer == feed.access.issuer))
    }
    for subject, member in members.items():
        person = known.get(subject) or Person(
            institution_id=feed.institution_id,
            platform_id=feed.platform_id,
            issuer=feed.access.issuer,
            subject=subject,
        )
        person.name = member.name or person.name
        person.email = member.email or person.email
        session.add(person)
        known[subject] = person
    session.flush()
    return known


def _enrol(
    session: Session, feed: Feed, person: Person, enrolment: Enrolment | None, role: Role
) -> None:
    enrolment = enrolment or Enrolment(
        institution_id=feed.institution_id,
        course_id=feed.course_id,
        person_id=person.id or 0,
        role=role,
    )
    enrolment.role, enrolment.source, enrolment.dropped_at = role, "nrps", None
    enrolment.missing_since = None
    session.add(enrolment)
