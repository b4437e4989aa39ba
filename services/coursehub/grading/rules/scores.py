"""When a score goes to the LMS, when it is tried again, and whether two scores are one."""

import math
from datetime import timedelta

_FIRST_S = 5.0
_LONGEST_S = 3600.0
_JITTER = 0.25
_POINTS_APART = 1e-6
# LMSs round what they show to a few digits.
_SHARES_APART = 1e-3


def wait_s(attempts: int, *, chance: float, retry_after_s: int | None = None) -> float:
    """
    Seconds until the next attempt after `attempts` failed ones.

    It doubles from 5 s to an hour, spread by a quarter each way by `chance`
    (0 to 1), so that a class's scores do not all come back at once. What the
    LMS asks for is never undercut.
    """
    doublings = min(max(attempts - 1, 0), 20)
    wait = min(_FIRST_S * 2.0**doublings, _LONGEST_S)
    spread = wait * (1 + _JITTER * (2 * chance - 1))
    return max(spread, float(retry_after_s or 0))


def is_same(points: float, max_points: float, *, as_points: float, as_max: float) -> bool:
    """Whether two scores are one, so that nothing new needs to be sent."""
    return math.isclose(points, as_points, abs_tol=_POINTS_APART) and math.isclose(
        max_points, as_max, abs_tol=_POINTS_APART
    )


def shows(points: float, max_points: float, *, shown: float | None, of: float | None) -> bool:
    """Whether what an LMS shows is that score, on whatever scale it shows it."""
    if shown is None or max_points <= 0:
        return False
    return abs(points / max_points - shown / (of or max_points)) <= _SHARES_APART


LEASE = timedelta(minutes=2)
"""How long a score being sent is left alone by others; then its sender counts as dead."""
