"""Platforms' keys, kept at hand; and the listing of platforms, kept the same way."""

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from joserfc.jwk import ECKey, RSAKey

from coursehub.vocabulary.launch import Registration
from coursehub_auth.errors import LaunchRefused, Unreachable
from coursehub_auth.kept import Documents
from coursehub_auth.keysets import KeySets, usable_keys
from coursehub_auth.lastknown import Ages, LastKnown
from coursehub_auth.registrations import Registrations
from tests.auth.actors import Platform, rsa_key

AGES = Ages(quiet_s=60, fresh_s=120, longest_s=1000, pause_s=30)
URL = "/jwks"
LOG = logging.getLogger("key sets")


@pytest.fixture
def lms(key_of_the_platform: RSAKey) -> Iterator[Platform]:
    lms = Platform(key=key_of_the_platform)
    yield lms
    lms.served.stop()


def kept(*, timeout_s: float = 30, ages: Ages = AGES, file: Path | None = None) -> KeySets:
    client = httpx.AsyncClient(trust_env=False)
    documents = Documents(file, log=LOG)
    return KeySets(client, timeout_s=timeout_s, documents=documents, ages=ages)


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


def test_a_platform_that_is_down_when_the_hub_starts_anew_stops_no_launch(
    lms: Platform, tmp_path: Path
) -> None:
    file = tmp_path / "key-sets.json"
    asyncio.run(kept(file=file).key(lms.issuer + URL, "lms-1"))
    assert file.stat().st_mode & 0o777 == 0o600
    lms.body = b"down"
    assert asyncio.run(kept(file=file).key(lms.issuer + URL, "lms-1"))
    assert asyncio.run(refusal(kept(file=file), lms, "lms-2")) == "key-set-unreachable"


def test_keys_of_the_day_before_are_not_taken_over_a_restart(lms: Platform, tmp_path: Path) -> None:
    file = tmp_path / "key-sets.json"
    asyncio.run(kept(file=file).key(lms.issuer + URL, "lms-1"))
    ((url, (fetched_at, document)),) = json.loads(file.read_text()).items()
    file.write_text(json.dumps({url: [fetched_at - AGES.longest_s, document]}))
    lms.body = b"down"
    assert asyncio.run(refusal(kept(file=file), lms)) == "key-set-unreachable"


@pytest.mark.parametrize("text", ["", "[", "[]", '{"a": 1}', '{"a": ["x", {}]}', "[" * 50_000])
def test_a_file_that_cannot_be_read_is_made_anew(lms: Platform, tmp_path: Path, text: str) -> None:
    file = tmp_path / "key-sets.json"
    file.write_text(text)
    asyncio.run(kept(file=file).key(lms.issuer + URL, "lms-1"))
    assert list(json.loads(file.read_text())) == [lms.issuer + URL]


def test_a_place_that_cannot_be_written_keeps_nobody_out(lms: Platform, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere" / "key-sets.json"
    assert asyncio.run(kept(file=nowhere).key(lms.issuer + URL, "lms-1"))


def test_a_platform_that_hangs_holds_launches_up_for_the_patience_alone(lms: Platform) -> None:
    async def launches() -> list[float]:
        ages = replace(AGES, quiet_s=0, fresh_s=0, patience_s=0.5)
        keys = kept(ages=ages)
        await keys.key(lms.issuer + URL, "lms-1")
        keys._sets[lms.issuer + URL]._asked_at -= AGES.pause_s
        lms.latency_s = 20
        waits = []
        for _ in range(3):
            began = time.monotonic()
            await keys.key(lms.issuer + URL, "lms-1")
            waits.append(time.monotonic() - began)
        return waits

    assert max(asyncio.run(launches())) < 15, "the platform takes 20 s"


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


@pytest.mark.parametrize("said", [{"use": None}, {"alg": None}, {"use": None, "alg": None}])
def test_what_a_key_leaves_out_it_may_also_call_null(said: dict[str, None]) -> None:
    public = rsa_key("lms-1").as_dict(private=False)
    assert list(usable_keys({"keys": [{**public, **said}]})) == ["lms-1"]


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
