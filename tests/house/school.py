"""Schools with LMSs, a Hub in memory, and people who follow links: actors of several folders."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Barrier, Thread
from typing import Any, TypeVar

import pytest
from sqlmodel import SQLModel, select

import coursehub.model  # noqa: F401  # its tables are what create_all creates
from coursehub.adapters.memory import MemoryHub
from coursehub.launch.actions import arrivals, launches, naming, platforms
from coursehub.ports import HubAccount
from coursehub.settings import Settings
from coursehub.store import EVERYONE, Store
from coursehub.vocabulary import people
from coursehub.vocabulary.courses import GRADERS_GROUP
from coursehub.vocabulary.launch import Context, Launch, Welcome
from coursehub.vocabulary.people import PEOPLE_GROUP, HubName

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
MOODLE = "https://moodle.north.example"
_CONTEXT_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
LEARNER = f"{_CONTEXT_ROLE}Learner"
INSTRUCTOR = f"{_CONTEXT_ROLE}Instructor"

Row = TypeVar("Row", bound=SQLModel)


@dataclass(kw_only=True)
class School:
    """A Hub with the LMSs that it trusts; `time` moves as a test says."""

    store: Store
    settings: Settings
    hub: MemoryHub = field(default_factory=MemoryHub)
    time: datetime = NOON
    _nonces: "count[int]" = field(default_factory=count)

    def now(self) -> datetime:
        return self.time

    def trust(
        self,
        issuer: str = MOODLE,
        *,
        institution: str = "North College",
        deployments: tuple[str, ...] = ("1",),
    ) -> bool:
        new = platforms.NewPlatform(
            institution=institution,
            issuer=issuer,
            client_id="coursehub",
            deployment_ids=deployments,
            auth_login_url=f"{issuer}/auth",
            token_url=f"{issuer}/token",
            key_set_url=f"{issuer}/jwks",
        )
        return platforms.register(self.store, new)

    def link(self, subject: str = "u1", **claims: Any) -> Launch:
        """What follows when someone opens a link in the LMS; claims that are given replace ours."""
        ours = {
            "issuer": MOODLE,
            "client_id": "coursehub",
            "deployment_id": "1",
            "subject": subject,
            "nonce": f"nonce-{next(self._nonces)}",
            "expires_at": int((self.time + timedelta(minutes=1)).timestamp()),
            "message_type": "LtiResourceLinkRequest",
            "roles": (LEARNER,),
            "target": "https://hub.example/hub/lti13/launch",
            "context": Context(id="c1", label="Data 8", title="Foundations"),
            "email": f"{subject}@north.example",
        }
        return Launch(**{**ours, **claims})

    def receive(self, launch: Launch) -> Welcome:
        """As the Hub does it: a name that another login has an account of is told back."""
        welcome = self.begin(launch)
        account = asyncio.run(self.hub.account(welcome.hub_name))
        if not welcome.tell_arrival or account is None or self._is_for(welcome, account):
            return welcome
        name = naming.another(self.store, self.hub, self, welcome.launch_id, taken=account.name)
        return replace(welcome, hub_name=asyncio.run(name))

    def begin(self, launch: Launch) -> Welcome:
        """What the Hub is told, which goes no further: the person closes the window."""
        return asyncio.run(
            launches.receive(self.store, self.hub, self, launch, settings=self.settings)
        )

    def _is_for(self, welcome: Welcome, account: HubAccount) -> bool:
        is_no_older = people.is_no_older(account.made_at, named_at=welcome.named_at)
        return PEOPLE_GROUP in account.groups and is_no_older

    def arrive(self, welcome: Welcome) -> None:
        """The Hub makes the accounts it was told of, with their groups, and says that it did."""
        mine = {*(() if welcome.is_linked else (PEOPLE_GROUP,)), *welcome.groups.join}
        self.hub.users |= {welcome.hub_name, *welcome.graders}
        self.hub.made_at.setdefault(welcome.hub_name, self.time)
        for group in mine:
            self.hub.groups_of.setdefault(group, set()).add(welcome.hub_name)
        for group in welcome.groups.leave:
            self.hub.groups_of.get(group, set()).discard(welcome.hub_name)
        self.hub.groups_of.setdefault(GRADERS_GROUP, set()).update(welcome.graders)
        if welcome.tell_arrival:
            arrivals.note(self.store, self, [welcome.launch_id])

    def come(self, subject: str = "u1", **claims: Any) -> HubName:
        """The Hub name of someone who followed a link all the way."""
        welcome = self.receive(self.link(subject, **claims))
        self.arrive(welcome)
        return welcome.hub_name

    def rows(self, table: type[Row]) -> list[Row]:
        with self.store.reading(EVERYONE) as session:
            return list(session.exec(select(table)))


def at_once(*calls: Any) -> list[Any]:
    """What the calls returned or raised, each begun in a thread of its own at one instant."""
    gate, found = Barrier(len(calls)), [None] * len(calls)

    def run(place: int, call: Any) -> None:
        gate.wait(timeout=60)
        try:
            found[place] = call()
        except Exception as error:  # noqa: BLE001 - handed to the test that asked
            found[place] = error  # type: ignore[call-overload]  # a list of whatever came

    threads = [Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A database with all tables, and nothing in them."""
    store = Store(database_url)
    SQLModel.metadata.create_all(store.engine)
    yield store
    store.close()


@pytest.fixture
def school(store: Store, settings: Settings) -> School:
    """A Hub that trusts one Moodle."""
    school = School(store=store, settings=settings)
    school.trust()
    return school
