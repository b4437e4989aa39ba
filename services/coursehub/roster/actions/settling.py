"""What was read becomes a plan, which is carried out as far as nobody must be asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from coursehub.model.roster import RosterSync
from coursehub.roster import rules
from coursehub.roster.actions import (
    carrying,
    differences,
    matching,
    plans,
    reading,
    readings,
    seating,
    staff,
    staff_list,
)
from coursehub.roster.actions.feeds import Feeds
from coursehub.roster.actions.hearing import Heard
from coursehub.roster.actions.matching import Matched
from coursehub.roster.actions.progress import Watcher, nobody
from coursehub.roster.actions.reading import Read
from coursehub.store import Store
from coursehub.vocabulary.people import PersonKey

SHRINKS: Final = "roster-shrinks"
"""The code of a plan that waits for a person, since many would leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """
    How a listing is taken, and who asks; by nobody it is the schedule.

    `largest_share` is how many it may lack before a person is asked;
    `confirmed` is that person's word: any number may leave, and at once.
    With `only_plan` nothing is done yet. `names_ahead` is the template of
    names of accounts that are made for whoever joins; empty for none. The
    `watcher` is told how far it is.
    """

    largest_share: float = 0.1
    confirmed: bool = False
    only_plan: bool = False
    by: str = ""
    names_ahead: str = ""
    watcher: Watcher = nobody

    @property
    def is_the_schedules(self) -> bool:
        """Whether nobody asked."""
        return not (self.by or self.confirmed or self.only_plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the LMS courses and the other sources list."""

    lms: Sequence[Read]
    others: Sequence[Heard] = ()

    @property
    def changes_since(self) -> datetime | None:
        """When the list was read whose changes alone these are; None for whole lists."""
        return next((each.since.read_at for each in self.lms if each.since), None)

    @property
    def listed(self) -> int:
        """How many lines all the lists have."""
        named = sum(len(each.members) for each in self.others)
        return named + sum(each.listed for each in self.lms)


@retry(
    retry=retry_if_exception_type(IntegrityError),
    stop=stop_after_attempt(plans.ATTEMPTS),
    reraise=True,
)
def settle(
    store: Store, feeds: Feeds, sync_id: int, answers: Answers, *, at: datetime, wish: Wish
) -> RosterSync:
    """The sync with its plan, which is carried out as far as nobody must be asked."""
    place = feeds.place
    with store.writing(feeds.institution_id) as session:
        row = session.exec(select(RosterSync).where(RosterSync.id == sync_id)).one()
        seating.name_sections(session, place)
        seats = seating.of(session, place)
        told = reading.told(answers.lms)
        staffed = staff_list.of(session, feeds.course_id)
        matched = _matched(session, place, seats, told, (*staffed, *answers.others))
        enrolled = seating.enrolled(seats)
        lists = rules.completed(enrolled, _lists(answers, feeds, matched))
        lists = rules.believed(enrolled, lists)
        readings.keep(session, row, answers.lms, answers.others, lists)
        row.unplaced = readings.keep_unplaced(session, row, answers.lms, matched)
        plan = rules.plan(
            enrolled,
            lists,
            missing=[key for key, seat in seats.items() if seat.role and seat.is_missing],
            undone=plans.undone(session, feeds.course_id),
            largest_share=wish.largest_share,
            confirmed=wish.confirmed,
        )
        row.unchanged, row.listed = plan.unchanged, answers.listed
        row.changes_since = answers.changes_since
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
        plans.keep(session, row, plan, _known(session, place, plan, told), seats=seats, done=done)
        differences.keep(session, feeds, row, answers.lms, at=at)
        session.add(row)
        session.flush()
        return row


def _known(
    session: Session,
    place: seating.Course,
    plan: rules.Plan,
    told: Mapping[PersonKey, carrying.Told],
) -> dict[PersonKey, carrying.Told]:
    """What is known of the people of the plan: told now, or before."""
    silent = [
        step.key
        for step in (*plan.steps, *plan.waiting)
        if step.key not in told or not all(told[step.key])
    ]
    before = carrying.names(session, place, silent)
    nothing = carrying.Told("", "")
    known = dict(told)
    for key in silent:
        said, had = told.get(key, nothing), before.get(key, nothing)
        known[key] = carrying.Told(said.name or had.name, said.email or had.email)
    return known


def _matched(
    session: Session,
    place: seating.Course,
    seats: seating.Seats,
    told: dict[PersonKey, carrying.Told],
    others: Sequence[Heard],
) -> list[Matched]:
    """The other lists with their people found out; what they tell is added to `told`."""
    if not any(each.members for each in others):
        return []
    known = matching.Known(session, place, seats, told)
    found = [matching.match(each, place, known) for each in others if not each.error]
    for each in found:
        for key, said in each.told.items():
            had = told.get(key, said)
            told[key] = carrying.Told(had.name or said.name, had.email or said.email)
    return found


def _lists(answers: Answers, feeds: Feeds, matched: Iterable[Matched]) -> rules.Lists:
    """Everything that was read, as the rules take it."""
    lms = reading.lists(answers.lms, feeds)
    unread = (rules.Silent(of_all=True) for each in answers.others if each.error)
    return rules.Lists(
        listings=(*lms.listings, *(each.listing for each in matched)),
        silent=(*lms.silent, *unread),
    )
