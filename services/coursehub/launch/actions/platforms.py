"""Registering the LMSs that a Hub trusts."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlmodel import Session, select

from coursehub.errors import Conflict, Invalid
from coursehub.model.institution import Deployment, Institution, Platform
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary.courses import slug


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


def register(store: Store, new: NewPlatform) -> bool:
    """
    Whether anything was new or changed.

    The institution is made when it is not known by that name. Conflict when
    the platform belongs to another institution: people would change hands.
    """
    _check(new)
    with store.writing(EVERYONE) as session:
        institution = _institution(session, new.institution)
        row = session.exec(
            select(Platform).where(
                Platform.issuer == new.issuer, Platform.client_id == new.client_id
            )
        ).first() or Platform(
            institution_id=institution.id or 0,
            issuer=new.issuer,
            client_id=new.client_id,
            auth_login_url="",
            token_url="",
            key_set_url="",
        )
        if row.institution_id != institution.id:
            raise Conflict("other-institution", "This LMS is registered for another institution.")
        row.auth_login_url, row.token_url = new.auth_login_url, new.token_url
        row.key_set_url = new.key_set_url
        session.add(row)
        changed = session.is_modified(row) or row in session.new
        session.flush()
        return _deploy(session, row, new.deployment_ids) or changed


def _institution(session: Session, name: str) -> Institution:
    key = slug(name)
    found = session.exec(select(Institution).where(Institution.slug == key)).first()
    if found is None:
        found = Institution(slug=key, name=name)
        session.add(found)
        session.flush()
    return found


def _deploy(session: Session, platform: Platform, wanted: tuple[str, ...]) -> bool:
    known = set(
        session.exec(select(Deployment.deployment_id).where(Deployment.platform_id == platform.id))
    )
    for deployment_id in sorted(set(wanted) - known):
        session.add(
            Deployment(
                institution_id=platform.institution_id,
                platform_id=platform.id or 0,
                deployment_id=deployment_id,
            )
        )
    return bool(set(wanted) - known)


def _check(new: NewPlatform) -> None:
    if not slug(new.institution):
        raise Invalid("no-institution", "Name the institution that the LMS belongs to.")
    if not new.client_id or not all(new.deployment_ids) or not new.deployment_ids:
        raise Invalid("no-deployment", "A client id and at least one deployment id are needed.")
    for url in (new.issuer, new.auth_login_url, new.token_url, new.key_set_url):
        check_address(url)


def check_address(url: str) -> None:
    """Nothing; Invalid for an address that is not https, or http on this machine."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    loopback = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    secure = parts.scheme == "https" or (parts.scheme == "http" and loopback)
    if not (parts.hostname and secure and url.isascii() and url.isprintable()) or " " in url:
        raise Invalid("not-https", f"{url!r} must be an https address.")


def listing(store: Store) -> list[tuple[Platform, str, tuple[str, ...]]]:
    """Every platform with its institution's name and its deployments."""
    with store.reading(EVERYONE) as session:
        names = {row.id: row.name for row in session.exec(select(Institution))}
        deployments: dict[int, list[str]] = {}
        for row in session.exec(select(Deployment)):
            deployments.setdefault(row.platform_id, []).append(row.deployment_id)
        return [
            (p, names[p.institution_id], tuple(sorted(deployments.get(p.id or 0, ()))))
            for p in session.exec(select(Platform))
        ]
