"""Platforms' keys, kept at hand; and the listing of platforms, kept the same way."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from joserfc.jwk import ECKey, RSAKey

from coursehub.vocabulary.launch import Registration
from coursehub_auth.errors import LaunchRefused, Unreachable
from coursehub_auth.keysets import KeySets, usable_keys
from coursehub_auth.lastknown import Ages, LastKnown
from coursehub_auth.registrations import Registrations
from tests.auth.actors import Platform, rsa_key

AGES = Ages(quiet_s=60, fresh_s=120, longest_s=1000, pause_s=30)
URL = "/jwks"


@pytest.fixture
def lms(key_of_the_platform: RSAKey) -> Iterator[Platform]:
    lms = Platform(key=key_of_the_platform)
    yield lms
    lms.served.stop()


def kept(*, timeout_s: float = 30, ages: Ages = AGES) -> KeySets:
    return KeySets(httpx.AsyncClient(trust_env=False), timeout_s=timeout_s, ages=ages)


async def refusal(keys: KeySets, lms: Platform, kid: str = "lms-1") -> str:
    with pytest.raises(LaunchRefused) as caught:
        await keys.key(lms.issuer + URL, kid)
    return caught.value.code


def test_a_class_that_launches_at_once_asks_for_the_keys_once(lms: Platform) -> None:
    async def launches() -> None:
        keys = kept()
        lms.latency_s = 0.2
        found = await asyncio.gather(*(keys.key(lms.issuer + URL, "lms-1") for _ in range(50)))
        assert len(found) == 50
        await keys.key(lms.issuer + URL, "lms-1")

    asyncio.run(launches())
    assert lms.asked == 1


def test_a_new_key_is_fetched_once_and_forged_ids_do_not_hammer_the_platform(
    lms: Platform,
) -> None:
    async def launches() -> None:
        keys = kept()
        await keys.key(lms.issuer + URL, "lms-1")
        lms.key = rsa_key("lms-2")
        keys._sets[lms.issuer + URL]._asked_at -= AGES.pause_s
        assert await keys.key(lms.issuer + URL, "lms-2")
        for _ in range(20):
            assert await refusal(keys, lms, "forged") == "key-unknown"

    asyncio.run(launches())
    assert lms.asked == 2


@pytest.mark.parametrize(
    "body",
    [b"not json", b"[]", b'{"keys": 7}', b"[" * 50_000, b'{"keys": []}' + b" " * 300_000],
)
def test_a_key_set_that_cannot_be_read_is_the_platforms_outage(lms: Platform, body: bytes) -> None:
    lms.body = body
    assert asyncio.run(refusal(kept(), lms)) == "key-set-unreachable"


def test_a_platform_that_does_not_answer_costs_a_bounded_time(lms: Platform) -> None:
    lms.latency_s = 1.0
    assert asyncio.run(refusal(kept(timeout_s=0.2), lms)) == "key-set-unreachable"


def test_a_broken_address_is_the_platforms_outage() -> None:
    async def launch() -> None:
        with pytest.raises(Unreachable):
            await kept().key("no address", "lms-1")

    asyncio.run(launch())


def test_weak_foreign_and_nameless_keys_are_left_out() -> None:
    usable, weak = rsa_key("good"), rsa_key("weak", bits=1024)
    public = usable.as_dict(private=False)
    document = {
        "keys": [
            public,
            weak.as_dict(private=False),
            {**public, "kid": "for-encryption", "use": "enc"},
            {**public, "kid": "other", "alg": "RS512"},
            {**public, "kid": None},
            {**public, "kid": "broken", "n": "§"},
            {**public, "kid": "broken", "n": 7},
            ECKey.generate_key("P-256", {"kid": "ec"}).as_dict(private=False),
            "no key",
        ]
    }
    assert list(usable_keys(document)) == ["good"]


class Source:
    """Something kept elsewhere that can be away, and a clock beside it."""

    def __init__(self) -> None:
        self.asked, self.away, self.now = 0, False, 1000.0

    async def fetch(self) -> int:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise Unreachable("away", "Away.")
        return self.asked

    def copy(self) -> LastKnown[int]:
        return LastKnown(self.fetch, ages=AGES, clock=lambda: self.now)


def test_a_copy_is_refreshed_behind_the_launches_that_use_it() -> None:
    async def days() -> None:
        source = Source()
        copy = source.copy()
        assert await copy.value() == 1
        source.now += 59
        assert (await copy.value(), source.asked) == (1, 1)
        source.now += 2
        assert await copy.value() == 1
        for _ in range(20):  # the fetch behind it takes a few turns of the loop
            await asyncio.sleep(0)
        assert (await copy.value(), source.asked) == (2, 2)
        source.now += 121
        assert (await copy.value(), source.asked) == (3, 3)

    asyncio.run(days())


def test_an_outage_is_bridged_by_the_last_copy_but_not_for_ever() -> None:
    async def days() -> None:
        source = Source()
        copy = source.copy()
        await copy.value()
        source.away = True
        source.now += 200
        assert (await copy.value(), source.asked) == (1, 2)
        assert (await copy.value(), source.asked) == (1, 2)
        source.now += 1000
        with pytest.raises(Unreachable):
            await copy.value()
        source.away = False
        assert await copy.value() == 4

    asyncio.run(days())


def test_one_who_gives_up_does_not_end_the_fetch_of_the_others() -> None:
    async def two() -> None:
        copy = Source().copy()
        impatient, patient = asyncio.create_task(copy.value()), asyncio.create_task(copy.value())
        await asyncio.sleep(0)
        impatient.cancel()
        assert await patient == 1

    asyncio.run(two())


def registered(client_id: str, *deployments: str) -> Registration:
    return Registration(
        issuer="https://canvas.example",
        client_id=client_id,
        deployment_ids=deployments,
        auth_login_url="https://canvas.example/auth",
        key_set_url="https://canvas.example/jwks",
    )


def test_a_platform_is_found_by_what_it_says_of_itself() -> None:
    async def fetch() -> tuple[Registration, ...]:
        return registered("1", "a"), registered("2", "b", "c")

    async def ask(client_id: str = "", deployment_id: str = "") -> str:
        try:
            found = await Registrations(fetch).find(
                issuer="https://canvas.example", client_id=client_id, deployment_id=deployment_id
            )
        except LaunchRefused as refused:
            return refused.code
        return found.client_id

    async def everyone() -> None:
        assert await ask("2", "b") == "2"
        assert await ask("1") == "1"
        assert await ask(deployment_id="c") == "2"
        assert await ask() == "registration-ambiguous"
        assert await ask("3") == "registration-unknown"
        # Refused by its own name once the token is proven, not here.
        assert await ask("1", "z") == "1"

    asyncio.run(everyone())


def test_a_platform_registered_a_moment_ago_is_found() -> None:
    listed = [registered("1", "a")]

    async def fetch() -> tuple[Registration, ...]:
        return tuple(listed)

    async def launches() -> None:
        registrations = Registrations(fetch, ages=replace(AGES, pause_s=0))
        sought = {"issuer": "https://canvas.example", "deployment_id": ""}
        await registrations.find(client_id="1", **sought)
        listed.append(registered("2", "a"))
        assert (await registrations.find(client_id="2", **sought)).client_id == "2"

    asyncio.run(launches())
