"""Who joins, who leaves, who changes role: decided from two lists."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from coursehub.errors import Refused
from coursehub.vocabulary.people import Role

ALWAYS_MAY_LEAVE: Final = 3
"""So few may always leave: a tenth of a small class is nobody."""

Subject = str
Roster = Mapping[Subject, Role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """
    What a source says: who is in the course, and who it says is not in it any more.

    Whoever it does not speak of may have been left out by mistake.
    """

    roles: Roster
    gone: frozenset[Subject] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The difference between who is enrolled and who is listed; `missing` stay for now."""

    join: Roster
    leave: frozenset[Subject]
    change: Roster
    missing: frozenset[Subject]
    unchanged: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.join or self.leave or self.change or self.missing)


def plan(
    enrolled: Roster,
    listed: Listing,
    *,
    missing: Collection[Subject] = (),
    largest_share: float,
    confirmed: bool = False,
) -> Plan:
    """
    Who joins, who leaves, who changes role, who is missing.

    Whoever is missing stays until a second listing agrees; `missing` are those
    whom the one before lacked. Who is said to be gone leaves at once, and where
    a person has `confirmed` the listing, whoever is missing does.

    An empty listing is refused: it is more often an outage than an empty class.
    One that lacks more than the largest share of the course is refused unless
    `confirmed` (docs/cases/roster.md, cases 4 to 6).
    """
    if enrolled and not listed.roles:
        raise Refused("roster-empty", "The LMS listed nobody; nothing was changed.")
    shared = enrolled.keys() & listed.roles.keys()
    absent = frozenset(enrolled.keys() - listed.roles.keys())
    allowed = max(ALWAYS_MAY_LEAVE, int(len(enrolled) * largest_share))
    if len(absent) > allowed and not confirmed:
        raise Refused(
            "roster-shrinks",
            f"The LMS no longer lists {len(absent)} of {len(enrolled)} people; nothing was "
            "changed. Look at its list, then confirm the sync if that is right.",
        )
    leave = absent if confirmed else absent & listed.gone.union(missing)
    change = {key: listed.roles[key] for key in shared if listed.roles[key] != enrolled[key]}
    return Plan(
        join={key: listed.roles[key] for key in listed.roles.keys() - enrolled.keys()},
        leave=leave,
        change=change,
        missing=absent - leave,
        unchanged=len(shared) - len(change),
    )
