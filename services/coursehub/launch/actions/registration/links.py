"""Registration links: made by an administrator, used once, soon, and by one LMS."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from coursehub.errors import Conflict, Invalid, Missing, Refused
from coursehub.launch.actions import platforms
from coursehub.model.institution import Institution, RegistrationLink
from coursehub.ports import Clock
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store

LIFE_HOURS: Final = 168
LONGEST_HOURS: Final = 24 * 90
_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A new link; its address is shown once and kept nowhere."""

    id: int
    url: str
    institution: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A link that an LMS may still use."""

    id: int
    institution: str
    made_by: str
    expires_at: datetime


def make(
    store: Store, clock: Clock, settings: Settings, *, institution: str, by: str, hours: float
) -> Made:
    """A link by which one LMS may register itself for that institution."""
    if not 0 < hours <= LONGEST_HOURS:
        raise Invalid("bad-life", f"A link lives for 1 to {LONGEST_HOURS} hours.")
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with store.writing(EVERYONE) as session:
        home = platforms.institution(session, institution)
        row = RegistrationLink(
            institution_id=home.id or 0,
            token_sha256=_hash(token),
            made_by=by,
            made_at=clock.now(),
            expires_at=clock.now() + timedelta(hours=hours),
        )
        session.add(row)
        session.flush()
        return Made(
            id=row.id or 0,
            url=f"{settings.public_url.rstrip('/')}{settings.prefix}lti/register?link={token}",
            institution=home.name,
            expires_at=row.expires_at,
        )


def revoke(store: Store, clock: Clock, link_id: int) -> bool:
    """Whether the link could still be used, and cannot any more."""
    with store.writing(EVERYONE) as session:
        row = session.exec(
            select(RegistrationLink).where(RegistrationLink.id == link_id).with_for_update()
        ).first()
        if row is None or row.used_at or row.revoked_at:
            return False
        row.revoked_at = clock.now()
        session.add(row)
        return True


def waiting(store: Store, clock: Clock) -> list[Open]:
    """The links that may still be used, the newest first."""
    with store.reading(EVERYONE) as session:
        found = session.exec(
            select(RegistrationLink, Institution.name)
            .join(Institution, col(Institution.id) == RegistrationLink.institution_id)
            .where(
                col(RegistrationLink.used_at).is_(None),
                col(RegistrationLink.revoked_at).is_(None),
                col(RegistrationLink.expires_at) > clock.now(),
            )
            .order_by(col(RegistrationLink.id).desc())
        )
        return [
            Open(id=row.id or 0, institution=name, made_by=row.made_by, expires_at=row.expires_at)
            for row, name in found
        ]


def claim(store: Store, clock: Clock, token: str, *, for_s: float) -> int:
    """
    The link's number, its use held for a while by this one registration.

    Missing, Refused or Conflict for one that is unknown, over, or in use.
    Anyone may try: only a link that may be used takes a turn to write.
    """
    with store.reading(EVERYONE) as session:
        _require_usable(_found(session, token), clock.now())
    with store.writing(EVERYONE) as session:
        row = _found(session, token, lock=True)
        _require_usable(row, clock.now())
        row.claimed_until = clock.now() + timedelta(seconds=for_s)
        session.add(row)
        return row.id or 0


def release(store: Store, link_id: int) -> None:
    """Nothing; a registration that failed may be tried again with the link."""
    with store.writing(EVERYONE) as session:
        row = session.get(RegistrationLink, link_id)
        if row is not None:
            row.claimed_until = None
            session.add(row)


def held(session: Session, clock: Clock, link_id: int) -> RegistrationLink:
    """The claimed link, to be marked as used; Refused where it was revoked meanwhile."""
    row = session.exec(
        select(RegistrationLink).where(RegistrationLink.id == link_id).with_for_update()
    ).one()
    claimed, row.claimed_until = row.claimed_until, None
    if claimed is None:
        raise _in_use()
    _require_usable(row, clock.now())
    return row


def _found(session: Session, token: str, *, lock: bool = False) -> RegistrationLink:
    wanted = select(RegistrationLink).where(RegistrationLink.token_sha256 == _hash(token))
    row = session.exec(wanted.with_for_update() if lock else wanted).first()
    if row is None:
        raise Missing(
            "link-unknown",
            "This registration link is not one of this Hub's. Copy it again, whole, or ask the "
            "Hub's administrators for a new one.",
        )
    return row


def _require_usable(row: RegistrationLink, now: datetime) -> None:
    if row.used_at:
        raise Refused(
            "link-used",
            "This registration link has been used: the LMS is registered already. For another "
            "LMS ask the Hub's administrators for another link.",
        )
    if row.revoked_at:
        raise Refused("link-revoked", "This registration link was withdrawn. Ask for a new one.")
    if row.expires_at <= now:
        raise Refused("link-expired", "This registration link is too old. Ask for a new one.")
    if row.claimed_until and row.claimed_until > now:
        raise _in_use()


def _in_use() -> Conflict:
    return Conflict(
        "link-in-use", "A registration by this link is under way. Look again in two minutes."
    )


def _hash(token: str) -> str:
    """What is kept of a token: 256 random bits need neither salt nor a slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
