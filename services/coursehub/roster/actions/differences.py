"""
Reading what changed in an LMS course's list alone, where the LMS keeps differences (NRPS 2.0, 2.4).

Only after a list that was taken over entirely, by a course that nobody has
touched since, and at least once a day the whole list all the same: an LMS
that forgets to tell of somebody is put right by then.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, delete, select

from coursehub.model.course_file import CourseStaff
from coursehub.model.roster import RosterDifferences, RosterSync
from coursehub.roster import rules
from coursehub.roster.actions import seating
from coursehub.roster.actions.feeds import Feeds
from coursehub.roster.actions.reading import Read, Since
from coursehub.store import Store

WHOLE_EVERY: Final = timedelta(days=1)


def take(store: Store, feeds: Feeds, *, at: datetime) -> Since | None:
    """
    Where the one list's differences are; None where the whole list is to be read.

    They are taken out of the store: a sync that ends midway is followed by a whole list.
    """
    feed = next(iter(feeds.asked), None)
    if feed is None:
        return None
    with store.writing(feeds.institution_id) as session:
        wanted = select(RosterDifferences).where(RosterDifferences.context_id == feed.context_id)
        row = session.exec(wanted).first()
        if row is None:
            return None
        session.delete(row)
        if row.roster_url != feed.roster_url or at - row.whole_at >= WHOLE_EVERY:
            return None
        if not _is_only_list(session, feeds) or row.fingerprint != _fingerprint(session, feeds):
            return None
        return Since(url=row.url, read_at=row.read_at, whole_at=row.whole_at)


def keep(
    session: Session, feeds: Feeds, row: RosterSync, found: Sequence[Read], *, at: datetime
) -> None:
    """Nothing; where the next differences are is kept, if this list was taken over entirely."""
    if len(found) != 1 or not found[0].differences or not _is_taken_over(row):
        return
    if not _is_only_list(session, feeds):
        return
    (read,) = found
    session.flush()
    session.exec(
        delete(RosterDifferences).where(RosterDifferences.context_id == read.feed.context_id)  # type: ignore[arg-type]  # SQLModel's columns
    )
    session.add(
        RosterDifferences(
            institution_id=feeds.institution_id,
            context_id=read.feed.context_id,
            roster_url=read.feed.roster_url,
            url=read.differences,
            fingerprint=_fingerprint(session, feeds),
            read_at=at,
            whole_at=read.since.whole_at if read.since else at,
        )
    )


def _is_taken_over(row: RosterSync) -> bool:
    """Whether the course is as the list says, with nobody left to ask about."""
    return bool(row.applied_at) and not (row.waiting or row.missing or row.unplaced or row.error)


def _is_only_list(session: Session, feeds: Feeds) -> bool:
    """Whether what is in the course is this list's word alone, and no other's beside it."""
    staff = select(CourseStaff.id).where(CourseStaff.course_id == feeds.course_id)
    others = feeds.silent or feeds.sources.others or session.exec(staff).first()
    return len(feeds.asked) == 1 and not others


def _fingerprint(session: Session, feeds: Feeds) -> str:
    return rules.fingerprint(seating.enrolled(seating.of(session, feeds.place)))
