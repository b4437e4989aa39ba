"""The OpenAPI document says what the service does: every route of the API, and no more."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Request
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate

from coursehub import app as composition
from tests.exchange.actors import tar_of
from tests.web.whole import HUB, NOBODY, Whole, who, whole_service

METHODS = {"get", "put", "post", "delete", "patch"}
BESIDE_THE_API = {("get", path) for path in ("health/live", "health/ready", "lti/jwks.json")}
WITHOUT_PAGES = {"api/v1/hub/registrations"}
"""The Hub must know every LMS at once."""

API = {
    (method.lower(), route.path.lstrip("/")): route
    for routers in composition.ROUTERS.values()
    for router in routers
    for route in router.routes
    if isinstance(route, APIRoute) and route.path.startswith("/api/v1/")
    for method in route.methods or ()
}
every_route = pytest.mark.parametrize(("method", "path"), sorted(API))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder: Path = tmp_path_factory.mktemp("whole")
    with whole_service(folder) as service:
        yield service


def operation(whole: Whole, method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = whole.document["paths"][whole.path(path)][method]
    return found


def success(described: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    ((status, answer),) = (one for one in described["responses"].items() if one[0] != "default")
    return status, answer


def schema_at(whole: Whole, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself where it is named."""
    name = schema.get("$ref", "").removeprefix("#/components/schemas/")
    found: dict[str, Any] = whole.document["components"]["schemas"][name] if name else schema
    return found


def assert_told(whole: Whole, template: str, reply: httpx.Response) -> None:
    """The reply has a status, a media type and a body that the document speaks of."""
    described = operation(whole, reply.request.method.lower(), template)
    status, answer = success(described)
    if str(reply.status_code) != status:
        assert not reply.is_success, reply.text
        answer = described["responses"]["default"]
    if "content" not in answer:
        assert not reply.content
        return
    kind = reply.headers["content-type"].partition(";")[0]
    assert kind in answer["content"], f"{kind} is not told of"
    if kind.endswith("json"):
        schema = {**answer["content"][kind]["schema"], "components": whole.document["components"]}
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(reply.json())


def test_the_document_is_valid_openapi(whole: Whole) -> None:
    assert whole.document["openapi"].startswith("3.1")
    validate(whole.document)


def test_the_document_holds_every_route_of_the_api_and_no_page(whole: Whole) -> None:
    told = {
        (method, path.removeprefix(whole.path("")))
        for path, described in whole.document["paths"].items()
        for method in METHODS & set(described)
    }
    assert told == set(API) | BESIDE_THE_API


@every_route
def test_every_error_is_told_as_a_problem(whole: Whole, method: str, path: str) -> None:
    responses = operation(whole, method, path)["responses"]
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert responses["default"]["content"] == problem
    assert [status for status in responses if status[0] != "2"] == ["default"]


@every_route
def test_every_answer_has_a_type(whole: Whole, method: str, path: str) -> None:
    status, answer = success(operation(whole, method, path))
    if status == "204":
        assert "content" not in answer
        return
    ((kind, content),) = answer["content"].items()
    if kind == "application/x-tar":
        assert content["schema"] == {"type": "string", "format": "binary"}
    elif kind == "application/yaml":
        assert content["schema"] == {"type": "string"}
    else:
        schema = schema_at(whole, content["schema"])
        assert (kind, schema["type"]) == ("application/json", "object")
        assert schema["properties"], "an object of anything"


@every_route
def test_a_route_that_reads_a_body_says_of_what_kind(whole: Whole, method: str, path: str) -> None:
    described = operation(whole, method, path)
    route = API[method, path]
    takes = inspect.signature(route.endpoint).parameters.values()
    if any(parameter.annotation is Request for parameter in takes):
        assert described["requestBody"]["required"] is True
        assert list(described["requestBody"]["content"]) == ["application/x-tar"]
    elif route.body_field is not None:
        ((kind, content),) = described["requestBody"]["content"].items()
        is_text = content["schema"].get("type") == "string"
        assert kind == ("application/yaml" if is_text else "application/json")
    else:
        assert "requestBody" not in described


@every_route
def test_a_route_asks_for_the_proof_that_the_document_names(
    whole: Whole, method: str, path: str
) -> None:
    asked = operation(whole, method, path)["security"]
    # Both would fit any name, id or number.
    address = "/".join("1" if part.startswith("{") else part for part in path.split("/"))
    reply = whole.http.request(method, address, headers=NOBODY)
    if asked:
        assert reply.status_code == (403 if asked == [{"hub": []}] else 401), reply.text
        assert asked == [{"hub": []} if path.startswith("api/v1/hub/") else {"hubToken": []}]
    else:
        assert reply.status_code == 200
    assert_told(whole, path, reply)


def test_the_proofs_are_described(whole: Whole) -> None:
    schemes = whole.document["components"]["securitySchemes"]
    assert {name: scheme["scheme"] for name, scheme in schemes.items()} == {
        "hubToken": "bearer",
        "hub": "bearer",
    }


@every_route
def test_every_list_is_a_page(whole: Whole, method: str, path: str) -> None:
    described = operation(whole, method, path)
    content = success(described)[1].get("content", {}).get("application/json")
    shown = schema_at(whole, content["schema"])["properties"] if content else {}
    if "items" not in shown or path in WITHOUT_PAGES:
        return
    asked = {parameter["name"] for parameter in described.get("parameters", ())}
    assert {"limit", "after"} <= asked
    assert "next" in shown


COURSE = "api/v1/courses/{course}"
PS1 = COURSE + "/assignments/{assignment}"
TAR = {"content": tar_of({"ps1.ipynb": b"{}"})}

FILLED = {f"{COURSE}/{name}" for name in ("modules", "assignments", "submissions", "roster")}

# In this order: what is read stands there by then.
PLAY: list[tuple[str, str, dict[str, str], dict[str, Any], int]] = [
    ("GET", "health/live", NOBODY, {}, 200),
    ("GET", "health/ready", NOBODY, {}, 200),
    ("GET", "lti/jwks.json", NOBODY, {}, 200),
    ("GET", "api/v1/receipt-keys", NOBODY, {}, 200),
    ("GET", "api/v1/me", who("ada"), {}, 200),
    ("GET", "api/v1/me", NOBODY, {}, 401),
    ("GET", f"{COURSE}/modules", who("ada"), {}, 200),
    ("GET", f"{COURSE}/modules", who("mallory"), {}, 404),
    ("PUT", f"{PS1}/release", who("grace"), TAR, 200),
    ("PUT", f"{PS1}/release", who("grace"), {**TAR, "headers": {"If-None-Match": "*"}}, 409),
    ("PUT", f"{PS1}/release", who("ada"), TAR, 403),
    ("PUT", f"{PS1}/release", who("grace"), {"content": tar_of({"../x": b""})}, 422),
    ("GET", f"{COURSE}/assignments", who("ada"), {}, 200),
    ("GET", f"{COURSE}/assignments", who("ada"), {"params": {"limit": "0"}}, 422),
    ("GET", f"{PS1}/release", who("ada"), {}, 200),
    ("POST", f"{PS1}/submissions", who("ada"), TAR, 201),
    ("GET", f"{COURSE}/submissions", who("ada"), {}, 200),
    ("GET", f"{COURSE}/submissions", who("ada"), {"params": {"all": "1"}}, 403),
    ("POST", f"{PS1}/autograde", who("grace"), {"json": {"students": None}}, 202),
    ("POST", f"{PS1}/autograde", who("grace"), {"json": {"student": "ada"}}, 422),
    ("GET", f"{PS1}/jobs", who("grace"), {}, 200),
    ("GET", f"{PS1}/scores", who("grace"), {}, 200),
    ("GET", f"{COURSE}/roster", who("grace"), {}, 200),
    ("GET", f"{COURSE}/roster", who("ada"), {}, 403),
    ("GET", f"{COURSE}/usage", who("grace"), {}, 200),
    ("PUT", f"{COURSE}/quota", who("grace"), {"json": {"seats": 3}}, 200),
    ("PUT", f"{COURSE}/quota", who("grace"), {"json": {"seats": -1}}, 422),
    ("GET", f"{COURSE}/quota", who("grace"), {}, 200),
    ("GET", "api/v1/hub/registrations", HUB, {}, 200),
    ("GET", "api/v1/hub/registrations", who("grace"), {}, 403),
    ("POST", "api/v1/hub/launches", HUB, {"json": {}}, 422),
    ("POST", "api/v1/hub/admissions", HUB, {"json": {"spawn_id": "1", "hub_name": "ada"}}, 201),
    ("POST", "api/v1/hub/arrivals", HUB, {"json": {"launch_ids": []}}, 204),
    ("DELETE", f"{PS1}/release", who("grace"), {}, 204),
]


def test_a_courses_replies_are_as_the_document_says(whole: Whole) -> None:
    for method, template, proof, sent, status in PLAY:
        path = template.format(course="ds1", assignment="ps1")
        headers = {**proof, **sent.get("headers", {})}
        reply = whole.http.request(method, path, **{**sent, "headers": headers})
        assert reply.status_code == status, f"{method} {path}: {reply.text}"
        assert_told(whole, template, reply)
        if template in FILLED and status == 200:
            assert reply.json()["items"], f"{path} is empty, which proves nothing of its items"
