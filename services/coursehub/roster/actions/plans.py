"""Plans that were kept: what they say, who carries them out later, and what undoes them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, func, or_, select, update
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from coursehub.errors import Conflict, Missing
from coursehub.model.course import Course
from coursehub.model.institution import InstitutionId
from coursehub.model.roster import RosterStep, RosterSync
from coursehub.ports import Clock
from coursehub.roster.actions import carrying, feeds, seating, staff
from coursehub.roster.actions.carrying import Told
from coursehub.roster.actions.seating import Seats
from coursehub.roster.rules import Plan, Step
from coursehub.store import Store, in_bulk, insert_all
from coursehub.vocabulary.people import PersonKey
from coursehub.vocabulary.roster import StepKind

ATTEMPTS: Final = 5
"""Someone of the plan may launch for the first time while it is carried out; it begins again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How many steps were done or undone, and how many were left, as their people have changed."""

    done: int
    overtaken: int


def keep(
    session: Session,
    sync: RosterSync,
    plan: Plan,
    known: Mapping[PersonKey, Told],
    *,
    seats: Seats,
    done: Mapping[PersonKey, int],
) -> None:
    """
    Nothing; the plan's steps are kept with the sync, and counted; `done` are those done.

    What waited in earlier ones is in this one too, if it is still to be done.
    """
    _overtake(session, sync)

    def row(step: Step) -> dict[str, Any]:
        seat = seats.get(step.key)
        return {
            "institution_id": sync.institution_id,
            "sync_id": sync.id,
            "person_id": seat.person_id if seat else done.get(step.key),
            "name": known[step.key].name,
            "email": known[step.key].email,
            "done": step.key in done,
            **_of_step(step),
        }

    insert_all(session, RosterStep, map(row, (*plan.steps, *plan.waiting)))
    count(sync, plan.steps if done else (), waiting=len(plan.waiting) + len(plan.steps) - len(done))


def _of_step(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "issuer": step.key.issuer,
        "subject": step.key.subject,
        "before": step.before,
        "after": step.after,
        "sections_before": step.sections_before,
        "sections_after": step.sections_after,
    }


def count(sync: RosterSync, done: Iterable[Step], *, waiting: int) -> None:
    """Nothing; the sync's figures are those of its steps."""
    kinds = Counter(step.kind for step in done)
    sync.joined, sync.left = kinds[StepKind.JOIN], kinds[StepKind.LEAVE]
    sync.changed = kinds[StepKind.CHANGE] + kinds[StepKind.SECTION]
    sync.missing = kinds[StepKind.MISSING]
    sync.waiting = waiting


def undone(session: Session, course_id: int) -> set[Step]:
    """What a person has undone, since a person last had a plan carried out."""
    said = session.exec(
        select(func.max(RosterSync.applied_at)).where(
            RosterSync.course_id == course_id, RosterSync.applied_by != ""
        )
    ).one()
    rows = select(RosterStep).join(RosterSync, col(RosterSync.id) == RosterStep.sync_id)
    rows = rows.where(RosterSync.course_id == course_id, col(RosterSync.undone_at).is_not(None))
    if said:
        rows = rows.where(col(RosterSync.undone_at) >= said)
    return {_step(row) for row in session.exec(rows.where(~col(RosterStep.done)))}


@retry(
    retry=retry_if_exception_type(IntegrityError), stop=stop_after_attempt(ATTEMPTS), reraise=True
)
def apply(
    store: Store, clock: Clock, tenant: InstitutionId, course_id: int, sync_id: int, *, by: str
) -> Outcome:
    """
    The outcome of the plan's waiting steps, in one transaction.

    Conflict for a plan that a newer listing has overtaken, or with nothing to do.
    """
    with store.writing(tenant) as session:
        sync = _decided(session, course_id, sync_id)
        _require_latest(session, sync)
        waiting = _steps(session, sync, done=False)
        if sync.undone_at or not waiting:
            raise Conflict("nothing-waits", "Nothing of this plan waits; sync to make a new one.")
        place, at = _place(session, sync), clock.now()
        seats = seating.of(session, place)
        joining = {
            step.key: told
            for step, told in waiting.items()
            if step.kind is StepKind.JOIN and step.key not in seats
        }
        keys = carrying.people(session, place, joining)
        done = carrying.carry_out(session, place, seats, waiting, keys, source=sync.source, at=at)
        _note(session, sync, done)
        staff.note(session, sync, waiting, done, by=by, at=at)
        sync.applied_at, sync.applied_by = at, by
        sync.error = sync.error_code = ""
        count(sync, _steps(session, sync, done=True), waiting=len(waiting) - len(done))
        session.add(sync)
        return Outcome(done=len(done), overtaken=len(waiting) - len(done))


def undo(
    store: Store, clock: Clock, tenant: InstitutionId, course_id: int, sync_id: int, *, by: str
) -> Outcome:
    """
    The outcome of taking the plan's steps back, in one transaction.

    Later listings do not do them again until a person says so. Conflict where
    nothing of it stands.
    """
    with store.writing(tenant) as session:
        sync = _decided(session, course_id, sync_id)
        steps = [s for s in _steps(session, sync, done=True) if s.kind is not StepKind.MISSING]
        if sync.undone_at or not steps:
            raise Conflict("nothing-to-undo", "Nothing that this plan did stands.")
        place = _place(session, sync)
        seats = seating.of(session, place)
        undone = carrying.take_back(session, place, seats, steps, at=clock.now())
        theirs = {who: seats[who].person_id for who in undone}
        staff.note(session, sync, steps, theirs, by=by, at=clock.now(), undone=True)
        for change in _those(sync, undone):
            session.exec(change.values(done=False))
        sync.undone_at, sync.undone_by = clock.now(), by
        session.add(sync)
        return Outcome(done=len(undone), overtaken=len(steps) - len(undone))


def history(
    store: Store, tenant: InstitutionId, course_id: int, *, before: int | None, limit: int
) -> list[RosterSync]:
    """The course's syncs that changed something, wait, failed or go on, the latest first."""
    wanted = select(RosterSync).where(RosterSync.course_id == course_id)
    told = (RosterSync.joined, RosterSync.left, RosterSync.changed, RosterSync.waiting)
    goes_on = col(RosterSync.finished_at).is_(None)
    wanted = wanted.where(or_(RosterSync.error != "", goes_on, *(col(each) > 0 for each in told)))
    if before:
        wanted = wanted.where(col(RosterSync.id) < before)
    with store.reading(tenant) as session:
        return list(session.exec(wanted.order_by(col(RosterSync.id).desc()).limit(limit)))


def show(
    store: Store,
    tenant: InstitutionId,
    course_id: int,
    sync_id: int,
    *,
    after: int | None = None,
    limit: int = 50,
) -> tuple[RosterSync, list[RosterStep]]:
    """One sync, and its steps from the one numbered `after` on; Missing for another course's."""
    with store.reading(tenant) as session:
        sync = _found(session, course_id, sync_id)
        wanted = select(RosterStep).where(RosterStep.sync_id == sync.id)
        if after:
            wanted = wanted.where(col(RosterStep.id) > after)
        return sync, list(session.exec(wanted.order_by(col(RosterStep.id)).limit(limit)))


def _overtake(session: Session, sync: RosterSync) -> None:
    """Nothing; no earlier plan waits any more: a list that is refused every hour is kept once."""
    earlier = select(RosterSync).where(
        RosterSync.course_id == sync.course_id,
        col(RosterSync.id) < sync.id,
        RosterSync.waiting > 0,
        col(RosterSync.undone_at).is_(None),
    )
    for row in session.exec(earlier):
        session.exec(
            delete(RosterStep).where(col(RosterStep.sync_id) == row.id, ~col(RosterStep.done))
        )
        row.waiting = 0
        session.add(row)


def _found(session: Session, course_id: int, sync_id: int) -> RosterSync:
    sync = session.get(RosterSync, sync_id)
    if sync is None or sync.course_id != course_id:
        raise Missing("no-such-sync", "This course has no such sync.")
    return sync


def _decided(session: Session, course_id: int, sync_id: int) -> RosterSync:
    """
    The sync, while whoever else changes the course's roster waits.

    For PostgreSQL; of SQLite's writers there is one at a time.
    """
    session.exec(select(Course).where(Course.id == course_id).with_for_update()).first()
    return _found(session, course_id, sync_id)


def _require_latest(session: Session, sync: RosterSync) -> None:
    """Nothing; Conflict where a later sync has planned something else, or is about to."""
    later = session.exec(
        select(RosterSync.id)
        .where(RosterSync.course_id == sync.course_id, col(RosterSync.id) > sync.id)
        .where(or_(col(RosterSync.finished_at).is_(None), RosterSync.listed > 0))
    ).first()
    if later is not None:
        raise Conflict("plan-overtaken", "The list was read again since; look at the newest plan.")


def _steps(session: Session, sync: RosterSync, *, done: bool) -> dict[Step, Told]:
    """The sync's steps that are done, or are not, with what it told of their people."""
    rows = select(RosterStep).where(RosterStep.sync_id == sync.id, RosterStep.done == done)
    return {_step(row): Told(row.name, row.email) for row in session.exec(rows)}


def _step(row: RosterStep) -> Step:
    return Step(
        kind=row.kind,
        key=PersonKey(row.issuer, row.subject),
        before=row.before,
        after=row.after,
        sections_before=row.sections_before,
        sections_after=row.sections_after,
    )


def _note(session: Session, sync: RosterSync, done: Mapping[PersonKey, int]) -> None:
    """Nothing; these steps are done, and whose they are is known."""
    for change in _those(sync, done):
        session.exec(change.values(done=True))
    nobodys = select(RosterStep).where(RosterStep.sync_id == sync.id, RosterStep.done)
    for row in session.exec(nobodys.where(col(RosterStep.person_id).is_(None))):
        row.person_id = done[PersonKey(row.issuer, row.subject)]
        session.add(row)


def _those(sync: RosterSync, people: Iterable[PersonKey]) -> Iterator[Any]:
    """Changes of the sync's steps about these people."""
    for issuer, theirs in groupby(sorted(people), key=lambda who: who.issuer):
        for some in in_bulk(who.subject for who in theirs):
            yield update(RosterStep).where(
                col(RosterStep.sync_id) == sync.id,
                col(RosterStep.issuer) == issuer,
                col(RosterStep.subject).in_(some),
            )


def _place(session: Session, sync: RosterSync) -> seating.Course:
    """Where the plan is carried out: the course, as it is fed now."""
    return feeds.of_row(session, session.get_one(Course, sync.course_id)).place
