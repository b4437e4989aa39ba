"""How often a grading job is tried, and how long a claim on it holds."""

from datetime import timedelta
from typing import Final

MOST_ATTEMPTS: Final = 3
CLAIM: Final = timedelta(seconds=60)
"""A claim that its worker does not prolong in this time is void: the worker is dead."""

_RETRY_S: Final = 15.0

CUT_SHORT: Final = (
    "Grading was ended before its time on every attempt. Please ask for it again, and tell the "
    "administrator if that does not help."
)


def retry_in(attempts: int) -> timedelta | None:
    """Time until a job that failed through no fault of its own is due again; None for never."""
    if attempts >= MOST_ATTEMPTS:
        return None
    return timedelta(seconds=_RETRY_S * attempts)
