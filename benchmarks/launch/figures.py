"""What the turns come to: launches per second, percentiles, and the worst of the loop."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from benchmarks.launch.heartbeat import Beat
from benchmarks.launch.load import Turn

HEADER: Final = (
    "keys ms  at once  side    launches/s   p50 ms   p99 ms  failed"
    "  hold ms   (wall)  > 20 ms  elsewhere   late  longest hold by"
)


@dataclass(slots=True)
class Cell:
    """All turns of one side in one setting, and the loop's beat in each."""

    turns: list[Turn] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """People let in, by the time that took."""
        return sum(len(turn.each) for turn in self.turns) / sum(turn.whole for turn in self.turns)

    @property
    def failed(self) -> int:
        return sum(len(turn.failures) for turn in self.turns)

    @property
    def worst(self) -> Beat:
        """The longest of every measure, over all turns."""
        longest = max(self.beats, key=lambda beat: beat.hold)
        return replace(
            longest,
            wall=max(beat.wall for beat in self.beats),
            over=sum(beat.over for beat in self.beats),
            elsewhere=max(beat.elsewhere for beat in self.beats),
            late=max(beat.late for beat in self.beats),
        )

    def add(self, more: "Cell") -> None:
        """The turns of another cell in this one."""
        self.turns += more.turns
        self.beats += more.beats

    def row(self) -> str:
        """The columns of HEADER after the side."""
        times = [each for turn in self.turns for each in turn.each]
        worst = self.worst
        p50, p99 = (f"{1000 * percentile(times, share):9.0f}" for share in (0.5, 0.99))
        hold, elsewhere, late = (
            f"{1000 * seconds:9.1f}" for seconds in (worst.hold, worst.elsewhere, worst.late)
        )
        wall = f"({1000 * worst.wall:.1f})"
        return (
            f"{self.per_second:10.1f}{p50}{p99}{self.failed:8}"
            f"{hold}{wall:>9}{worst.over:9}{elsewhere:>11}{late:>7}  {worst.by}"
        )


def percentile(times: Sequence[float], share: float) -> float:
    """The smallest time that this share of the times does not exceed; nan of none."""
    if not times:
        return math.nan
    return sorted(times)[math.ceil(share * len(times)) - 1]
