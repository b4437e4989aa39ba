"""Who may look at what is kept about somebody else, and until when."""

from datetime import datetime

from sqlmodel import Field

from coursehub.model.columns import UtcDateTime
from coursehub.model.institution import TenantOwned


class PrivacyGrant(TenantOwned, table=True):
    """
    An LMS's administrator may see what is kept about one person, for a short time.

    Given by a data privacy launch alone, to the person who launched. The row
    stays, so that the person it is about can see when somebody could look.
    """

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    about_person_id: int = Field(foreign_key="person.id", index=True)
    launch_id: str = Field(foreign_key="launchrecord.id")
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
