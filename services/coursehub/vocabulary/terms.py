"""What a course says about its term: holidays, and what becomes of late work."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Holiday:
    """Days on which nobody teaches, both ends among them."""

    first: date
    last: date
    name: str = ""

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}/{self.last}"


@dataclass(frozen=True, slots=True, order=True)
class Length:
    """A length of time: whole days by the calendar, or seconds by the clock."""

    days: int = 0
    seconds: int = 0


def after(moment: datetime, length: Length) -> datetime:
    """
    The moment so much later; days keep the time that the clock on the wall shows.

    The moment's zone says where that wall is, so a summer that begins
    meanwhile makes nobody's deadline an hour earlier.
    """
    if length.days:
        return moment + timedelta(days=length.days)  # Python adds by the wall's clock
    later = moment.astimezone(UTC) + timedelta(seconds=length.seconds)
    return later.astimezone(moment.tzinfo)


@dataclass(frozen=True, slots=True, kw_only=True)
class LatePolicy:
    """
    What becomes of work that is handed in after its due moment.

    Each day that has begun takes `percent_a_day` of the points, `most_percent`
    at most, but none within the grace; after it `closes`, nothing is taken.
    """

    grace: Length | None = None
    percent_a_day: float = 0.0
    most_percent: float = 100.0
    closes: Length | None = None
