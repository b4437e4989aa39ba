"""Deployments: which part of an LMS belongs to which institution (LTI 1.3 core 3.1.3)."""

from collections import defaultdict
from typing import Final

from sqlalchemy import text
from sqlmodel import Session, col, delete, select

from coursehub.errors import Conflict, Invalid, Missing
from coursehub.model.institution import Deployment, Platform, PlatformState, SeenDeployment
from coursehub.ports import Clock
from coursehub.store import EVERYONE, Store

MOST_SEEN: Final = 20
"""Unapproved deployments that are kept of a platform: the last ones that were launched from."""
LONGEST_ID: Final = 255


def put(session: Session, platform: Platform, wanted: tuple[str, ...]) -> bool:
    """
    Whether any of these is new to the platform.

    Conflict where one belongs to another institution behind the same issuer
    and client id: it alone tells their launches apart.
    """
    known = set(
        session.exec(select(Deployment.deployment_id).where(Deployment.platform_id == platform.id))
    )
    new = sorted(set(wanted) - known)
    for deployment_id in new:
        _require_free(session, platform, deployment_id)
        session.add(
            Deployment(
                institution_id=platform.institution_id,
                platform_id=platform.id or 0,
                deployment_id=deployment_id,
            )
        )
        _forget_seen(session, platform, deployment_id)
    return bool(new)


def add(store: Store, platform_id: int, deployment_id: str) -> bool:
    """Whether the deployment is new to the platform: launches from it are let in."""
    if not is_id(deployment_id):
        raise Invalid("bad-deployment", "A deployment id is printable text, as the LMS shows it.")
    with store.writing(EVERYONE) as session:
        one_at_a_time(session)
        platform = session.get(Platform, platform_id)
        if platform is None:
            raise Missing("no-such-platform", "There is no LMS of that number; look at the list.")
        return put(session, platform, (deployment_id,))


def remove(store: Store, platform_id: int, deployment_id: str) -> bool:
    """Whether the deployment was there: launches from it are refused from now on."""
    with store.writing(EVERYONE) as session:
        gone = session.exec(
            delete(Deployment).where(
                col(Deployment.platform_id) == platform_id,
                col(Deployment.deployment_id) == deployment_id,
            )
        )
        return bool(gone.rowcount)


def see(store: Store, clock: Clock, *, issuer: str, client_id: str, deployment_id: str) -> None:
    """
    Nothing; the administrators of that platform can approve the deployment with one click.

    What the Hub tells of it was signed by the platform. Every institution
    behind the same issuer and client id is told: it may be any one's.
    """
    with store.writing(EVERYONE) as session:
        rows = list(
            session.exec(
                select(Platform)
                .where(Platform.issuer == issuer, Platform.client_id == client_id)
                .order_by(col(Platform.id))
                .with_for_update()
            )
        )
        if not rows or _owner(session, rows, deployment_id) is not None:
            return
        for row in rows:
            if row.state is PlatformState.ACTIVE:
                _keep_seen(session, clock, row, deployment_id)


def one_at_a_time(session: Session) -> None:
    """
    Nothing; no other transaction registers anything until this one ends.

    SQLite's writers are alone already. That a deployment has one owner is a
    matter of several rows, which no unique key can say.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE platform IN SHARE ROW EXCLUSIVE MODE"))


def is_id(given: str) -> bool:
    """Whether a client or deployment id has a sane form (LTI 1.3 core: ASCII, 255 at most)."""
    return 0 < len(given) <= LONGEST_ID and given.isascii() and given.isprintable()


def by_platform(session: Session) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """The approved deployments of each platform, and those that were only seen, newest first."""
    owned, seen = defaultdict(list), defaultdict(list)
    for approved in session.exec(select(Deployment)):
        owned[approved.platform_id].append(approved.deployment_id)
    newest_first = select(SeenDeployment).order_by(col(SeenDeployment.seen_at).desc())
    for waiting in session.exec(newest_first):
        seen[waiting.platform_id].append(waiting.deployment_id)
    return owned, seen


def _require_free(session: Session, platform: Platform, deployment_id: str) -> None:
    rows = list(
        session.exec(
            select(Platform).where(
                Platform.issuer == platform.issuer, Platform.client_id == platform.client_id
            )
        )
    )
    owner = _owner(session, rows, deployment_id)
    if owner is not None and owner != platform.institution_id:
        raise Conflict(
            "other-institution",
            f"Deployment {deployment_id!r} of this LMS is registered for another institution. "
            "Look in the LMS which deployment is yours, or remove it there first.",
        )


def _owner(session: Session, rows: list[Platform], deployment_id: str) -> int | None:
    """The institution that has this deployment of one issuer and client id."""
    return session.exec(
        select(Deployment.institution_id).where(
            col(Deployment.platform_id).in_([row.id for row in rows]),
            Deployment.deployment_id == deployment_id,
        )
    ).first()


def _keep_seen(session: Session, clock: Clock, platform: Platform, deployment_id: str) -> None:
    row = session.exec(
        select(SeenDeployment).where(
            SeenDeployment.platform_id == platform.id,
            SeenDeployment.deployment_id == deployment_id,
        )
    ).first() or SeenDeployment(
        institution_id=platform.institution_id,
        platform_id=platform.id or 0,
        deployment_id=deployment_id,
    )
    row.seen_at = clock.now()
    session.add(row)
    session.flush()
    newest_first = (
        select(SeenDeployment)
        .where(SeenDeployment.platform_id == platform.id)
        .order_by(col(SeenDeployment.seen_at).desc(), col(SeenDeployment.id).desc())
    )
    for old in session.exec(newest_first.offset(MOST_SEEN)):
        session.delete(old)


def _forget_seen(session: Session, platform: Platform, deployment_id: str) -> None:
    """An approved deployment waits nowhere any more, at no institution."""
    rows = session.exec(
        select(Platform.id).where(
            Platform.issuer == platform.issuer, Platform.client_id == platform.client_id
        )
    )
    session.exec(
        delete(SeenDeployment).where(
            col(SeenDeployment.platform_id).in_(list(rows)),
            col(SeenDeployment.deployment_id) == deployment_id,
        )
    )
