"""Institutions (the tenants), their platforms, and the people who came from them."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from coursehub.model.columns import UtcDateTime, now

# SQLModel makes columns of plain types alone, so this is an alias and no NewType.
InstitutionId: TypeAlias = int


class TenantOwned(SQLModel):
    """A row of one institution; sessions filter on it (store.py)."""

    institution_id: InstitutionId = Field(foreign_key="institution.id", index=True)


class Institution(SQLModel, table=True):
    """A school: whatever it owns, no other sees."""

    id: InstitutionId | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    name: str
    trusted_domains: str = ""
    """E-mail domains, by blank, whose addresses this institution's LMSs may vouch for."""


class PlatformState(StrEnum):
    """Whether launches of a platform are let in."""

    PENDING = "pending"
    ACTIVE = "active"
    OFF = "off"


class Platform(TenantOwned, table=True):
    """
    An LMS as one institution registered it: (issuer, client id) names it (LTI 1.3 core 3.1.2).

    Institutions behind one issuer and client id (a vendor's cloud) are told
    apart by their deployments. For LTI 1.1 the client id is the consumer key,
    and `sealed_secret` its secret, unreadable without the service's own key.
    `scopes` are those that a dynamic registration granted, by blank.
    """

    __table_args__ = (UniqueConstraint("institution_id", "issuer", "client_id"),)

    id: int | None = Field(default=None, primary_key=True)
    issuer: str
    client_id: str
    name: str = ""
    auth_login_url: str
    token_url: str
    key_set_url: str
    version: str = "1.3.0"
    product: str = ""
    state: PlatformState = PlatformState.ACTIVE
    scopes: str = ""
    username_template: str = ""
    sealed_secret: str = ""
    registered_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    registered_by: str = ""


class RegistrationLink(TenantOwned, table=True):
    """
    A one-time link that an LMS registers itself by (LTI Dynamic Registration 1.0, 3.3).

    While a registration is under way, no other may begin: until `claimed_until`.
    """

    id: int | None = Field(default=None, primary_key=True)
    token_sha256: str = Field(unique=True)
    made_by: str = ""
    made_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    platform_id: int | None = Field(default=None, foreign_key="platform.id")


class SeenDeployment(TenantOwned, table=True):
    """A deployment that a platform signed a launch for, and that nobody has approved."""

    __table_args__ = (UniqueConstraint("platform_id", "deployment_id"),)

    id: int | None = Field(default=None, primary_key=True)
    platform_id: int = Field(foreign_key="platform.id")
    deployment_id: str
    seen_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Deployment(TenantOwned, table=True):
    """
    One deployment of the tool in a platform (LTI 1.3 core 3.1.3).

    No two institutions share one: with issuer and client id it says whose a launch is.
    """

    __table_args__ = (UniqueConstraint("platform_id", "deployment_id"),)

    id: int | None = Field(default=None, primary_key=True)
    platform_id: int = Field(foreign_key="platform.id")
    deployment_id: str


class Nonce(SQLModel, table=True):
    """A nonce that was used; its key makes a second use fail."""

    issuer: str = Field(primary_key=True)
    nonce: str = Field(primary_key=True)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class Person(TenantOwned, table=True):
    """
    Someone of an institution: (issuer, subject) is the key (LTI 1.3 core 5.3.6).

    `platform_id` is the registration that spoke of them last. `hub_name` is
    given at the first launch, `named_at`, and changed by an administrator
    alone; `is_linked` says that it is an account which the Hub had before.
    `arrived_at` is when the Hub first knew them.
    """

    __table_args__ = (UniqueConstraint("institution_id", "issuer", "subject"),)

    id: int | None = Field(default=None, primary_key=True)
    platform_id: int = Field(foreign_key="platform.id")
    issuer: str
    subject: str
    name: str = ""
    email: str = ""
    hub_name: str | None = Field(default=None, unique=True)
    named_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    is_linked: bool = False
    arrived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class AccountLink(TenantOwned, table=True):
    """
    One change of a person's Hub account, kept for ever.

    A link to an account that the Hub had before (`is_link`), or the undoing of one.
    """

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    before: str | None = None
    after: str | None = None
    is_link: bool = True
    by: str
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
