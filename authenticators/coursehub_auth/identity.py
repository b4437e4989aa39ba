"""Who comes through the LTI door, in a form that no login form can imitate."""

from typing import Any

from coursehub.vocabulary.launch import Welcome

GRADER_PREFIX = "grader-"  # vocabulary.courses.grader_of
DOOR = "coursehub_door"


def is_grader(name: str) -> bool:
    """Whether the name is one that a course's grader account may have."""
    return name.lower().startswith(GRADER_PREFIX)


class LtiLogin(dict[str, Any]):
    """
    The Hub's authentication model of a verified launch.

    Its type is the proof: the callback alone makes one, while forms and other
    authenticators bring plain dicts. None in `admin`, `groups` and `roles`
    leaves what the Hub has: coursehub's groups are settled apart from it.
    """

    def __init__(self, welcome: Welcome) -> None:
        super().__init__(
            name=welcome.hub_name,
            admin=None,
            groups=None,
            roles=None,
            user_info=None,
            auth_state=None,
        )
        self.welcome = welcome
        self.user: Any = None

    @property
    def is_settled(self) -> bool:
        """Whether the account was entered, and the model holds nothing else for the Hub to keep."""
        kept = (self[name] for name in ("admin", "groups", "roles", "user_info", "auth_state"))
        return self.user is not None and all(value is None for value in kept)
