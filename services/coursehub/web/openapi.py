"""
The service's OpenAPI document (3.1), as true as its routes.

FastAPI reads parameters, bodies and answers from the routes. What it cannot
know is added here: how errors are answered, and whose token a route takes,
which is read from the dependencies that look at it.
"""

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict

from coursehub.web.identity import hub_itself, viewer
from coursehub.web.problems import MEDIA_TYPE as PROBLEM
from coursehub.web.problems import Problem

TAR: Final = "application/x-tar"

Described = dict[int | str, dict[str, Any]]

_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
TAKES_A_TAR: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {TAR: _BINARY}},
}
"""For a route that reads its body itself (`openapi_extra=`)."""
GIVES_A_TAR: Final[Described] = {200: {"description": "A tar archive.", "content": {TAR: _BINARY}}}
"""For a route that streams its answer (`responses=`)."""

_SCHEMA: Final = "#/components/schemas/{model}"
_PROBLEMS: Final[Described] = {
    "default": {
        "description": "Why not, and what to do next (RFC 9457).",
        "content": {PROBLEM: {"schema": {"$ref": _SCHEMA.format(model=Problem.__name__)}}},
    }
}
_SCHEMES: Final = {
    "hubToken": {
        "type": "http",
        "scheme": "bearer",
        "description": (
            "A token of the Hub that may access this service: a person's, or their server's. "
            "`Authorization: token …`, as the Hub itself takes it, is understood too."
        ),
    },
    "hub": {
        "type": "http",
        "scheme": "bearer",
        "description": "The Hub's own secret, COURSEHUB_HUB_TOKEN.",
    },
}
_ASKED_FOR: Final = {viewer: "hubToken", hub_itself: "hub"}


class Key(BaseModel):
    """A public key (RFC 7517); its other members depend on `kty`."""

    model_config = ConfigDict(extra="allow")

    kty: str
    kid: str
    use: str
    alg: str


class KeySet(BaseModel):
    """A set of public keys (RFC 7517, section 5)."""

    keys: list[Key]


class Documented(FastAPI):
    """An application whose OpenAPI document knows its errors, and who may ask what."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            title="coursehub", version=version("coursehub"), responses=_PROBLEMS, **options
        )

    def openapi(self) -> dict[str, Any]:
        """The document, made at the first question."""
        document = super().openapi()
        components = document.setdefault("components", {})
        if "securitySchemes" not in components:
            components["securitySchemes"] = _SCHEMES
            components["schemas"] = {**components.get("schemas", {}), **_problem()}
            for operation, dependant in self._operations(document["paths"]):
                operation["security"] = _asked_for(dependant)
        return document

    def _operations(self, paths: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], Dependant]]:
        """Each operation of the document with what its route depends on."""
        for route in iter_route_contexts(self.routes):
            described = paths.get(getattr(route, "path_format", ""), {})
            for method in route.methods or ():
                if method.lower() in described:
                    yield described[method.lower()], route.dependant


def _problem() -> dict[str, Any]:
    """The schema of a problem, and of what stands in it."""
    schema = Problem.model_json_schema(ref_template=_SCHEMA, mode="serialization")
    return {**schema.pop("$defs", {}), Problem.__name__: schema}


def _asked_for(dependant: Dependant) -> list[dict[str, list[str]]]:
    """The one scheme whose token is looked at on the way to the route; none where none is."""
    names = {_ASKED_FOR[call] for call in _calls(dependant) if call in _ASKED_FOR}
    return [{name: [] for name in sorted(names)}] if names else []


def _calls(dependant: Dependant) -> Iterator[Any]:
    for below in dependant.dependencies:
        yield below.call
        yield from _calls(below)
