"""Syncing a course with its LMS: read the list, plan, apply, then the Hub's groups."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from starlette.concurrency import run_in_threadpool
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from coursehub.errors import Conflict, CoursehubError, Missing, Refused, Unreachable
from coursehub.model.course import Course, CourseContext
from coursehub.model.institution import InstitutionId, Platform, PlatformState
from coursehub.model.roster import RosterSync
from coursehub.ports import Clock, Hub, Lms, Member, PlatformAccess
from coursehub.roster import rules
from coursehub.roster.actions import carrying, groups, plans
from coursehub.roster.actions.carrying import Told
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import CourseKey
from coursehub.vocabulary.people import role_of

SHRINKS: Final = "roster-shrinks"
"""The code of a plan that waits for a person, since many would leave."""
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

    @property
    def place(self) -> carrying.Course:
        """Where the plan is carried out."""
        return carrying.Course(
            institution_id=self.institution_id,
            course_id=self.course_id,
            platform_id=self.platform_id,
            issuer=self.access.issuer,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """
    How a listing is taken, and who asks; by nobody it is the schedule.

    `largest_share` is how many it may lack before a person is asked;
    `confirmed` is that person's word: any number may leave, and at once.
    With `only_plan` nothing is done yet.
    """

    largest_share: float = 0.1
    confirmed: bool = False
    only_plan: bool = False
    by: str = ""


async def sync(
    store: Store, lms: Lms, hub: Hub, clock: Clock, *, course: CourseKey, wish: Wish
) -> RosterSync:
    """
    The finished sync of a course, kept in the database whatever its end.

    Missing if the LMS offers no roster for the course; Conflict if a sync of
    it is under way; what the LMS or the rules refuse is raised after it was
    kept, with nothing changed. Refused("roster-shrinks") where the plan waits
    for a person.
    """
    feed = await run_in_threadpool(feed_of, store, course)
    record = await run_in_threadpool(_begin, store, feed, clock.now(), by=wish.by)
    try:
        listed = [member async for member in lms.members(feed.access, feed.roster_url)]
        record = await run_in_threadpool(
            _settle, store, feed, record.id or 0, listed, at=clock.now(), wish=wish
        )
        if record.joined or record.left or record.changed:
            await groups.align(store, hub, course=course)
    except CoursehubError as error:
        await run_in_threadpool(_end, store, record, clock.now(), error)
        raise
    except BaseException:
        await run_in_threadpool(_end, store, record, clock.now(), INTERRUPTED)
        raise
    if record.error and not wish.only_plan:
        raise Refused(record.error_code, record.error)
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


def _begin(store: Store, feed: Feed, at: datetime, *, by: str) -> RosterSync:
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
            institution_id=feed.institution_id,
            course_id=feed.course_id,
            platform_id=feed.platform_id,
            by=by,
            started_at=at,
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
    retry=retry_if_exception_type(IntegrityError),
    stop=stop_after_attempt(plans.ATTEMPTS),
    reraise=True,
)
def _settle(
    store: Store, feed: Feed, sync_id: int, listed: list[Member], *, at: datetime, wish: Wish
) -> RosterSync:
    """The sync with its plan, which is carried out as far as nobody must be asked."""
    listing = _listing(listed)
    told = {m.subject: Told(m.name, m.email) for m in listed if m.subject in listing.roles}
    with store.writing(feed.institution_id) as session:
        row = session.exec(select(RosterSync).where(RosterSync.id == sync_id)).one()
        seats = carrying.seats(session, feed.place)
        plan = _planned(session, feed, seats, listing, wish)
        row.finished_at, row.listed, row.unchanged = at, len(listed), plan.unchanged
        row.unplaced = len({m.subject for m in listed if m.status == "Active"} - told.keys())
        done: dict[str, int] = {}
        if plan.question:
            row.error, row.error_code = plan.question, SHRINKS
        elif not wish.only_plan:
            keys = carrying.people(session, feed.place, told)
            carrying.forgive(session, seats, listing.roles)
            done = carrying.carry_out(
                session, feed.place, seats, plan.steps, keys, source=row.source, at=at
            )
            row.applied_at, row.applied_by = at, wish.by if wish.confirmed else ""
        unlisted = [s.subject for s in (*plan.steps, *plan.waiting) if s.subject not in told]
        known = {**carrying.names(session, feed.place, unlisted), **told}
        plans.keep(session, row, plan, known, seats=seats, done=done)
        session.add(row)
        session.flush()
        return row


def _planned(
    session: Session,
    feed: Feed,
    seats: carrying.Seats,
    listing: rules.Listing,
    wish: Wish,
) -> rules.Plan:
    return rules.plan(
        {subject: seat.role for subject, seat in seats.items() if seat.role},
        listing,
        missing=[subject for subject, seat in seats.items() if seat.role and seat.is_missing],
        undone=plans.undone(session, feed.course_id),
        largest_share=wish.largest_share,
        confirmed=wish.confirmed,
    )


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
