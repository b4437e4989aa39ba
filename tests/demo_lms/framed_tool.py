"""A tool without cookies: it keeps its login's state in the platform's storage, or nowhere."""

from html import escape
from urllib.parse import urlencode

import httpx
import jwt as pyjwt
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

LOGIN = """
const { target, go, key } = document.body.dataset;
const frame = target && (target === "_parent" ? parent : parent.frames[target]);
addEventListener("message", ({ data, origin }) => {
  if (data.subject !== "lti.put_data.response" || origin !== document.body.dataset.origin) return;
  if (data.error) document.body.append(data.error.code);
  else location.assign(go);
});
if (target) frame.postMessage(
  { subject: "lti.put_data", message_id: "1", key, value: "kept" }, document.body.dataset.origin);
else document.body.append("no storage");
"""
ARRIVED = """
const { target, key } = document.body.dataset;
const frame = target === "_parent" ? parent : parent.frames[target];
addEventListener("message", ({ data }) => {
  if (data.subject === "lti.get_data.response") document.body.append(`state was ${data.value}`);
});
frame.postMessage({ subject: "lti.get_data", message_id: "2", key }, "*");
"""
ASK = """
window.ask = (target, message, origin = "*") => new Promise((resolve) => {
  const frame = target === "_parent" ? parent : parent.frames[target];
  addEventListener("message", function heard({ data }) {
    if (data.message_id !== message.message_id) return;
    removeEventListener("message", heard);
    resolve(data);
  });
  frame.postMessage(message, origin);
});
"""


def app(url: str) -> FastAPI:
    """The tool at that address."""
    app = FastAPI()

    @app.post("/login")
    async def login(request: Request) -> HTMLResponse:
        asked = dict(httpx.QueryParams((await request.body()).decode()))
        target = asked.get("lti_storage_target", "")
        query = {
            "client_id": asked["client_id"],
            "redirect_uri": f"{url}/callback",
            "response_type": "id_token",
            "response_mode": "form_post",
            "scope": "openid",
            "prompt": "none",
            "nonce": "n",
            "state": f"{target} state-1",
            "login_hint": asked["login_hint"],
            "lti_message_hint": asked["lti_message_hint"],
        }
        go = f"{asked['iss']}/auth?{urlencode(query)}"
        facts = {"target": target, "go": go, "key": "state-1", "origin": asked["iss"]}
        return page("login", facts)

    @app.post("/callback")
    async def callback(request: Request) -> HTMLResponse:
        sent = dict(httpx.QueryParams((await request.body()).decode()))
        target, _, key = sent["state"].partition(" ")
        claims = pyjwt.decode(sent["id_token"], options={"verify_signature": False})
        shown = claims["https://purl.imsglobal.org/spec/lti/claim/launch_presentation"]
        return page("arrived", {"target": target, "key": key}, said=shown["document_target"])

    @app.get("/ask")
    def ask() -> HTMLResponse:
        return page("ask", {})

    @app.get("/{name}.js")
    def script(name: str) -> Response:
        code = {"login": LOGIN, "arrived": ARRIVED, "ask": ASK}[name]
        return Response(code, media_type="text/javascript")

    return app


def page(script: str, facts: dict[str, str], *, said: str = "") -> HTMLResponse:
    data = " ".join(f'data-{name}="{escape(value)}"' for name, value in facts.items())
    return HTMLResponse(f'<body {data}>{said} <script src="/{script}.js"></script></body>')
