"""One contract for the Hub: JupyterHub itself over its API, and the Hub in memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from pydantic import SecretStr

from coursehub.adapters.hub import HubApi
from coursehub.adapters.memory import MemoryHub
from coursehub.errors import Refused, Unreachable
from coursehub.ports import Hub, HubAccount
from coursehub.settings import Settings
from coursehub.vocabulary.people import HubName, is_no_older
from coursehub.vocabulary.scopes import SERVICES, scopes_of
from tests.auth.live import LiveHub, live_hub

CLASS = tuple(HubName(f"s{n:03}") for n in range(120))
TOKEN = "the-services-own-token"
STARTED = time.time()
SCOPES = scopes_of(SERVICES, create_users=True)
CONFIG = f"""
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allowed_users = {{f"s{{n:03}}" for n in range(120)}}
c.Authenticator.admin_users = {{"s001"}}
c.Spawner.cmd = ["sleep", "30"]  # a server that is starting is what is looked at
c.Spawner.args = []
c.JupyterHub.tornado_settings = {{"slow_spawn_timeout": 0}}
c.JupyterHub.services = [{{"name": "coursehub", "api_token": {TOKEN!r}}}]
c.JupyterHub.load_groups = {{"coursehub-graders": {{"users": ["s000"]}}}}
c.JupyterHub.load_roles = [
    {{"name": "coursehub", "services": ["coursehub"], "scopes": {SCOPES!r}}},
]
"""
Answer = TypeVar("Answer")


def hub_api(url: str, *, token: str = TOKEN) -> HubApi:
    settings = Settings(request_timeout_s=20)
    return HubApi(
        settings.model_copy(update={"hub_api_url": url, "hub_api_token": SecretStr(token)})
    )


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHub]:
    folder: Path = tmp_path_factory.mktemp("hub")
    with live_hub(folder, CONFIG) as hub:
        yield hub


@pytest.fixture(
    scope="module", params=["memory", pytest.param("jupyterhub", marks=pytest.mark.hub)]
)
def ask(request: pytest.FixtureRequest) -> Callable[[Callable[[Hub], Awaitable[Answer]]], Answer]:
    """Questions to a Hub that knows the class, and s000 as a grader."""
    memory = MemoryHub(
        users=set(CLASS),
        groups_of={"coursehub-graders": {CLASS[0]}},
        admins={CLASS[1]},
        made_at=dict.fromkeys(CLASS, datetime.now(UTC)),
        system_uids={HubName("root"): 0},
    )
    url = request.getfixturevalue("live").hub_url if request.param == "jupyterhub" else ""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Hub]:
        hub: Hub = hub_api(f"{url}api") if url else memory
        yield hub
        await hub.close()

    def answer(question: Callable[[Hub], Awaitable[Answer]]) -> Answer:
        async def asked() -> Answer:
            async with opened() as hub:
                return await question(hub)

        return asyncio.run(asked())

    return answer


Ask = Callable[[Callable[[Hub], Awaitable[object]]], object]


def test_a_user_exists_or_does_not(ask: Ask) -> None:
    assert ask(lambda hub: hub.exists(CLASS[0])) is True
    assert ask(lambda hub: hub.exists(HubName("nobody"))) is False


@pytest.mark.parametrize("name", ["s000/tokens", "nobody/../s001", "s000?x"])
def test_a_name_that_reads_like_an_address_is_nobodys(ask: Ask, name: str) -> None:
    assert ask(lambda hub: hub.exists(HubName(name))) is False
    assert ask(lambda hub: hub.account(HubName(name))) is None


def test_an_account_is_an_administrators_or_not_and_in_its_groups(ask: Ask) -> None:
    ask(lambda hub: hub.add("chess", CLASS[:1]))
    first = ask(lambda hub: hub.account(CLASS[0]))
    admin = ask(lambda hub: hub.account(CLASS[1]))
    assert isinstance(first, HubAccount)
    assert isinstance(admin, HubAccount)
    assert (first.is_admin, admin.is_admin) == (False, True)
    assert is_no_older(first.made_at, named_at=STARTED)
    assert not is_no_older(first.made_at, named_at=STARTED + 7 * 24 * 3600)
    assert ("chess" in first.groups, "chess" in admin.groups) == (True, False)
    assert ask(lambda hub: hub.account(HubName("nobody-here"))) is None
    ask(lambda hub: hub.remove("chess", CLASS[:1]))


def test_the_machines_own_accounts_are_known(ask: Ask) -> None:
    assert ask(lambda hub: hub.system_uid(HubName("root"))) == 0
    assert ask(lambda hub: hub.system_uid(HubName("no-such-account"))) is None


def test_a_class_of_120_is_added_to_a_group_that_is_made_for_it(ask: Ask) -> None:
    assert ask(lambda hub: hub.members("data8")) == frozenset()
    ask(lambda hub: hub.add("data8", CLASS))
    assert ask(lambda hub: hub.members("data8")) == frozenset(CLASS)
    assert ask(lambda hub: hub.groups(CLASS[7])) == frozenset({"data8"})
    ask(lambda hub: hub.add("data8", CLASS[:3]))
    assert ask(lambda hub: hub.members("data8")) == frozenset(CLASS)


def test_a_group_is_there_be_it_empty(ask: Ask) -> None:
    assert ask(lambda hub: hub.has_group("chemistry")) is False
    ask(lambda hub: hub.add("chemistry", CLASS[:1]))
    ask(lambda hub: hub.remove("chemistry", CLASS[:1]))
    assert ask(lambda hub: hub.has_group("chemistry")) is True


def test_removing_takes_those_alone(ask: Ask) -> None:
    ask(lambda hub: hub.add("bio", CLASS))
    ask(lambda hub: hub.remove("bio", CLASS[:70]))
    ask(lambda hub: hub.remove("bio", CLASS[:70]))
    assert ask(lambda hub: hub.members("bio")) == frozenset(CLASS[70:])


def test_nothing_to_add_or_remove_makes_nothing(ask: Ask) -> None:
    ask(lambda hub: hub.add("empty", ()))
    ask(lambda hub: hub.remove("no-such-group", CLASS[:2]))
    assert ask(lambda hub: hub.members("empty")) == frozenset()


def test_a_stranger_has_no_groups_and_cannot_be_added(ask: Ask) -> None:
    stranger = HubName("stranger")
    assert ask(lambda hub: hub.groups(stranger)) == frozenset()
    with pytest.raises(Refused):
        ask(lambda hub: hub.add("chem", (CLASS[1], stranger)))


def test_stopping_what_does_not_run_does_nothing(ask: Ask) -> None:
    ask(lambda hub: hub.stop(CLASS[2], ""))
    ask(lambda hub: hub.stop(CLASS[2], "no-such-server"))
    ask(lambda hub: hub.stop(HubName("nobody"), ""))


def test_no_servers_run_until_one_is_started(ask: Ask) -> None:
    assert ask(lambda hub: hub.servers()) == ()
    assert ask(lambda hub: hub.start(CLASS[0])) is False
    assert ask(_owners) == [(CLASS[0], "", False)]
    assert ask(lambda hub: hub.start(CLASS[0])) is False


async def _owners(hub: Hub) -> list[tuple[HubName, str, bool]]:
    return [(server.owner, server.name, server.ready) for server in await hub.servers()]


@pytest.mark.hub
def test_a_wrong_token_is_refused(live: LiveHub) -> None:
    with pytest.raises(Refused):
        asyncio.run(hub_api(f"{live.hub_url}api", token="wrong").exists(CLASS[0]))


def test_a_hub_that_is_not_there_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        asyncio.run(hub_api("http://127.0.0.1:1/hub/api").exists(CLASS[0]))


@pytest.mark.parametrize(
    ("status", "body"), [(502, b"bad gateway"), (200, b"<html>a proxy's page</html>")]
)
def test_a_proxy_that_answers_for_the_hub_is_no_hub(status: int, body: bytes) -> None:
    """What stands before the Hub answers while it restarts."""
    hub = hub_api("http://hub.example/hub/api")
    there = httpx.MockTransport(lambda _request: httpx.Response(status, content=body))
    hub._client._transport = there
    with pytest.raises(Unreachable):
        asyncio.run(hub.servers())


def test_accounts_are_made_and_those_that_were_there_are_told_apart(ask: Ask) -> None:
    new = (HubName("n001"), HubName("n002"))
    assert ask(lambda hub: hub.create(new)) == set(new)
    assert ask(lambda hub: hub.create((*new, HubName("n003")))) == {"n003"}
    assert ask(lambda hub: hub.create(new)) == set()
    account = ask(lambda hub: hub.account(new[0]))
    assert isinstance(account, HubAccount)
    assert (account.is_admin, account.groups, account.seen_at) == (False, frozenset(), None)
    assert is_no_older(account.made_at, named_at=STARTED)
