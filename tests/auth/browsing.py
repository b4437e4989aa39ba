"""One person's browser at a launch, over plain HTTP: it carries cookies and follows pages."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc.jwk import RSAKey

from tests.auth.actors import CLIENT_ID, DEPLOYMENT, Platform, claims_of_a_launch


@dataclass
class Browser:
    """One person's browser; it carries cookies and does what pages tell it."""

    hub_url: str
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(timeout=30, trust_env=False)

    def begin(self, platform: Platform, *, method: str = "POST", **changes: str) -> dict[str, str]:
        """The fields of the authorization request that the Hub makes of a login."""
        reply = self.login(platform, method=method, **changes)
        assert reply.status_code == 303, reply.text
        return {name: values[0] for name, values in parse_qs(_query(reply)).items()}

    def login(self, platform: Platform, *, method: str = "POST", **changes: str) -> httpx.Response:
        fields = {
            "iss": platform.issuer,
            "login_hint": "hint of a person",
            "target_link_uri": f"{self.hub_url}lti13/launch",
            "client_id": CLIENT_ID,
            "lti_deployment_id": DEPLOYMENT,
            "lti_message_hint": "hint of a link",
            **changes,
        }
        url = f"{self.hub_url}lti13/oauth_login"
        if method == "GET":
            return self.http.get(url, params=fields)
        return self.http.post(url, data=fields)

    def answer(self, token: str, state: str) -> httpx.Response:
        """The Hub's answer to the platform's form, without following it."""
        form = {"id_token": token, "state": state}
        return self.http.post(f"{self.hub_url}lti13/oauth_callback", data=form)

    def launch(
        self, platform: Platform, *, key: RSAKey | None = None, **changes: Any
    ) -> httpx.Response:
        """A whole launch: login, signed answer, and the Hub's reply to it."""
        asked = self.begin(platform)
        said = {"target": f"{self.hub_url}lti13/launch", "nonce": asked["nonce"], **changes}
        claims = claims_of_a_launch(platform.issuer, **said)
        return self.answer(platform.sign(claims, key=key), asked["state"])

    def who(self) -> str | None:
        """The name that the Hub knows this browser by."""
        page = self.http.get(f"{self.hub_url}home", follow_redirects=False)
        if page.status_code != 200:
            return None
        return _data(page.text, "user")

    def log_in(self, name: str) -> httpx.Response:
        """The Hub's own form, filled in."""
        page = self.http.get(f"{self.hub_url}login")
        form = {"username": name, "password": "x", "_xsrf": _data(page.text, "xsrf_token")}
        return self.http.post(f"{self.hub_url}login", data=form)


def _query(reply: httpx.Response) -> str:
    return urlsplit(reply.headers["location"]).query


class _JhData(HTMLParser):
    """The values of the Hub's `window.jhdata`."""

    text = ""

    def handle_data(self, data: str) -> None:
        self.text += data if "jhdata" in data else ""


def _data(html: str, name: str) -> str:
    parser = _JhData()
    parser.feed(html)
    return parser.text.partition(f'{name}: "')[2].partition('"')[0]
