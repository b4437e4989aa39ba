"""A platform's own template of Hub user names, where the Hub's does not suit it."""

from coursehub.errors import Invalid, Missing
from coursehub.model.institution import Platform
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary import usernames


def choose(store: Store, platform_id: int, template: str) -> None:
    """Nothing; new people of the platform are named by it, by the Hub's where it is empty."""
    if template:
        try:
            usernames.parse(template)
        except ValueError as cause:
            raise Invalid("bad-template", str(cause)) from cause
    with store.writing(EVERYONE) as session:
        row = session.get(Platform, platform_id)
        if row is None:
            raise Missing("no-such-platform", "No LMS has this number: coursehub platform list")
        row.username_template = template
        session.add(row)
