"""What changed in a roster since a tool read it (NRPS 2.0, 2.4)."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from coursehub_demo_lms.errors import Refusal
from coursehub_demo_lms.state import Member

MOST_KEPT = 50


@dataclass(slots=True)
class Snapshots:
    """The latest rosters that were read, each by a name that the tool gives back."""

    _kept: OrderedDict[str, dict[str, Member]] = field(default_factory=OrderedDict)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def keep(self, course_id: str, members: Iterable[Member]) -> str:
        """The name of the roster as it is now; the oldest of many is forgotten."""
        name = f"{course_id}.{next(self._numbers)}"
        self._kept[name] = {member.person.id: member for member in members}
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return name

    def changes(self, course_id: str, name: str, members: Iterable[Member]) -> Iterator[Member]:
        """Who came or changed since then, and who is gone, with the status Deleted."""
        before = self._kept.get(name)
        if before is None or not name.startswith(f"{course_id}."):
            raise Refusal(404, "no-such-differences", "These differences are gone: read it all.")
        now = {member.person.id: member for member in members}
        yield from (member for key, member in now.items() if before.get(key) != member)
        gone = (member for key, member in before.items() if key not in now)
        yield from (replace(member, status="Deleted") for member in gone)
