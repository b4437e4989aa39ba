"""A platform that says and answers what a test wants."""

import json
from typing import Any

import httpx
from fastapi import FastAPI, Request, Response

from tests.launch.registry import BROWSER, Registry

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"


class Platform:
    """A platform that says and answers what a test wants; it keeps what it was told."""

    def __init__(self, hub: Registry) -> None:
        self.hub, self.told, self.bearers = hub, list[Any](), list[str]()
        self.says: dict[str, Any] = {}
        self.publishes: Any = None
        self.answers: Any = {"client_id": "c1", TOOL: {"deployment_id": "d1"}}
        self.status = 200
        hub.stage.app = app = FastAPI()
        app.get("/config")(self._config)
        app.post("/registrations")(self._register)

    def configuration(self) -> Any:
        """What it publishes of itself: all that is right but for `says`, or `publishes` alone."""
        if self.publishes is not None:
            return self.publishes
        at = self.hub.lms_url
        said = {
            "issuer": at,
            "authorization_endpoint": f"{at}/auth",
            "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/jwks",
            "registration_endpoint": f"{at}/registrations",
            "scopes_supported": ["openid"],
        }
        return {k: v for k, v in {**said, **self.says}.items() if v is not None}

    def meet(self, link: str = "", token: str = "lms-secret") -> httpx.Response:
        """The page that its administrator is shown."""
        params = {
            "openid_configuration": f"{self.hub.lms_url}/config",
            "registration_token": token,
        }
        link = link or self.hub.link()
        return self.hub.http.get(httpx.URL(link).copy_merge_params(params), headers=BROWSER)

    async def _config(self, request: Request) -> Response:
        self.bearers.append(request.headers.get("authorization", ""))
        return _json(self.configuration())

    async def _register(self, request: Request) -> Response:
        self.bearers.append(request.headers.get("authorization", ""))
        self.told.append(await request.json())
        return _json(self.answers, self.status)


def _json(said: Any, status: int = 200) -> Response:
    """Also what is no proper JSON (NaN, half a surrogate pair), as a careless LMS sends it."""
    return Response(json.dumps(said), status, media_type="application/json")
