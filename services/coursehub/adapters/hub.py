"""JupyterHub's REST API, asked with the service's own token."""

import asyncio
import pwd
from collections.abc import Collection, Iterator
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import httpx

from coursehub.errors import Refused, Unreachable
from coursehub.ports import HubAccount, HubServer
from coursehub.settings import Settings
from coursehub.vocabulary.people import HubName

CHUNK: Final = 50
"""Members in one group call: larger ones hold the Hub's loop for seconds."""
PAGE: Final = 200
"""Users in one page of a listing, the most that the Hub gives."""
_PAGINATED: Final = "application/jupyterhub-pagination+json"


class HubApi:
    """The port `Hub` over HTTP; every call is bounded in time by settings.request_timeout_s."""

    def __init__(self, settings: Settings) -> None:
        self._timeout_s = settings.request_timeout_s
        self._client = httpx.AsyncClient(
            base_url=settings.hub_api_url.rstrip("/") + "/",
            headers={"Authorization": f"token {settings.hub_api_token.get_secret_value()}"},
            timeout=settings.request_timeout_s,
        )

    async def close(self) -> None:
        """Give back the connections."""
        await self._client.aclose()

    async def exists(self, name: HubName) -> bool:
        """Whether the Hub knows a user of that name."""
        return await self._get(_user(name)) is not None

    async def account(self, name: HubName) -> HubAccount | None:
        """The Hub's account of that name; None for one that it does not know."""
        user = await self._get(_user(name))
        if user is None:
            return None
        if not {"admin", "groups"} <= user.keys():  # the token lacks the scope read:users
            raise Refused("hub-refused", "JupyterHub does not say who is an administrator.")
        return HubAccount(
            name=name,
            is_admin=user["admin"],
            groups=frozenset(user["groups"]),
            made_at=_moment(user.get("created")),
            seen_at=_moment(user.get("last_activity")),
        )

    async def create(self, names: Collection[HubName]) -> frozenset[HubName]:
        """Those of the names that have an account by this call; the others had one before."""
        made: set[HubName] = set()
        for chunk in _chunks(names):
            answer = await self._send("POST", "users", json={"usernames": chunk})
            if answer.status_code != HTTPStatus.CONFLICT:  # all of them had one
                _check(answer)
                made.update(HubName(user["name"]) for user in answer.json())
        return frozenset(made)

    async def system_uid(self, name: HubName) -> int | None:
        """The uid of this machine's own account of that name, a directory's accounts included."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.to_thread(_uid, name)
        except TimeoutError as cause:
            raise Unreachable(
                "accounts-unreachable", "This machine's accounts could not be read; try again."
            ) from cause

    async def groups(self, name: HubName) -> frozenset[str]:
        """The groups of a user; none for one that the Hub does not know."""
        user = await self._get(_user(name))
        return frozenset(user.get("groups", ())) if user else frozenset()

    async def has_group(self, group: str) -> bool:
        """Whether the Hub knows a group of that name, be it empty."""
        return await self._get(f"groups/{quote(group)}") is not None

    async def members(self, group: str) -> frozenset[HubName]:
        """The members of a group; none for a group that does not exist."""
        model = await self._get(f"groups/{quote(group)}")
        return frozenset(HubName(name) for name in model["users"]) if model else frozenset()

    async def add(self, group: str, names: Collection[HubName]) -> None:
        """Add existing users, in chunks; the group is created when it is missing."""
        for chunk in _chunks(names):
            path = f"groups/{quote(group)}/users"
            answer = await self._send("POST", path, json={"users": chunk})
            if answer.status_code == HTTPStatus.NOT_FOUND:
                await self._make_group(group)
                answer = await self._send("POST", path, json={"users": chunk})
            _check(answer)

    async def remove(self, group: str, names: Collection[HubName]) -> None:
        """Remove users, in chunks; a group that does not exist has nobody to remove."""
        for chunk in _chunks(names):
            path = f"groups/{quote(group)}/users"
            answer = await self._send("DELETE", path, json={"users": chunk})
            if answer.status_code != HTTPStatus.NOT_FOUND:
                _check(answer)

    async def servers(self) -> tuple[HubServer, ...]:
        """Every server that runs, starts or stops, over all pages of users."""
        found: list[HubServer] = []
        offset: int | None = 0
        while offset is not None:
            page = await self._get(
                "users", params={"state": "active", "offset": offset, "limit": PAGE}
            )
            if page is None:
                break
            found += [server for user in page["items"] for server in _servers_of(user)]
            following = page["_pagination"]["next"]
            offset = following["offset"] if following else None
        return tuple(found)

    async def start(self, name: HubName) -> bool:
        """Ask for the user's default server; whether it is ready already."""
        user = await self._get(_user(name))
        server = (user or {}).get("servers", {}).get("")
        if server and server["ready"]:
            return True
        if not (server and server.get("pending")):
            _check(await self._send("POST", f"{_user(name)}/server"))
        return False

    async def stop(self, owner: HubName, server: str) -> None:
        """Ask for the end of a running server; one that does not run is left alone."""
        path = f"{_user(owner)}/"
        path += f"servers/{_segment(server)}" if server else "server"
        answer = await self._send("DELETE", path)
        if answer.status_code not in {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST}:
            _check(answer)

    async def _make_group(self, group: str) -> None:
        answer = await self._send("POST", f"groups/{quote(group)}", json={})
        if answer.status_code != HTTPStatus.CONFLICT:  # somebody else made it
            _check(answer)

    async def _get(self, path: str, **options: Any) -> Any:
        """The JSON answer; None when there is no such thing."""
        answer = await self._send("GET", path, **options)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        _check(answer)
        try:
            return answer.json()
        except ValueError as cause:  # a proxy's page, while the Hub restarts
            raise _failed() from cause

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return await self._client.request(
                method, path, headers={"Accept": _PAGINATED}, **options
            )
        except httpx.HTTPError as cause:
            raise Unreachable(
                "hub-unreachable", "JupyterHub did not answer; try again in a minute."
            ) from cause


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def _user(name: HubName) -> str:
    return f"users/{_segment(name)}"


def _segment(name: str) -> str:
    """The name as one segment of an address, slashes too."""
    return quote(name, safe="")


def _uid(name: HubName) -> int | None:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def _check(answer: httpx.Response) -> None:
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _failed()
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        raise Refused("hub-refused", f"JupyterHub refused this ({answer.status_code}).")


def _failed() -> Unreachable:
    return Unreachable("hub-failed", "JupyterHub failed to answer; try again in a minute.")


def _chunks(names: Collection[HubName]) -> Iterator[list[HubName]]:
    ordered = sorted(names)
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))


def _servers_of(user: dict[str, Any]) -> Iterator[HubServer]:
    for name, server in user.get("servers", {}).items():
        yield HubServer(
            owner=HubName(user["name"]),
            name=name,
            ready=bool(server["ready"]),
            last_activity=_moment(server.get("last_activity")),
        )
