"""Plans that were kept: what they say, who carries them out later, and what undoes them."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, func, or_, select

from coursehub.errors import Conflict, Missing
from coursehub.model.course import Course
from coursehub.model.institution import InstitutionId, Platform
from coursehub.model.roster import RosterStep, RosterSync
from coursehub.ports import Clock
from coursehub.roster.actions import carrying
from coursehub.roster.actions.carrying import Told
from coursehub.roster.rules import Step
from coursehub.store import Store
from coursehub.vocabulary.roster import StepKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How many steps were done or undone, and how many were left, as their people have changed."""

    done: int
    overtaken: int


def kept(sync: RosterSync, step: Step, told: Told) -> RosterStep:
    """The step as a row of the sync."""
    return RosterStep(
        institution_id=sync.institution_id,
        sync_id=sync.id or 0,
        kind=step.kind,
        person_id=told.person_id,
        subject=step.subject,
        name=told.name,
        email=told.email,
        before=step.before,
        after=step.after,
    )


def count(sync: RosterSync, steps: Collection[RosterStep]) -> None:
    """Nothing; the sync's figures are those of its steps."""
    done = [step.kind for step in steps if step.done]
    sync.joined, sync.left = done.count(StepKind.JOIN), done.count(StepKind.LEAVE)
    sync.changed, sync.missing = done.count(StepKind.CHANGE), done.count(StepKind.MISSING)
    sync.waiting = len(steps) - len(done)


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
    return {
        Step(kind=row.kind, subject=row.subject, before=row.before, after=row.after)
        for row in session.exec(rows.where(~col(RosterStep.done)))
    }


def apply(
    store: Store, clock: Clock, tenant: InstitutionId, course_id: int, sync_id: int, *, by: str
) -> Outcome:
    """
    The outcome of the plan's waiting steps, in one transaction.

    Conflict for a plan that a newer listing has overtaken, or with nothing to do.
    """
    with store.writing(tenant) as session:
        _lock(session, course_id)
        sync = _found(session, course_id, sync_id)
        _require_latest(session, sync)
        steps = [step for step in _steps(session, sync) if not step.done]
        if sync.undone_at or not steps:
            raise Conflict("nothing-waits", "Nothing of this plan waits; sync to make a new one.")
        place = _place(session, sync)
        enrolled = carrying.enrolments(session, place)
        overtaken = carrying.carry_out(
            session, place, enrolled, steps, source=sync.source, at=clock.now()
        )
        sync.applied_at, sync.applied_by = clock.now(), by
        sync.error = sync.error_code = ""
        count(sync, _steps(session, sync))
        session.add(sync)
        return Outcome(done=len(steps) - overtaken, overtaken=overtaken)


def undo(
    store: Store, clock: Clock, tenant: InstitutionId, course_id: int, sync_id: int, *, by: str
) -> Outcome:
    """
    The outcome of taking the plan's steps back, in one transaction.

    Later listings do not do them again until a person says so. Conflict where
    nothing of it stands.
    """
    with store.writing(tenant) as session:
        _lock(session, course_id)
        sync = _found(session, course_id, sync_id)
        steps = [
            step
            for step in _steps(session, sync)
            if step.done and step.kind is not StepKind.MISSING
        ]
        if sync.undone_at or not steps:
            raise Conflict("nothing-to-undo", "Nothing that this plan did stands.")
        enrolled = carrying.enrolments(session, _place(session, sync))
        left = carrying.take_back(session, enrolled, steps, at=clock.now())
        sync.undone_at, sync.undone_by = clock.now(), by
        session.add(sync)
        return Outcome(done=len(steps) - left, overtaken=left)


def history(
    store: Store, tenant: InstitutionId, course_id: int, *, before: int | None, limit: int
) -> list[RosterSync]:
    """The course's syncs that changed something, wait or failed, the latest first."""
    wanted = select(RosterSync).where(RosterSync.course_id == course_id)
    told = (RosterSync.joined, RosterSync.left, RosterSync.changed, RosterSync.waiting)
    wanted = wanted.where(or_(RosterSync.error != "", *(col(each) > 0 for each in told)))
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


def _found(session: Session, course_id: int, sync_id: int) -> RosterSync:
    sync = session.get(RosterSync, sync_id)
    if sync is None or sync.course_id != course_id:
        raise Missing("no-such-sync", "This course has no such sync.")
    return sync


def _lock(session: Session, course_id: int) -> None:
    """Nothing; whoever else changes the course's roster waits (PostgreSQL; SQLite has one turn)."""
    session.exec(select(Course).where(Course.id == course_id).with_for_update()).first()


def _require_latest(session: Session, sync: RosterSync) -> None:
    """Nothing; Conflict where a later sync has planned something else, or is about to."""
    later = session.exec(
        select(RosterSync.id)
        .where(RosterSync.course_id == sync.course_id, col(RosterSync.id) > sync.id)
        .where(or_(col(RosterSync.finished_at).is_(None), RosterSync.listed > 0))
    ).first()
    if later is not None:
        raise Conflict("plan-overtaken", "The list was read again since; look at the newest plan.")


def _steps(session: Session, sync: RosterSync) -> list[RosterStep]:
    return list(session.exec(select(RosterStep).where(RosterStep.sync_id == sync.id)))


def _place(session: Session, sync: RosterSync) -> carrying.Course:
    platform = session.get_one(Platform, sync.platform_id)
    return carrying.Course(
        institution_id=sync.institution_id,
        course_id=sync.course_id,
        platform_id=platform.id or 0,
        issuer=platform.issuer,
    )
