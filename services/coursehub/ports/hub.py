"""JupyterHub, as the services see it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from coursehub.vocabulary.people import HubName


@dataclass(frozen=True, slots=True, kw_only=True)
class HubServer:
    """A server that the Hub says is running or starting."""

    owner: HubName
    name: str
    ready: bool
    last_activity: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HubAccount:
    """An account that a launch must not fall into by its name alone."""

    name: HubName
    is_admin: bool
    groups: frozenset[str] = frozenset()
    made_at: datetime | None = None
    seen_at: datetime | None = None


class Hub(Protocol):
    """JupyterHub's REST API."""

    async def exists(self, name: HubName) -> bool: ...
    async def account(self, name: HubName) -> HubAccount | None:
        """The Hub's account of that name; None for one that it does not know."""

    async def create(self, names: Collection[HubName]) -> frozenset[HubName]:
        """
        Those of the names that have an account by this call; the others had one before.

        Refused where the Hub does not take one of them, and then some of the
        others may have been made.
        """
        ...

    async def system_uid(self, name: HubName) -> int | None:
        """
        The uid of this machine's own account of that name; None where there is none.

        A spawner of local processes would start a server as that account.
        """
        ...

    async def groups(self, name: HubName) -> frozenset[str]:
        """The groups of a user; none for one that the Hub does not know."""
        ...

    async def has_group(self, group: str) -> bool: ...
    async def members(self, group: str) -> frozenset[HubName]:
        """The members of a group; none for a group that does not exist."""
        ...

    async def add(self, group: str, names: Collection[HubName]) -> None:
        """Add existing users, in chunks; the group is created when it is missing."""
        ...

    async def remove(self, group: str, names: Collection[HubName]) -> None: ...
    async def servers(self) -> tuple[HubServer, ...]: ...
    async def start(self, name: HubName) -> bool:
        """Ask for the user's default server; whether it is ready already."""
        ...

    async def stop(self, owner: HubName, server: str) -> None:
        """Ask for the end of a running server (the default one by an empty name)."""
        ...

    async def close(self) -> None: ...
