"""How time becomes money: integer micro-USD, rounded in one place."""

from datetime import timedelta
from typing import Final

_MICROSECOND: Final = timedelta(microseconds=1)
_HOUR: Final = timedelta(hours=1) // _MICROSECOND


def cost_microusd(price_hour_microusd: int, elapsed: timedelta) -> int:
    """
    What `elapsed` costs, rounded down to a whole micro-USD.

    Rounding down means that an interval cut in two never costs more than the
    whole. A clock that jumped back makes nothing cost anything.
    """
    return max(price_hour_microusd * (elapsed // _MICROSECOND) // _HOUR, 0)
