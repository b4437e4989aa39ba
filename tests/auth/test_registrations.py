"""Which registration a login belongs to."""

import asyncio
from dataclasses import replace

import pytest

from coursehub.vocabulary.launch import Registration
from coursehub_auth.errors import LaunchRefused
from coursehub_auth.registrations import Registrations

NORTH = Registration(
    issuer="https://cloud.example",
    client_id="1",
    deployment_ids=("north-1", "north-2"),
    auth_login_url="https://sso.cloud.example/auth",
    key_set_url="https://sso.cloud.example/jwks",
)
SOUTH = replace(NORTH, deployment_ids=("south-1",))
MOODLE = replace(NORTH, issuer="https://moodle.example", deployment_ids=("1",))


def found(*listed: Registration, **asked: str) -> Registration:
    async def fetch() -> tuple[Registration, ...]:
        return listed

    wanted = {"issuer": NORTH.issuer, "client_id": "1", "deployment_id": "", **asked}
    return asyncio.run(Registrations(fetch).find(**wanted))


def refusal(*listed: Registration, **asked: str) -> str:
    with pytest.raises(LaunchRefused) as caught:
        found(*listed, **asked)
    return caught.value.code


def test_a_login_without_a_deployment_is_any_tenants_of_its_platform() -> None:
    registration = found(NORTH, MOODLE, SOUTH)
    assert set(registration.deployment_ids) == {"north-1", "north-2", "south-1"}
    assert registration.key_set_url == NORTH.key_set_url


def test_a_login_without_a_client_id_is_one_tenants_too() -> None:
    assert found(NORTH, SOUTH, client_id="").client_id == "1"


def test_a_login_that_names_its_deployment_is_that_tenants_alone() -> None:
    assert found(NORTH, SOUTH, deployment_id="south-1") == SOUTH


def test_a_deployment_that_nobody_registered_is_left_to_its_own_refusal() -> None:
    assert "east-1" not in found(NORTH, SOUTH, deployment_id="east-1").deployment_ids


def test_two_platforms_are_never_taken_for_one() -> None:
    other_keys = replace(SOUTH, key_set_url="https://elsewhere.example/jwks")
    assert refusal(NORTH, other_keys) == "registration-ambiguous"
    assert found(NORTH, other_keys, deployment_id="south-1") == other_keys
    other_client = replace(SOUTH, client_id="2")
    assert refusal(NORTH, other_client, client_id="") == "registration-ambiguous"
    assert found(NORTH, other_client, client_id="2") == other_client


def test_an_issuer_or_client_that_nobody_registered_is_refused() -> None:
    assert refusal(NORTH, issuer="https://stranger.example") == "registration-unknown"
    assert refusal(NORTH, client_id="2") == "registration-unknown"


class Listing:
    """The service's list, which grows as an administrator approves; `asked` counts its readers."""

    def __init__(self) -> None:
        self.listed: tuple[Registration, ...] = ()
        self.asked = 0
        self.begun = asyncio.Event()

    async def fetch(self) -> tuple[Registration, ...]:
        self.asked += 1
        self.begun.set()
        listed = self.listed  # as the service reads it, before its answer is on its way
        await asyncio.sleep(0.01)
        return listed


def test_whoever_was_refused_comes_in_as_soon_as_the_lms_is_approved() -> None:
    service = Listing()

    async def come() -> Registration:
        registrations = Registrations(service.fetch)
        wanted = {"issuer": MOODLE.issuer, "client_id": "1", "deployment_id": "1"}
        with pytest.raises(LaunchRefused):
            await registrations.find(**wanted)
        strangers = registrations.find(issuer="https://x.example", client_id="", deployment_id="")
        before = asyncio.create_task(strangers)
        service.begun.clear()
        await service.begun.wait()  # a stranger's question is on its way, and will not know of it
        service.listed = (MOODLE,)
        try:
            return await registrations.find(**wanted)
        finally:
            await asyncio.gather(before, return_exceptions=True)

    assert asyncio.run(come()) == MOODLE


def test_strangers_in_any_number_ask_the_service_once_a_second() -> None:
    service = Listing()

    async def storm() -> list[Registration | BaseException]:
        registrations = Registrations(service.fetch)
        return await asyncio.gather(
            *(
                registrations.find(issuer=f"https://{n}.example", client_id="", deployment_id="")
                for n in range(500)
            ),
            return_exceptions=True,
        )

    assert all(isinstance(each, LaunchRefused) for each in asyncio.run(storm()))
    assert service.asked == 2
