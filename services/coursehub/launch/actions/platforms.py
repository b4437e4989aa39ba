"""The LMSs that a Hub trusts: added by hand, approved, switched off and on, removed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, delete, func, select

from coursehub.errors import Conflict, Invalid, Missing
from coursehub.launch.actions import deployments, successors
from coursehub.model.course import CourseContext, LaunchRecord
from coursehub.model.institution import (
    Deployment,
    Institution,
    Person,
    Platform,
    PlatformState,
    RegistrationLink,
    SeenDeployment,
)
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.addresses import is_safe_address
from coursehub.vocabulary.courses import slug

_ADDRESSES: Final = ("auth_login_url", "token_url", "key_set_url")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlatform:
    """What an LMS's administrator is told when the tool is registered there by hand."""

    institution: str
    issuer: str
    client_id: str
    deployment_ids: tuple[str, ...]
    auth_login_url: str
    token_url: str
    key_set_url: str
    name: str = ""
    product: str = ""
    scopes: str = ""
    state: PlatformState = PlatformState.ACTIVE
    registered_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A platform, with what its administrators want to know of it."""

    platform: Platform
    institution: str
    deployments: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    people: int = 0
    last_launch: datetime | None = None

    @property
    def id(self) -> int:
        """What names it in addresses and commands."""
        return self.platform.id or 0

    @property
    def title(self) -> str:
        """What it is called: by name, or by its address."""
        return self.platform.name or self.platform.issuer


def register(store: Store, new: NewPlatform) -> bool:
    """
    Whether anything was new or changed.

    The institution is made when it is not known by that name. Conflict when a
    deployment belongs to another institution (people would change hands), or
    when another one gave other addresses for this issuer and client id.
    """
    ((_, changed),) = register_all(store, (new,))
    return changed


def register_all(
    store: Store, wanted: tuple[NewPlatform, ...], *, dry_run: bool = False
) -> list[tuple[NewPlatform, bool]]:
    """Each with whether it was new or changed; all of them are registered, or none."""
    for new in wanted:
        check(new)
    with store.writing(EVERYONE) as session:
        deployments.one_at_a_time(session)
        done = [(new, put(session, new)[1]) for new in wanted]
        if dry_run:
            session.rollback()
        return done


def put(session: Session, new: NewPlatform) -> tuple[Platform, bool]:
    """The institution's row of that platform, and whether it is new or changed."""
    home = institution(session, new.institution)
    _require_agreement(session, new, home)
    row = session.exec(
        select(Platform).where(
            Platform.institution_id == home.id,
            Platform.issuer == new.issuer,
            Platform.client_id == new.client_id,
        )
    ).first() or Platform(
        institution_id=home.id or 0,
        issuer=new.issuer,
        client_id=new.client_id,
        state=new.state,
        registered_by=new.registered_by,
        auth_login_url="",
        token_url="",
        key_set_url="",
    )
    for field in _ADDRESSES:
        setattr(row, field, getattr(new, field))
    for field in ("name", "product", "scopes"):
        setattr(row, field, getattr(new, field) or getattr(row, field))
    session.add(row)
    changed = session.is_modified(row) or row in session.new
    session.flush()
    return row, deployments.put(session, row, new.deployment_ids) or changed


def institution(session: Session, name: str) -> Institution:
    """The institution of that name, made when it is not known."""
    key = slug(name)
    if not key:
        raise Invalid("no-institution", "Name the institution that the LMS belongs to.")
    found = session.exec(select(Institution).where(Institution.slug == key)).first()
    if found is None:
        found = Institution(slug=key, name=name.strip())
        session.add(found)
        session.flush()
    return found


def switch(store: Store, platform_id: int, state: PlatformState) -> bool:
    """
    Whether the platform's state changed; launches of one that is not ACTIVE are refused.

    Scores that it refused go by the LMS's other registrations, once it is off.
    """
    with store.writing(EVERYONE) as session:
        row = found(session, platform_id)
        changed = row.state is not state
        row.state = state
        session.add(row)
        if changed and state is PlatformState.OFF:
            successors.send_again(session, row)
        return changed


def approve(store: Store, platform_id: int) -> bool:
    """Whether a platform that waited is let in by this."""
    return switch(store, platform_id, PlatformState.ACTIVE)


def refuse(store: Store, platform_id: int) -> bool:
    """Whether a platform that waited is gone by this; Conflict for one that was let in before."""
    with store.writing(EVERYONE) as session:
        row = session.get(Platform, platform_id)
        if row is not None and row.state is not PlatformState.PENDING:
            raise Conflict("not-pending", "This LMS was approved already; switch it off instead.")
        return row is not None and _forget(session, row)


def remove(store: Store, platform_id: int) -> bool:
    """Whether the platform is gone by this; Conflict where people or courses came from it."""
    with store.writing(EVERYONE) as session:
        row = session.get(Platform, platform_id)
        return row is not None and _forget(session, row)


def listing(store: Store) -> list[Listed]:
    """Every platform, those that wait first, then by institution."""
    with store.reading(EVERYONE) as session:
        names = {row.id: row.name for row in session.exec(select(Institution))}
        owned, seen = deployments.by_platform(session)
        people = dict(
            session.exec(
                select(Person.platform_id, func.count()).group_by(col(Person.platform_id))
            ).all()
        )
        last = dict(
            session.exec(
                select(Person.platform_id, func.max(LaunchRecord.at))
                .join(LaunchRecord, col(LaunchRecord.person_id) == Person.id)
                .group_by(col(Person.platform_id))
            ).all()
        )
        rows = [
            Listed(
                platform=row,
                institution=names[row.institution_id],
                deployments=tuple(sorted(owned.get(row.id or 0, ()))),
                seen=tuple(seen.get(row.id or 0, ())),
                people=people.get(row.id or 0, 0),
                last_launch=last.get(row.id or 0),
            )
            for row in session.exec(select(Platform))
        ]
        return sorted(
            rows,
            key=lambda one: (
                one.platform.state is not PlatformState.PENDING,
                one.institution.lower(),
                one.id,
            ),
        )


def show(store: Store, platform_id: int) -> Listed:
    """One platform; Missing for one that is not there."""
    for one in listing(store):
        if one.id == platform_id:
            return one
    raise missing()


def found(session: Session, platform_id: int) -> Platform:
    """The platform's row, locked; Missing for one that is not there."""
    row = session.exec(select(Platform).where(Platform.id == platform_id).with_for_update()).first()
    if row is None:
        raise missing()
    return row


def missing() -> Missing:
    """What is said of a platform that nobody knows."""
    return Missing("no-such-platform", "There is no LMS of that number; look at the list.")


def check(new: NewPlatform) -> None:
    """Nothing; Invalid for a registration that cannot be right."""
    if not slug(new.institution):
        raise Invalid("no-institution", "Name the institution that the LMS belongs to.")
    if not deployments.is_id(new.client_id):
        raise Invalid("no-client-id", "A client id is needed: the LMS shows it for the tool.")
    if not all(map(deployments.is_id, new.deployment_ids)):
        raise Invalid("bad-deployment", "A deployment id is printable text, as the LMS shows it.")
    for url in (new.issuer, new.auth_login_url, new.token_url, new.key_set_url):
        check_address(url)


def check_address(url: str) -> None:
    """Nothing; Invalid for an address that is not https, or http on this machine."""
    if not is_safe_address(url):
        raise Invalid("not-https", f"{url!r} must be an https address.")


def _require_agreement(session: Session, new: NewPlatform, home: Institution) -> None:
    """Two schools behind one issuer and client id have the same LMS, so the same addresses."""
    others = session.exec(
        select(Platform).where(
            Platform.issuer == new.issuer,
            Platform.client_id == new.client_id,
            Platform.institution_id != home.id,
        )
    )
    for other in others:
        if any(getattr(other, field) != getattr(new, field) for field in _ADDRESSES):
            raise Conflict(
                "addresses-differ",
                "Another institution has registered this issuer and client id with other "
                "addresses. One of the two is wrong: compare them with the LMS's own page.",
            )


def _forget(session: Session, row: Platform) -> bool:
    for table in (Person, CourseContext):
        if session.exec(select(table.id).where(table.platform_id == row.id)).first() is not None:
            raise Conflict(
                "platform-in-use",
                "People or courses have come from this LMS; they and their work would be lost. "
                "Switch it off instead.",
            )
    for link in session.exec(
        select(RegistrationLink).where(RegistrationLink.platform_id == row.id)
    ):
        link.platform_id = None
        session.add(link)
    session.flush()
    for owned in (Deployment, SeenDeployment):
        session.exec(delete(owned).where(col(owned.platform_id) == row.id))
    session.delete(row)
    return True
