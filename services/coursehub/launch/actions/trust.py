"""Trust in addresses: the e-mail domains that an institution's LMSs may vouch for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlmodel import col, or_, select

from coursehub.errors import Invalid, Missing
from coursehub.model.institution import Institution
from coursehub.store import EVERYONE, Store

_DOMAIN: Final = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
"""A domain name with a dot (RFC 1035, 2.3.4), lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusting:
    """An institution and the domains whose addresses lead to accounts that the Hub has."""

    id: int
    slug: str
    name: str
    domains: tuple[str, ...]


def listing(store: Store) -> list[Trusting]:
    """Every institution, by name."""
    with store.reading(EVERYONE) as session:
        rows = session.exec(select(Institution).order_by(col(Institution.name))).all()
    return [
        Trusting(
            id=row.id or 0,
            slug=row.slug,
            name=row.name,
            domains=tuple(row.trusted_domains.split()),
        )
        for row in rows
    ]


def trust(store: Store, institution: str, domains: Iterable[str]) -> Trusting:
    """
    The institution (by name or slug), which trusts these domains from now on and no others.

    A subdomain is trusted where it is named. Missing for an unknown institution,
    Invalid for what is no domain.
    """
    named = sorted({each.strip().lower().removeprefix("@") for each in domains} - {""})
    for domain in named:
        if not _DOMAIN.fullmatch(domain):
            raise Invalid("bad-domain", f"{domain[:100]!r} is not a domain such as school.edu.")
    by_name = or_(col(Institution.name) == institution, col(Institution.slug) == institution)
    with store.writing(EVERYONE) as session:
        row = session.exec(select(Institution).where(by_name)).first()
        if row is None:
            raise Missing("no-such-institution", "No institution has this name or slug.")
        row.trusted_domains = " ".join(named)
        session.add(row)
        return Trusting(id=row.id or 0, slug=row.slug, name=row.name, domains=tuple(named))
