"""
What each service may ask of the Hub, and no more.

`coursehub.setup(c)` adds up the scopes of the services that a process runs
and grants that sum to it. Scope names: JupyterHub, "Services and roles".
"""

from coursehub.vocabulary.courses import GRADERS_GROUP

SCOPES: dict[str, tuple[str, ...]] = {
    # A new person's name must be free, and an account that they are linked to must
    # not be an administrator's (which read:users tells); their groups follow them.
    "launch": ("read:users", "admin:groups"),
    "roster": ("admin:groups",),
    "courses": (),
    "modules": (),
    # The course's grader server is started for its staff.
    "grading": (
        f"start:servers!group={GRADERS_GROUP}",
        f"read:servers!group={GRADERS_GROUP}",
        "admin:groups",
    ),
    # Which seats are really taken; the servers of someone dropped from a course are stopped.
    "quotas": ("list:users", "read:servers", "read:users:activity", "delete:servers"),
}

SERVICES: tuple[str, ...] = tuple(SCOPES)


CREATES_USERS = "admin:users"
"""What making accounts takes, beside the roster's own (COURSEHUB_ROSTER_CREATE_USERS)."""


def scopes_of(services: tuple[str, ...], *, create_users: bool = False) -> list[str]:
    """The scopes of these services together, in a stable order."""
    found = {scope for name in services for scope in SCOPES[name]}
    if create_users and "roster" in services:
        found.add(CREATES_USERS)
    return sorted(found)
