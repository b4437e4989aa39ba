"""Institutions (the tenants), their platforms, and the people who came from them."""

from datetime import datetime
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


class Platform(TenantOwned, table=True):
    """A registered LMS: (issuer, client id) names it (LTI 1.3 core 3.1.2)."""

    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: int | None = Field(default=None, primary_key=True)
    issuer: str
    client_id: str
    name: str = ""
    auth_login_url: str
    token_url: str
    key_set_url: str


class Deployment(TenantOwned, table=True):
    """One deployment of the tool in a platform (LTI 1.3 core 3.1.3)."""

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
    Someone of a platform: (platform, subject) is the key.

    `hub_name` is given at the first launch and never changed; `arrived_at`
    is when the Hub first knew them.
    """

    __table_args__ = (UniqueConstraint("platform_id", "subject"),)

    id: int | None = Field(default=None, primary_key=True)
    platform_id: int = Field(foreign_key="platform.id")
    subject: str
    name: str = ""
    email: str = ""
    hub_name: str | None = Field(default=None, unique=True)
    arrived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
