"""
Launches that were verified in a frame of the LMS, and wait for a window of their own.

Only a signed launch makes one, so nothing unsigned grows this memory. A Hub
that starts anew has forgotten them all: the link is opened again.
"""

import secrets
from dataclasses import dataclass, field

from coursehub.vocabulary.launch import Welcome
from coursehub_auth.errors import unproven

LIFE_S = 120
MOST = 10_000


@dataclass(slots=True)
class Entries:
    """Tickets to a login, each good once and for two minutes."""

    _waiting: dict[str, tuple[Welcome, float]] = field(default_factory=dict)

    def issue(self, welcome: Welcome, *, now: float) -> str:
        """The ticket that this welcome waits for; `now` in Unix seconds."""
        self._make_room(now)
        ticket = secrets.token_urlsafe(32)
        self._waiting[ticket] = (welcome, now + LIFE_S)
        return ticket

    def redeem(self, ticket: str, *, now: float) -> Welcome:
        """The welcome of that ticket, which is worth nothing from now on."""
        welcome, until = self._waiting.pop(ticket, (None, 0.0))
        if welcome is None or until <= now:
            raise unproven(
                "entry-expired",
                "This way in was used before, or it is more than two minutes old. "
                "Go back to your course and open the link again.",
            )
        return welcome

    def _make_room(self, now: float) -> None:
        """The oldest ones stand first: those that are over, or too many, go."""
        while self._waiting:
            oldest = next(iter(self._waiting))
            if self._waiting[oldest][1] > now and len(self._waiting) < MOST:
                return
            del self._waiting[oldest]
