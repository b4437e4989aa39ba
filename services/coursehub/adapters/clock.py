"""The machine's clock."""

from datetime import UTC, datetime


class SystemClock:
    """The port `Clock`, by the system's time in UTC."""

    def now(self) -> datetime:
        """This moment."""
        return datetime.now(UTC)
