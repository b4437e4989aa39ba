"""A tool that registers itself: its page, and what it says of itself."""

from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response

from coursehub_demo_lms.standard import SCOPES
from tests.demo_lms.actors import Lms, form_of, rsa_key

KEY = rsa_key("newcomer-1")
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
CLOSE = 'parent.postMessage({ subject: "org.imsglobal.lti.close" }, "*");'


def metadata(url: str, **changes: Any) -> dict[str, Any]:
    """A tool's registration; a change of None leaves a field out."""
    said = {
        "application_type": "web",
        "client_name": "A newcomer",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "redirect_uris": [f"{url}/callback"],
        "initiate_login_uri": f"{url}/login",
        "jwks_uri": f"{url}/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(SCOPES[:2]),
        TOOL: configuration(url),
    }
    return {name: value for name, value in (said | changes).items() if value is not None}


def configuration(url: str, **changes: Any) -> dict[str, Any]:
    """Its LTI part."""
    said = {
        "domain": url.removeprefix("http://"),
        "target_link_uri": f"{url}/start",
        "claims": ["iss", "sub", "name", "shoe_size"],
        "custom_parameters": {"site": "yes", "course": "$Context.id", "odd": "$Odd.one"},
        "messages": [
            {"type": "LtiResourceLinkRequest"},
            {
                "type": "LtiDeepLinkingRequest",
                "target_link_uri": f"{url}/pick",
                "custom_parameters": {"picking": "1"},
            },
        ],
    }
    return {name: value for name, value in (said | changes).items() if value is not None}


def app(url: str) -> FastAPI:
    """The newcomer: a page that registers it and closes, a key set, a login that shows itself."""
    app = FastAPI()

    @app.get("/begin")
    def begin(openid_configuration: str, registration_token: str) -> HTMLResponse:
        with httpx.Client(timeout=5, verify=False) as http:
            endpoint = http.get(openid_configuration).json()["registration_endpoint"]
            bearer = {"Authorization": f"Bearer {registration_token}"}
            http.post(endpoint, json=metadata(url), headers=bearer).raise_for_status()
        return HTMLResponse('Done.<script src="/close.js"></script>')

    @app.get("/close.js")
    def close() -> Response:
        return Response(CLOSE, media_type="text/javascript")

    @app.get("/jwks")
    def jwks() -> Any:
        return {"keys": [KEY.as_dict(private=False)]}

    return app


def invite(lms: Lms, url: str) -> httpx.URL:
    """The link that the LMS's page would open for that registration link."""
    reply = lms.http.post("/api/tools/invitations", json={"url": url})
    assert reply.status_code == 200, reply.text
    return httpx.URL(reply.json()["link"])


def register(lms: Lms, url: str, body: Any = None, *, token: str = "") -> httpx.Response:
    """The LMS's answer to that registration, by a fresh token unless one is given."""
    token = token or invite(lms, f"{url}/begin").params["registration_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    return lms.http.post("/register", json=body or metadata(url), headers=bearer)


def registered(lms: Lms, url: str, **changes: Any) -> dict[str, Any]:
    """The registration of a newcomer that an administrator has activated."""
    reply = register(lms, url, metadata(url, **changes))
    assert reply.status_code == 201, reply.text
    answer: dict[str, Any] = reply.json()
    activated = lms.http.post(f"/tools/{answer['client_id']}/activate")
    assert activated.status_code == 303
    return answer


def launched(lms: Lms, person: str, path: str = "/launch/data8-autumn/data8-home") -> Any:
    """The login hints of a launch, and the fields that arrive at the newcomer."""
    begun = form_of(lms.http.post(path, data={"person": person}))["fields"]
    known = lms.platform.tools.active(begun["client_id"])
    assert known is not None
    redirect = known.tool.redirect_urls[0]
    asked = lms.auth_request(begun, client_id=known.client_id, redirect_uri=redirect)
    return begun, form_of(lms.http.post("/auth", data=asked))["fields"]
