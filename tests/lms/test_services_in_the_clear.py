"""Addresses of services come with launches: none makes a token travel in the clear."""

from dataclasses import replace

import pytest

from coursehub.adapters.consumers import SignedConsumers
from coursehub.adapters.keys import ToolKeys
from coursehub.adapters.lms import LtiLms
from coursehub.errors import CoursehubError, Refused
from tests.lms.scene import Odd, people

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "address",
    [
        "http://lms.school.example/members",
        "http://169.254.169.254/members",
        "http://[fd00::1]/members",
        "ftp://lms.school.example/members",
        "https://lms.school.example@127.0.0.1/members",
    ],
)
async def test_a_service_without_https_is_not_asked_and_gets_no_token(
    lti: LtiLms, odd: Odd, address: str
) -> None:
    with pytest.raises(CoursehubError) as refused:
        [one async for one in lti.members(odd.access, address)]
    assert refused.value.code == "lms-not-https"


@pytest.mark.parametrize("host", ["http://127.0.0.1:9", "https://10.0.0.1", "https://localhost"])
async def test_a_service_inside_this_network_is_not_asked_and_gets_no_token(
    keys: ToolKeys, consumers: SignedConsumers, odd: Odd, host: str
) -> None:
    """A launch may name any address; the Hub's own API is one."""
    strict = LtiLms(keys, consumers, timeout_s=60)
    access = replace(odd.access, token_url=f"{host}/token")
    with pytest.raises(Refused) as refused:
        [one async for one in strict.members(access, f"{odd.url}/members")]
    assert refused.value.code == "lms-private"
    await strict.close()
    assert odd.asked == []


async def test_on_this_machine_a_service_is_asked_without_https(lti: LtiLms, odd: Odd) -> None:
    odd.answers["/members"] = lambda _: people("a")
    (one,) = [one async for one in lti.members(odd.access, f"{odd.url}/members")]
    assert one.subject == "a"
