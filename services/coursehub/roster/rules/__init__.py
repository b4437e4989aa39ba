"""Who is in a course: several lists taken together, and what differs from them."""

from coursehub.roster.rules.lists import (
    Listing,
    Lists,
    Place,
    Roster,
    Silent,
    Together,
    believed,
    completed,
    fingerprint,
    together,
)
from coursehub.roster.rules.planning import ALWAYS_MAY_LEAVE, Plan, Step, ordered, plan

__all__ = [
    "ALWAYS_MAY_LEAVE",
    "Listing",
    "Lists",
    "Place",
    "Plan",
    "Roster",
    "Silent",
    "Step",
    "Together",
    "believed",
    "completed",
    "fingerprint",
    "ordered",
    "plan",
    "together",
]
