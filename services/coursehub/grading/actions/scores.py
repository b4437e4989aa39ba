"""
The outbox of scores: sent to the LMS until it has them, or says why not.

A score goes out with the moment it was given. Sent twice (a service that died
between the LMS's yes and its own note), the LMS answers that it holds one of
that moment, and its result tells whether it is this one. LTI 1.1 knows no
moments: there the latest one sent stands.
"""

import asyncio
import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from coursehub.errors import Conflict, CoursehubError, Invalid, Missing, Refused, Unreachable
from coursehub.grading.actions import score_addresses
from coursehub.grading.actions.score_addresses import Way
from coursehub.grading.rules import scores as rules
from coursehub.model.assignment import Assignment
from coursehub.model.course import Course, Enrolment
from coursehub.model.grading import DeliveryState, LineItem, ScoreDelivery
from coursehub.model.institution import Person
from coursehub.ports import Clock, Lms, LmsScore, PlatformAccess
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import resource_id
from coursehub.vocabulary.launch import LTI_1_1, Outcome
from coursehub.vocabulary.people import Role

_NO_GRADEBOOK = "The LMS course has not offered its gradebook to this Hub yet."
_NO_ADDRESS = (
    "This LMS takes a score once the student has opened the assignment's own link in it, if that "
    "link is graded there (LTI 1.1)."
)
_OF_THE_REGISTRATION = frozenset({"lms-token-refused", "lms-refused"})
_REGISTERED_ANEW = (
    "This Hub has another registration of the LMS. If that one has taken the place of client "
    "{client_id}, an administrator switches {client_id} off (Administration, Platforms), and the "
    "scores go by the other."
)
_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """
    One score on its way; the context is None where no LMS course takes scores.

    By LTI 1.1 it goes to its own `outcome`, None before the student's first launch.
    """

    delivery_id: int
    institution_id: int
    assignment_id: int
    platform_id: int
    access: PlatformAccess
    context_id: int | None
    lineitems_url: str
    line_item_url: str
    resource_id: str
    label: str
    attempts: int
    queued_at: datetime
    score: LmsScore
    is_lti11: bool
    outcome: Outcome | None

    @property
    def has_address(self) -> bool:
        """Whether an LMS has said where this score goes."""
        return self.outcome is not None if self.is_lti11 else self.context_id is not None


async def deliver_once(store: Store, lms: Lms, clock: Clock, *, most: int = _AT_ONCE) -> int:
    """
    How many due scores the LMS has taken.

    An LMS that does not answer is asked once; its other scores wait as long.
    """
    delivered = 0
    down: dict[int, CoursehubError] = {}
    for out in await asyncio.to_thread(_due, store, clock.now(), most):
        if error := down.get(out.platform_id):
            await asyncio.to_thread(_postpone, store, out, error, clock.now())
            continue
        try:
            await _send(store, lms, clock, out)
        except (Refused, Invalid) as error:
            await asyncio.to_thread(_refuse, store, out, error)
        except CoursehubError as error:
            if isinstance(error, Unreachable) and out.has_address:
                down[out.platform_id] = error
            await asyncio.to_thread(_postpone, store, out, error, clock.now())
        else:
            delivered += await asyncio.to_thread(_note, store, out, clock.now())
    return delivered


async def _send(store: Store, lms: Lms, clock: Clock, out: Outgoing) -> None:
    """Nothing, once the LMS shows this score or has taken it."""
    if out.is_lti11:
        if out.outcome is None:
            raise Unreachable("no-outcome", _NO_ADDRESS)
        await lms.replace_result(out.access, out.outcome, out.score)
        return
    url = await _line_item(store, lms, out)
    try:
        await lms.post_score(out.access, url, out.score)
    except Conflict:
        shown = await lms.result(out.access, url, subject=out.score.subject)
        if shown and rules.shows(
            out.score.points, out.score.max_points, shown=shown.points, of=shown.max_points
        ):
            return
        await lms.post_score(out.access, url, replace(out.score, scored_at=clock.now()))
    except Missing:
        await asyncio.to_thread(_forget_line_item, store, out)
        raise


async def _line_item(store: Store, lms: Lms, out: Outgoing) -> str:
    if out.context_id is None:
        raise Unreachable("no-gradebook", _NO_GRADEBOOK)
    if out.line_item_url:
        return out.line_item_url
    known = await asyncio.to_thread(_known_line_item, store, out)
    if known:
        return known
    url = await lms.line_item(
        out.access,
        out.lineitems_url,
        resource_id=out.resource_id,
        label=out.label,
        max_points=out.score.max_points,
    )
    await asyncio.to_thread(_keep_line_item, store, out, url)
    return url


def _due(store: Store, at: datetime, most: int) -> list[Outgoing]:
    """Due scores, leased: until the lease ends no other worker sends them."""
    with store.writing(EVERYONE) as session:
        rows = session.exec(
            select(ScoreDelivery, Assignment, Person)
            .join(Assignment, col(Assignment.id) == ScoreDelivery.assignment_id)
            .join(Person, col(Person.id) == ScoreDelivery.person_id)
            .where(ScoreDelivery.state == DeliveryState.WAITING)
            .where(col(ScoreDelivery.next_at) <= at)
            .where(~_audits())
            .order_by(col(ScoreDelivery.next_at), col(ScoreDelivery.id))
            .limit(most)
            .with_for_update(skip_locked=True, of=ScoreDelivery)
        ).all()
        found = []
        for row, assignment, person in rows:
            course = session.get_one(Course, assignment.course_id)
            row.next_at = at + rules.LEASE
            way = score_addresses.way(session, assignment, person)
            out = _outgoing(row, assignment, course, person, way)
            outcome = score_addresses.outcome(session, row.assignment_id, row.person_id)
            found.append(replace(out, outcome=outcome))
        return found


def _audits() -> ColumnElement[bool]:
    """That the person audits the course now: no grade of theirs leaves the Hub."""
    return (
        select(Enrolment.id)
        .where(Enrolment.course_id == Assignment.course_id)
        .where(Enrolment.person_id == ScoreDelivery.person_id, Enrolment.role == Role.AUDITOR)
        .exists()
    )


def _outgoing(
    row: ScoreDelivery, assignment: Assignment, course: Course, person: Person, way: Way
) -> Outgoing:
    platform, context, item = way.platform, way.context, way.item
    return Outgoing(
        delivery_id=row.id or 0,
        institution_id=row.institution_id,
        assignment_id=row.assignment_id,
        platform_id=platform.id or 0,
        access=PlatformAccess(
            issuer=platform.issuer,
            client_id=platform.client_id,
            token_url=platform.token_url,
            sealed_secret=platform.sealed_secret,
        ),
        context_id=context.id if context else None,
        lineitems_url=context.ags_lineitems_url if context else "",
        line_item_url=item.url if item else "",
        resource_id=resource_id(course.key, assignment.name),
        label=assignment.title or assignment.name,
        attempts=row.attempts,
        queued_at=row.scored_at,
        score=LmsScore(
            subject=person.subject,
            points=row.points,
            max_points=row.max_points,
            scored_at=row.scored_at,
            comment=row.comment,
        ),
        is_lti11=platform.version == LTI_1_1,
        outcome=None,
    )


def _known_line_item(store: Store, out: Outgoing) -> str:
    """The address that another score of this pass found."""
    with store.reading(out.institution_id) as session:
        found = session.exec(_line_item_row(out)).first()
        return found.url if found else ""


def _keep_line_item(store: Store, out: Outgoing, url: str) -> None:
    with store.writing(out.institution_id) as session:
        row = session.exec(_line_item_row(out)).first() or LineItem(
            institution_id=out.institution_id,
            assignment_id=out.assignment_id,
            context_id=out.context_id or 0,
            url=url,
        )
        row.url = url
        session.add(row)


def _forget_line_item(store: Store, out: Outgoing) -> None:
    """Someone deleted the column in the LMS; the next attempt makes another."""
    with store.writing(out.institution_id) as session:
        if found := session.exec(_line_item_row(out)).first():
            session.delete(found)


def _line_item_row(out: Outgoing) -> SelectOfScalar[LineItem]:
    return select(LineItem).where(
        LineItem.assignment_id == out.assignment_id, LineItem.context_id == out.context_id
    )


def _row(session: Session, out: Outgoing) -> ScoreDelivery | None:
    """The row, unless a newer score has taken its place in the meantime."""
    return session.exec(
        select(ScoreDelivery)
        .where(ScoreDelivery.id == out.delivery_id)
        .where(ScoreDelivery.scored_at == out.queued_at)
        .where(ScoreDelivery.state == DeliveryState.WAITING)
        .with_for_update()
    ).first()


def _note(store: Store, out: Outgoing, at: datetime) -> bool:
    with store.writing(out.institution_id) as session:
        row = _row(session, out)
        if row is None:
            return False
        row.state, row.delivered_at, row.last_error = DeliveryState.DELIVERED, at, ""
        row.attempts += 1
        return True


def _refuse(store: Store, out: Outgoing, error: CoursehubError) -> None:
    with store.writing(out.institution_id) as session:
        if row := _row(session, out):
            row.state, row.last_error = DeliveryState.REFUSED, _refusal(session, out, error)
            row.attempts += 1


def _refusal(session: Session, out: Outgoing, error: CoursehubError) -> str:
    """The LMS's reason; with the way out where it may know the registration no more."""
    assignment = session.get_one(Assignment, out.assignment_id)
    if error.code not in _OF_THE_REGISTRATION or not score_addresses.others(
        session, out.platform_id, assignment.course_id
    ):
        return error.message
    return f"{error.message} {_REGISTERED_ANEW.format(client_id=out.access.client_id)}"


def _postpone(store: Store, out: Outgoing, error: CoursehubError, at: datetime) -> None:
    chance = random.random()  # noqa: S311  # it spreads attempts and keeps no secret
    with store.writing(out.institution_id) as session:
        if row := _row(session, out):
            row.attempts += 1
            wait = rules.wait_s(row.attempts, chance=chance, retry_after_s=error.retry_after_s)
            row.next_at = at + timedelta(seconds=wait)
            row.last_error = error.message
