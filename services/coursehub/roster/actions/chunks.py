"""Many people in few calls of the Hub: what fails for a chunk is found out for each person."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from coursehub.errors import CoursehubError, Refused, Unreachable
from coursehub.vocabulary.people import HubName

CHUNK: Final = 50
"""People in one call: larger ones hold the Hub's loop for seconds."""
MOST_IN_A_ROW: Final = 5
"""So many who fail one after another are the Hub's illness and not theirs."""
AWAY: Final = "hub-unreachable"

Call = Callable[[list[HubName]], Awaitable[None]]


@dataclass(slots=True)
class Calls:
    """Who was placed by calls of the Hub, and who was not, with the reason."""

    placed: set[HubName] = field(default_factory=set)
    failed: dict[HubName, str] = field(default_factory=dict)
    in_a_row: int = 0

    async def make(self, call: Call, names: list[HubName]) -> None:
        """
        Nothing; the call was made for these people together, or for the halves of them.

        A Hub that is away, or fails for one after another, is raised: that is
        about nobody, and all of it is tried again later.
        """
        if not names:
            return
        try:
            await call(names)
        except (Refused, Unreachable) as error:
            if error.code == AWAY:
                raise
            if len(names) == 1:
                self._note(names[0], error)
                return
            half = len(names) // 2
            await self.make(call, names[:half])
            await self.make(call, names[half:])
        else:
            self.placed.update(names)
            self.in_a_row = 0

    def _note(self, name: HubName, error: CoursehubError) -> None:
        self.failed[name] = error.message
        self.in_a_row += 1
        if self.in_a_row >= MOST_IN_A_ROW:
            raise error


def chunks(names: Iterable[HubName]) -> Iterator[list[HubName]]:
    """The names in order, as many at a time as one call takes."""
    waiting = iter(sorted(names))
    while some := list(islice(waiting, CHUNK)):
        yield some
