"""A Hub in memory: the port `Hub` where no JupyterHub runs."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime

from coursehub.errors import Refused, Unreachable
from coursehub.ports import HubAccount, HubServer
from coursehub.vocabulary.people import HubName


@dataclass(slots=True, kw_only=True)
class MemoryHub:
    """
    What a Hub knows, as plain collections that may be set and read.

    Servers are keyed by owner and server name, `made_at` and `seen_at` by user. `time` is the
    Hub's, where it is not now. `answers` set to False makes every call Unreachable, as a Hub that
    restarts is.
    """

    users: set[HubName] = field(default_factory=set)
    groups_of: dict[str, set[HubName]] = field(default_factory=dict)
    running: dict[tuple[HubName, str], HubServer] = field(default_factory=dict)
    admins: set[HubName] = field(default_factory=set)
    made_at: dict[HubName, datetime] = field(default_factory=dict)
    seen_at: dict[HubName, datetime] = field(default_factory=dict)
    time: datetime | None = None
    system_uids: dict[HubName, int] = field(default_factory=dict)
    answers: bool = True

    def spawn(self, name: HubName, server_name: str = "", *, ready: bool = True) -> None:
        """A server of an existing user, listed from now on."""
        self._know({name})
        self.running[name, server_name] = HubServer(
            owner=name, name=server_name, ready=ready, last_activity=None
        )

    def vanish(self, name: HubName, server_name: str = "") -> None:
        """The server gone without a word, if there was one."""
        self.running.pop((name, server_name), None)

    async def exists(self, name: HubName) -> bool:
        """Whether the Hub knows a user of that name."""
        self._answer()
        return name in self.users

    async def account(self, name: HubName) -> HubAccount | None:
        """The Hub's account of that name; None for one that it does not know."""
        if not await self.exists(name):
            return None
        return HubAccount(
            name=name,
            is_admin=name in self.admins,
            groups=await self.groups(name),
            made_at=self.made_at.get(name),
            seen_at=self.seen_at.get(name),
        )

    async def create(self, names: Collection[HubName]) -> frozenset[HubName]:
        """Those of the names that have an account by this call, made at `time`."""
        self._answer()
        made = frozenset(names) - self.users
        self.users |= made
        self.made_at.update(dict.fromkeys(made, self.time or datetime.now(UTC)))
        return made

    async def system_uid(self, name: HubName) -> int | None:
        """The uid of the machine's own account of that name; None where there is none."""
        return self.system_uids.get(name)

    async def groups(self, name: HubName) -> frozenset[str]:
        """The groups of a user; none for one that the Hub does not know."""
        self._answer()
        return frozenset(group for group, names in self.groups_of.items() if name in names)

    async def has_group(self, group: str) -> bool:
        """Whether the Hub knows a group of that name, be it empty."""
        self._answer()
        return group in self.groups_of

    async def members(self, group: str) -> frozenset[HubName]:
        """The members of a group; none for a group that does not exist."""
        self._answer()
        return frozenset(self.groups_of.get(group, ()))

    async def add(self, group: str, names: Collection[HubName]) -> None:
        """Existing users added; the group is created when it is missing."""
        self._answer()
        if not names:
            return
        self._know(names)
        self.groups_of.setdefault(group, set()).update(names)

    async def remove(self, group: str, names: Collection[HubName]) -> None:
        """Users removed; a group that does not exist has nobody to remove."""
        self._answer()
        self.groups_of.get(group, set()).difference_update(names)

    async def servers(self) -> tuple[HubServer, ...]:
        """Every server that runs or starts."""
        self._answer()
        return tuple(self.running.values())

    async def start(self, name: HubName) -> bool:
        """Whether the user's default server is ready already; it is starting if not."""
        self._answer()
        server = self.running.get((name, ""))
        if server is None:
            self.spawn(name, ready=False)
        return server is not None and server.ready

    async def stop(self, owner: HubName, server: str) -> None:
        """The server ended, if it ran."""
        self._answer()
        self.vanish(owner, server)

    async def close(self) -> None:
        """Nothing is held."""

    def _answer(self) -> None:
        if not self.answers:
            raise Unreachable(
                "hub-unreachable", "JupyterHub did not answer; try again in a minute."
            )

    def _know(self, names: Collection[HubName]) -> None:
        if not self.users.issuperset(names):
            raise Refused("hub-refused", "JupyterHub refused this (400).")
