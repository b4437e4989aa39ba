"""Where a login asked to go on to, through a real Hub; what becomes of it the service decides."""

import pytest

from tests.auth.actors import Platform, Service, claims_of_a_launch
from tests.auth.browsing import Browser

pytestmark = pytest.mark.hub


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_next_of_a_login_arrives_with_its_launch(
    browser: Browser, platform: Platform, service: Service, method: str
) -> None:
    """Sealed in the state: what the answer's form says of it by itself counts for nothing."""
    link = "/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2Fa%2Fb&branch=main"
    for said, arrived in ({"next": link}, link), ({}, ""):
        asked = browser.begin(platform, method=method, **said)
        target = f"{browser.hub_url}lti13/launch"
        claims = claims_of_a_launch(platform.issuer, nonce=asked["nonce"], target=target)
        form = {"id_token": platform.sign(claims), "state": asked["state"], "next": "/hub/logout"}
        reply = browser.http.post(f"{browser.hub_url}lti13/oauth_callback", data=form)
        assert (reply.status_code, reply.headers["location"]) == (303, service.landing)
        assert service.launches[-1]["next_url"] == arrived
