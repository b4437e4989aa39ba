"""Addresses of services come with launches: none makes a token travel in the clear."""

import pytest

from coursehub.adapters.lms import LtiLms
from coursehub.errors import CoursehubError
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


async def test_on_this_machine_a_service_is_asked_without_https(lti: LtiLms, odd: Odd) -> None:
    odd.answers["/members"] = lambda _: people("a")
    (one,) = [one async for one in lti.members(odd.access, f"{odd.url}/members")]
    assert one.subject == "a"
