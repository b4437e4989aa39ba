"""The time by which deadlines are judged."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time by which deadlines are judged."""

    def now(self) -> datetime: ...
