"""The actors of these plays: a served platform, a tool with keys of its own, a browser by hand."""

import contextlib
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import KeyParameters, RSAKey
from starlette.types import Receive, Scope, Send

from coursehub_demo_lms.platform import Platform
from coursehub_demo_lms.standard import JWT_BEARER, SCOPES

CLIENT = "coursehub-demo"


def free_socket() -> socket.socket:
    """A listening place on loopback that nobody else has."""
    # asyncio switches Nagle's delay off only where the protocol is named.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", 0))
    return bound


def address(bound: socket.socket) -> str:
    return f"http://127.0.0.1:{bound.getsockname()[1]}"


@contextlib.contextmanager
def served(app: Any, bound: socket.socket) -> Iterator[None]:
    """The application, answering on that socket until the block ends."""
    config = uvicorn.Config(app, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=60)
        assert not thread.is_alive()


@dataclass
class Stage:
    """One served address; each test puts its own application there."""

    url: str
    app: FastAPI = field(default_factory=FastAPI)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def rsa_key(kid: str) -> RSAKey:
    parameters: KeyParameters = {"kid": kid, "use": "sig", "alg": "RS256"}
    return RSAKey.generate_key(2048, parameters=parameters, private=True)


@dataclass
class TinyTool:
    """A tool: signs with its key, publishes its key set, and counts who asks for it."""

    url: str
    key: RSAKey
    asked: int = 0
    answer: Any = None
    """What the key set address answers instead of the key set."""

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/services/coursehub/lti/jwks.json")
        def jwks() -> Any:
            self.asked += 1
            return self.answer or {"keys": [self.key.as_dict(private=False)]}

        return app

    def sign(self, claims: dict[str, Any], *, key: RSAKey | None = None) -> str:
        key = key or self.key
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key, algorithms=["RS256"])


@dataclass
class Forms(HTMLParser):
    """The forms of a page, as a script reads them: action and hidden inputs."""

    forms: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({**found, "fields": {}})
        elif tag == "input" and self.forms:
            self.forms[-1]["fields"][found["name"]] = found.get("value", "")


def form_of(reply: httpx.Response) -> dict[str, Any]:
    """The one form of an auto-submitting page."""
    assert reply.status_code == 200, reply.text
    parser = Forms()
    parser.feed(reply.text)
    assert len(parser.forms) == 1
    return parser.forms[0]


@dataclass
class Lms:
    """The platform under test, with the browser and the tool that talk to it."""

    url: str
    platform: Platform
    tool: TinyTool
    http: httpx.Client

    def person(self, role: str = "Learner", *, course: str = "data8-autumn") -> dict[str, Any]:
        people = self.http.get("/api/people", params={"course": course}).json()["people"]
        found: dict[str, Any] = next(p for p in people if p["role"] == role)
        return found

    def begin(self, person: str, link: str = "data8-home", *, course: str = "data8-autumn") -> Any:
        """The fields with which the tool's login begins."""
        return form_of(self.http.post(f"/launch/{course}/{link}", data={"person": person}))

    def auth_request(self, hints: dict[str, str], **changes: str) -> dict[str, str]:
        """What a tool asks of the authorization endpoint; a change of "" leaves a field out."""
        asked = {
            "client_id": CLIENT,
            "redirect_uri": self.platform.tool.redirect_urls[0],
            "response_type": "id_token",
            "response_mode": "form_post",
            "scope": "openid",
            "prompt": "none",
            "nonce": "nonce-1",
            "state": "state-1",
            "login_hint": hints["login_hint"],
            "lti_message_hint": hints["lti_message_hint"],
        }
        return {name: value for name, value in (asked | changes).items() if value}

    def launched(self, person: str, link: str = "data8-home", **changes: str) -> dict[str, str]:
        """The fields that arrive at the tool's redirect address."""
        hints = self.begin(person, link)["fields"]
        reply = self.http.post("/auth", data=self.auth_request(hints, **changes))
        fields: dict[str, str] = form_of(reply)["fields"]
        return fields

    def assertion(self, *, key: RSAKey | None = None, **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": CLIENT,
            "sub": CLIENT,
            "aud": f"{self.url}/token",
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_hex(8),
        }
        changed = {k: v for k, v in (claims | changes).items() if v is not None}
        return self.tool.sign(changed, key=key)

    def ask_token(self, assertion: str, scope: str = " ".join(SCOPES), **more: str) -> Any:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": JWT_BEARER,
            "client_assertion": assertion,
            "scope": scope,
        }
        return self.http.post("/token", data=form | more)

    def bearer(self, *scopes: str) -> dict[str, str]:
        reply = self.ask_token(self.assertion(), " ".join(scopes or SCOPES))
        assert reply.status_code == 200, reply.text
        return {"Authorization": f"Bearer {reply.json()['access_token']}"}

    def switch(self, **switches: Any) -> None:
        reply = self.http.put("/switches", json=switches)
        assert reply.status_code == 200, reply.text
