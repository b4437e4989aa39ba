"""A platform that says and answers what a test wants."""

from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tests.launch.registry import BROWSER, Registry

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"


class Platform:
    """A platform that says and answers what a test wants; it keeps what it was told."""

    def __init__(self, hub: Registry) -> None:
        self.hub, self.told, self.bearers = hub, list[Any](), list[str]()
        self.says: dict[str, Any] = {}
        self.answers: Any = {"client_id": "c1", TOOL: {"deployment_id": "d1"}}
        self.status = 200
        hub.stage.app = app = FastAPI()
        app.get("/config")(self._config)
        app.post("/registrations")(self._register)

    def configuration(self) -> dict[str, Any]:
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

    async def _config(self, request: Request) -> JSONResponse:
        self.bearers.append(request.headers.get("authorization", ""))
        return JSONResponse(self.configuration())

    async def _register(self, request: Request) -> JSONResponse:
        self.bearers.append(request.headers.get("authorization", ""))
        self.told.append(await request.json())
        return JSONResponse(self.answers, self.status)
