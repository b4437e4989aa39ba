"""Platforms to talk to: the demo LMS, one in memory, and one that misbehaves as told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from joserfc import jwt
from joserfc.jwk import KeySet

from coursehub.adapters.keys import ToolKeys
from coursehub.ports import Lms, LmsScore, Member, PlatformAccess

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

Answer = Callable[[Request], Response]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A platform with one course."""

    lms: Lms
    access: PlatformAccess
    roster_url: str
    lineitems_url: str
    learner: str
    teacher: str
    people: int

    async def roster(self) -> list[Member]:
        return [member async for member in self.lms.members(self.access, self.roster_url)]

    async def column(self, name: str = "hub:ps1", *, of: float = 10.0) -> str:
        return await self.lms.line_item(
            self.access, self.lineitems_url, resource_id=name, label=f"The {name}", max_points=of
        )


def score(subject: str, points: float, *, at_s: float = 0.0, **more: Any) -> LmsScore:
    moment = NOON + timedelta(seconds=at_s)
    return LmsScore(subject=subject, points=points, max_points=10.0, scored_at=moment, **more)


@dataclass
class Odd:
    """A platform that answers each address with what the test says, and keeps the requests."""

    url: str
    keys: ToolKeys
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    bearers: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    tokens: list[dict[str, Any]] = field(default_factory=list)
    expires_in: Any = 3600

    @property
    def access(self) -> PlatformAccess:
        return PlatformAccess(issuer=self.url, client_id="hub", token_url=f"{self.url}/token")

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/token")
        async def token(request: Request) -> JSONResponse:
            form = {key: one for key, (one,) in parse_qs((await request.body()).decode()).items()}
            public = KeySet.import_key_set(self.keys.public_jwks())  # type: ignore[arg-type]  # JSON
            signed = jwt.decode(form["client_assertion"], public, algorithms=["RS256"])
            self.tokens.append({**form, "claims": signed.claims, "header": signed.header})
            number = len(self.tokens)
            body = {"access_token": f"token-{number}", "token_type": "Bearer"}
            return JSONResponse(body | {"expires_in": self.expires_in})

        @app.api_route("/{path:path}", methods=["GET", "POST"])
        async def rest(path: str, request: Request) -> Response:
            self.asked.append(f"/{path}" + (f"?{request.url.query}" if request.url.query else ""))
            self.bearers.append(request.headers["authorization"].removeprefix("Bearer "))
            self.bodies.append(await request.body())
            return self.answers[f"/{path}"](request)

        return app


def people(*subjects: str, link: bytes = b"") -> Response:
    """A page of a roster, with a Link header of any bytes."""
    body = {"members": [{"user_id": one, "roles": ["Learner"]} for one in subjects]}
    response = JSONResponse(body, media_type=MEMBERS)
    if link:
        response.raw_headers.append((b"link", link))
    return response
