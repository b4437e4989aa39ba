"""What may be used once only: nonces, token ids, return tickets."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

MAX_LENGTH = 255  # of a value that is remembered


@dataclass(slots=True)
class SeenOnce:
    """
    Remembers each value until it would have expired anyway.

    When full of living values it refuses new ones: forgetting one would let
    it be replayed.
    """

    clock: Callable[[], float] = time.time
    size: int = 20_000
    _until: dict[str, float] = field(default_factory=dict)

    def first_time(self, value: str, *, until: float) -> bool:
        """True once for each value; afterwards, and when there is no room, False."""
        if len(self._until) >= self.size:
            now = self.clock()
            self._until = {key: end for key, end in self._until.items() if end > now}
        if len(self._until) >= self.size or self._until.get(value, 0) > self.clock():
            return False
        self._until[value] = until
        return True

    def knows(self, value: str) -> bool:
        """Whether the value has been used, and would still be living."""
        return self._until.get(value, 0) > self.clock()
