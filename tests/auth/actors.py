"""The far sides of a launch, over real HTTP: a platform with its own keys, and a service."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from coursehub.vocabulary.launch import Registration
from coursehub_auth.claims import NAMING
from coursehub_auth.messages import SETTINGS
from coursehub_auth.verify import CLAIM, PERSONAL

CLIENT_ID = "hub-at-the-college"
DEPLOYMENT = "deployment-1"
TOKEN = "secret-between-hub-and-service"
PREFIX = "/services/coursehub/"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"

Answer = tuple[int, str, Any]


class Served:
    """An HTTP server on a port of its own, which can stop and come back there."""

    def __init__(self, answer: Callable[[str, str, dict[str, str], bytes], Answer]) -> None:
        self._answer = answer
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        answer = self._answer

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, media_type, body = answer(
                    self.command, self.path, headers, self.rfile.read(length)
                )
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-type", media_type)
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_POST = do_DELETE = do_GET  # noqa: N815 - http.server's own names

            def log_message(self, *args: object) -> None:
                """Nothing: a test's output is its own."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def rsa_key(kid: str, *, bits: int = 2048) -> RSAKey:
    return RSAKey.generate_key(bits, {"kid": kid, "alg": "RS256", "use": "sig"}, private=True)


@dataclass
class Platform:
    """An LMS: it publishes keys, and signs what it is asked to sign."""

    key: RSAKey = field(default_factory=lambda: rsa_key("lms-1"))
    latency_s: float = 0.0
    held: threading.Event | None = None
    """What its answers wait for."""
    body: bytes | None = None
    asked: int = 0
    served: Served = field(init=False)

    def __post_init__(self) -> None:
        self.served = Served(self._answer)

    def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        self.asked += 1
        time.sleep(self.latency_s)
        if self.held:
            self.held.wait(60)
        document = self.body or {"keys": [self.key.as_dict(private=False)]}
        return 200, "application/json", document

    @property
    def issuer(self) -> str:
        return self.served.url

    @property
    def registration(self) -> Registration:
        return Registration(
            issuer=self.issuer,
            client_id=CLIENT_ID,
            deployment_ids=(DEPLOYMENT,),
            auth_login_url=f"{self.issuer}/auth?tenant=1",
            key_set_url=f"{self.issuer}/jwks",
        )

    def sign(self, claims: dict[str, Any], *, key: RSAKey | None = None) -> str:
        signer = key or self.key
        return jwt.encode({"alg": "RS256", "kid": signer.kid}, claims, signer)


def claims_of_a_launch(issuer: str, *, now: float | None = None, **changes: Any) -> dict[str, Any]:
    """Everything a good launch says; `changes` replace claims, None takes one away."""
    at = int(now if now is not None else time.time())
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": CLIENT_ID,
        "sub": "Ada-7",
        "iat": at,
        "exp": at + 60,
        "nonce": None,
        "name": "Ada Lovelace",
        "email": "ada@college.example",
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}message_type": "LtiResourceLinkRequest",
        f"{CLAIM}deployment_id": DEPLOYMENT,
        f"{CLAIM}target_link_uri": changes.pop("target", None),
        f"{CLAIM}roles": [LEARNER],
        f"{CLAIM}resource_link": {"id": "link-1", "title": "Week 1"},
        f"{CLAIM}context": {"id": "course-1", "label": "DS101", "title": "Data Science"},
        f"{CLAIM}custom": {"module": "01-tables"},
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
            "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
            "lineitems": f"{issuer}/ags/1?type_id=1",
            "lineitem": f"{issuer}/ags/1/2?type_id=1",
        },
        "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
            "context_memberships_url": f"{issuer}/nrps/1",
            "service_versions": ["2.0"],
        },
    }
    for name, value in changes.items():
        claims[_full(name, claims)] = value
    return {name: value for name, value in claims.items() if value is not None}


def claims_of_a_selection(issuer: str, **changes: Any) -> dict[str, Any]:
    """Everything that a good request to pick links says; `settings` replaces parts of its own."""
    settings = {
        "deep_link_return_url": f"{issuer}/return?course=1",
        "accept_types": ["ltiResourceLink", "link"],
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": False,
        "accept_lineitem": True,
        "data": "csrf~42",
        **changes.pop("settings", {}),
    }
    claims = claims_of_a_launch(
        issuer,
        **{"message_type": "LtiDeepLinkingRequest", "resource_link": None, **changes},
    )
    return {**claims, SETTINGS: {k: v for k, v in settings.items() if v is not None}}


def _full(name: str, claims: dict[str, Any]) -> str:
    """The claim's whole name: its own, or one of LTI's."""
    plain = name in claims or name in {"azp", "nbf", *PERSONAL, *NAMING}
    return name if plain else f"{CLAIM}{name}"


@dataclass
class Service:
    """The course service, as far as the Hub sees it: names, nonces and landings."""

    platforms: list[Registration] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    landing: str = "/hub/home?course=ds101"
    graders: list[str] = field(default_factory=lambda: ["grader-ds101"])
    ticket: str = ""
    launches: list[dict[str, Any]] = field(default_factory=list)
    arrivals: list[str] = field(default_factory=list)
    join: list[str] = field(default_factory=lambda: ["coursehub-ds101-student"])
    leave: list[str] = field(default_factory=lambda: ["coursehub-ds101-ta"])
    newcomers: list[str] = field(default_factory=list)
    given: set[str] = field(default_factory=set)
    """Names of people who have arrived, on whatever Hub."""
    linked: set[str] = field(default_factory=set)
    """Subjects whom an administrator linked to accounts that the Hub had before."""
    nonces: set[str] = field(default_factory=set)
    served: Served = field(init=False)

    def __post_init__(self) -> None:
        self.served = Served(self._answer)

    @property
    def url(self) -> str:
        return f"{self.served.url}{PREFIX}"

    def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        if (method, path) == ("POST", f"{PREFIX}deep-linking"):
            return 200, "text/html", b"<h1>Pick links</h1><p>" + body + b"</p>"
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return problem(403, "not-the-hub", "Only the Hub itself may ask this.")
        asked = path.removeprefix(f"{PREFIX}api/v1/hub/")
        if (method, asked) == ("GET", "registrations"):
            listed = [{**_as_json(each)} for each in self.platforms]
            return 200, "application/json", {"items": listed}
        if (method, asked) == ("POST", "launches"):
            return self._welcome(json.loads(body))
        return self._told(asked, json.loads(body or b"{}"))

    def _told(self, asked: str, said: dict[str, Any]) -> Answer:
        if asked in {"arrivals", "newcomers"}:
            return self._news(**said)
        if asked.startswith("launches/") and asked.endswith("/name"):
            return 200, "application/json", {"hub_name": f"{said['name']}-2"}
        return 404, "text/plain", b"no such page"

    def _news(self, *, launch_ids: tuple[str, ...] = (), name: str = "") -> Answer:
        self.arrivals += launch_ids
        self.newcomers += [name] if name else []
        if name in self.given:
            return problem(409, "name-of-a-person", "This is the name of a person of an LMS.")
        return 204, "application/json", b""

    def _welcome(self, launch: dict[str, Any]) -> Answer:
        if launch["nonce"] in self.nonces:
            return problem(403, "launch-replayed", "This launch was used before. Open it again.")
        self.nonces.add(launch["nonce"])
        self.launches.append(launch)
        name = self.names.get(launch["subject"], launch["subject"].lower())
        welcome = {
            "launch_id": f"launch-{len(self.launches)}",
            "hub_name": name,
            "landing": self.landing,
            "graders": self.graders,
            "ticket": self.ticket,
            "groups": {"join": self.join, "leave": self.leave},
            "is_linked": launch["subject"] in self.linked,
            "tell_arrival": name not in self.given,
        }
        return 200, "application/json", welcome


def _as_json(registration: Registration) -> dict[str, Any]:
    names = ("issuer", "client_id", "deployment_ids", "auth_login_url", "key_set_url")
    return {name: getattr(registration, name) for name in names}


def problem(status: int, code: str, detail: str) -> Answer:
    document = {"type": "about:blank", "status": status, "detail": detail, "code": code}
    return status, "application/problem+json", document
