"""
The coursehub service, as a person's own server speaks to it.

The address is `COURSEHUB_URL`, the proof `JUPYTERHUB_API_TOKEN`; both are set
by the Hub at spawn. Calls are synchronous, bounded in time and in size, and
whatever goes wrong becomes one `ServiceError` with a sentence to show.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import httpx

_JSON_MAX_BYTES = 10_000_000
_CHUNK_BYTES = 65_536


class ServiceError(Exception):
    """A call that the service refused or did not answer; `message` is safe to show."""

    def __init__(self, code: str, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A client of one service for one person."""

    base: str
    token: str = field(repr=False)
    timeout_s: float = 30.0

    @classmethod
    def from_environment(cls) -> "Service":
        """The service that this server was started for; ServiceError if there is none."""
        base = os.environ.get("COURSEHUB_URL", "")
        token = os.environ.get("JUPYTERHUB_API_TOKEN", "")
        if not base or not token:
            raise ServiceError(
                "no-service", "This server was not started for a course: start it from the course."
            )
        return cls(base=base.rstrip("/") + "/", token=token)

    def get(self, path: str, *, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON object at `path` (relative to the base, without a leading slash)."""
        return self.call("GET", path, params=params)

    def items(self, path: str, *, params: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """Every item of a list, page after page."""
        wanted = dict(params or {})
        found: list[dict[str, Any]] = []
        while True:
            page = self.get(path, params=wanted)
            found += page.get("items", [])
            if not page.get("next"):
                return found
            wanted["after"] = str(page["next"])

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
    ) -> dict[str, Any]:
        """The JSON object that answers a call with a JSON body, or with none."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        with self._answer(
            method, path, params=params, content=content, headers=headers
        ) as response:
            return _object(_whole(response))

    def upload(
        self,
        method: str,
        path: str,
        content: BinaryIO,
        *,
        media_type: str = "application/x-tar",
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The JSON object that answers a streamed body; empty for an empty answer."""
        sent = {"Content-Type": media_type, **(headers or {})}
        chunks = iter(lambda: content.read(_CHUNK_BYTES), b"")
        with self._answer(method, path, content=chunks, headers=sent) as response:
            return _object(_whole(response))

    def download(self, path: str, into: BinaryIO, *, max_bytes: int) -> int:
        """The number of bytes written; ServiceError beyond `max_bytes`."""
        with self._answer("GET", path) as response:
            return _copy(response, into, max_bytes=max_bytes)

    @contextmanager
    def _answer(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | Iterator[bytes] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[httpx.Response]:
        """A successful answer whose body is still to be read."""
        proof = {"Authorization": f"token {self.token}", "Accept": "application/json, */*"}
        try:
            # A redirect would carry the token to another address: none is followed.
            with (
                httpx.Client(timeout=self.timeout_s, follow_redirects=False) as client,
                client.stream(
                    method,
                    self.base + path,
                    params=params,
                    content=content,
                    headers={**proof, **(headers or {})},
                ) as response,
            ):
                if not response.is_success:
                    raise _refusal(response)
                yield response
        except httpx.TimeoutException as cause:
            raise ServiceError(
                "service-slow", "The course service did not answer in time: try again in a minute."
            ) from cause
        except (httpx.HTTPError, httpx.InvalidURL) as cause:
            raise ServiceError(
                "service-down", "The course service cannot be reached: try again in a minute."
            ) from cause


def _copy(response: httpx.Response, into: BinaryIO, *, max_bytes: int) -> int:
    written = 0
    for chunk in response.iter_bytes(_CHUNK_BYTES):
        written += len(chunk)
        if written > max_bytes:
            raise ServiceError("too-large", "The course service sent more than was expected.")
        into.write(chunk)
    return written


def _whole(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes(_CHUNK_BYTES):
        body += chunk
        if len(body) > _JSON_MAX_BYTES:
            raise ServiceError("too-large", "The course service sent more than was expected.")
    return bytes(body)


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; an empty body is an empty object."""
    if not body:
        return {}
    try:
        value = json.loads(body)
    except ValueError as cause:
        raise _not_understood() from cause
    if not isinstance(value, dict):
        raise _not_understood()
    return value


def _not_understood() -> ServiceError:
    return ServiceError(
        "not-understood",
        "The course service's answer was not understood: tell the administrators of this hub.",
    )


def _refusal(response: httpx.Response) -> ServiceError:
    """The service's own sentence (RFC 9457), or one that fits the status."""
    status = response.status_code
    is_problem = response.headers.get("content-type", "").startswith("application/problem+json")
    problem = _object(_whole(response)) if is_problem else {}
    detail = problem.get("detail")
    if isinstance(detail, str) and detail:
        return ServiceError(str(problem.get("code", "refused")), detail, status=status)
    if status in {401, 403}:
        return ServiceError(
            "not-allowed",
            "The course service did not accept this server: stop it and start it again.",
            status=status,
        )
    return ServiceError(
        "service-down",
        "The course service cannot answer now: try again in a minute.",
        status=status,
    )
