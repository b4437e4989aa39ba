"""What was read becomes a plan, which is carried out as far as nobody must be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from coursehub.model.roster import RosterReading, RosterSync
from coursehub.roster import rules
from coursehub.roster.actions import carrying, plans, reading, seating, staff
from coursehub.roster.actions.feeds import Feeds
from coursehub.roster.actions.reading import Read
from coursehub.store import Store
from coursehub.vocabulary.people import PersonKey

SHRINKS: Final = "roster-shrinks"
"""The code of a plan that waits for a person, since many would leave."""
EMPTY: Final = "It listed nobody, though it had people."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """
    How a listing is taken, and who asks; by nobody it is the schedule.

    `largest_share` is how many it may lack before a person is asked;
    `confirmed` is that person's word: any number may leave, and at once.
    With `only_plan` nothing is done yet. `names_ahead` is the template of
    names of accounts that are made for whoever joins; empty for none.
    """

    largest_share: float = 0.1
    confirmed: bool = False
    only_plan: bool = False
    by: str = ""
    names_ahead: str = ""


@retry(
    retry=retry_if_exception_type(IntegrityError),
    stop=stop_after_attempt(plans.ATTEMPTS),
    reraise=True,
)
def settle(
    store: Store, feeds: Feeds, sync_id: int, found: Sequence[Read], *, at: datetime, wish: Wish
) -> RosterSync:
    """The sync with its plan, which is carried out as far as nobody must be asked."""
    told, place = reading.told(found), feeds.place
    with store.writing(feeds.institution_id) as session:
        row = session.exec(select(RosterSync).where(RosterSync.id == sync_id)).one()
        seating.name_sections(session, place)
        seats = seating.of(session, place)
        enrolled = seating.enrolled(seats)
        lists = rules.believed(enrolled, reading.lists(found, feeds))
        _keep_readings(session, row, found, lists)
        plan = rules.plan(
            enrolled,
            lists,
            missing=[key for key, seat in seats.items() if seat.role and seat.is_missing],
            undone=plans.undone(session, feeds.course_id),
            largest_share=wish.largest_share,
            confirmed=wish.confirmed,
        )
        row.unchanged = plan.unchanged
        row.listed = sum(each.listed for each in found)
        row.unplaced = sum(each.unplaced for each in found)
        done: dict[PersonKey, int] = {}
        if plan.question:
            row.error, row.error_code = plan.question, SHRINKS
        elif not wish.only_plan:
            keys = carrying.people(session, place, told)
            carrying.forgive(session, seats, told)
            done = carrying.carry_out(
                session, place, seats, plan.steps, keys, source=row.source, at=at
            )
            staff.note(session, row, plan.steps, done, by=wish.by, at=at)
            row.applied_at, row.applied_by = at, wish.by if wish.confirmed else ""
        unlisted = [step.key for step in (*plan.steps, *plan.waiting) if step.key not in told]
        known = {**carrying.names(session, place, unlisted), **told}
        plans.keep(session, row, plan, known, seats=seats, done=done)
        session.add(row)
        session.flush()
        return row


def _keep_readings(
    session: Session, sync: RosterSync, found: Sequence[Read], lists: rules.Lists
) -> None:
    """Nothing; how each LMS course was read is kept with the sync."""
    silent = {each.section for each in lists.silent}
    for each in found:
        doubted = EMPTY if each.listing and each.feed.section in silent else ""
        session.add(
            RosterReading(
                institution_id=sync.institution_id,
                sync_id=sync.id or 0,
                context_id=each.feed.context_id,
                listed=each.listed,
                error=each.error.message if each.error else doubted,
                error_code=each.error.code if each.error else "roster-empty" if doubted else "",
            )
        )
