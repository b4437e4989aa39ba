"""Who joins, who leaves, who changes role: decided from two lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from coursehub.errors import Refused
from coursehub.vocabulary.people import Role

LARGEST_LEAVE_SHARE: Final = 0.1
"""A listing that would drop a larger share of a course waits for a person's word."""
ALWAYS_MAY_LEAVE: Final = 3
"""So few may always leave: a tenth of a small class is nobody."""

Subject = str
Roster = Mapping[Subject, Role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The difference between who is enrolled and who is listed."""

    join: Roster
    leave: frozenset[Subject]
    change: Roster
    unchanged: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.join or self.leave or self.change)


def plan(enrolled: Roster, listed: Roster, *, confirmed: bool = False) -> Plan:
    """
    Who joins, who leaves, who changes role.

    An empty `listed` is refused: it is more often an outage than an empty
    class. One that drops more than a tenth of the course is refused unless
    `confirmed` (docs/cases/roster.md, cases 4 and 5).
    """
    if enrolled and not listed:
        raise Refused("roster-empty", "The LMS listed nobody; nothing was changed.")
    shared = enrolled.keys() & listed.keys()
    leave = frozenset(enrolled.keys() - listed.keys())
    allowed = max(ALWAYS_MAY_LEAVE, int(len(enrolled) * LARGEST_LEAVE_SHARE))
    if len(leave) > allowed and not confirmed:
        raise Refused(
            "roster-shrinks",
            f"The LMS no longer lists {len(leave)} of {len(enrolled)} people; nothing was "
            "changed. Look at its list, then confirm the sync if that is right.",
        )
    change = {key: listed[key] for key in shared if listed[key] != enrolled[key]}
    return Plan(
        join={key: listed[key] for key in listed.keys() - enrolled.keys()},
        leave=leave,
        change=change,
        unchanged=len(shared) - len(change),
    )
