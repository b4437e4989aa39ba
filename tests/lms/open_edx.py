"""Open edX's own platform side of LTI (lti-consumer-xblock), made to answer over HTTP."""

import asyncio
import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import parse_qsl

import jwt as pyjwt
from fastapi import FastAPI, Header, Request, Response
from fastapi.responses import JSONResponse

from coursehub.ports import PlatformAccess
from tests.demo_lms.actors import rsa_key
from tests.lms.picked import CLIENT, HUB
from tests.lms.scene import people

DEPLOYMENT = "1"
MEMBERS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
RETURN = "https://edx.example/api/lti_consumer/v1/lti/1/lti-dl/response"

Form = dict[str, str]


def consumer(*, issuer: str, key_set_url: str) -> Any:
    """Its `LtiAdvantageConsumer`, which reads the tool's keys at that address."""
    settings = importlib.import_module("django.conf").settings
    if not settings.configured:
        settings.configure()
    settings.PLATFORM_NAME = "An Open edX"
    # Read only now: it wants its settings to stand.
    module = importlib.import_module("lti_consumer.lti_1p3.consumer")
    key = rsa_key("edx-1")
    return module.LtiAdvantageConsumer(
        iss=issuer,
        lti_oidc_url="https://hub.example/hub/lti13/oauth_login",
        lti_launch_url=HUB,
        client_id=CLIENT,
        deployment_id=DEPLOYMENT,
        rsa_key=key.as_pem(private=True).decode(),
        rsa_key_id=key.kid,
        redirect_uris=[HUB],
        tool_keyset_url=key_set_url,
    )


@dataclass
class OpenEdx:
    """A platform whose tokens are checked and given by Open edX's code."""

    url: str
    consumer: Any
    tamper: Callable[[Form], Form] = dict
    """What befalls a request for a token on its way."""
    asked: list[Form] = field(default_factory=list)

    @property
    def access(self) -> PlatformAccess:
        return PlatformAccess(issuer=self.url, client_id=CLIENT, token_url=f"{self.url}/token")

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/token")
        async def token(request: Request) -> JSONResponse:
            form = self.tamper(dict(parse_qsl((await request.body()).decode())))
            self.asked.append(form)
            try:
                # On a thread: it fetches the tool's keys, and waits for them.
                return JSONResponse(await asyncio.to_thread(self.consumer.access_token, form))
            except (pyjwt.PyJWTError, _exceptions().Lti1p3Exception) as cause:
                return JSONResponse({"error": type(cause).__name__}, status_code=400)

        @app.get("/members")
        def members(authorization: Annotated[str, Header()]) -> Response:
            given = authorization.removeprefix("Bearer ")
            return people("a", "b") if self.may_read(given) else Response(status_code=403)

        return app

    def may_read(self, token: str) -> bool:
        """Whether Open edX lets that token read rosters."""
        return bool(self.consumer.check_token(token, [MEMBERS_SCOPE]))


def _exceptions() -> Any:
    return importlib.import_module("lti_consumer.lti_1p3.exceptions")
