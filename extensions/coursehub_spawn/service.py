"""The service, as the Hub asks it: a verdict at each spawn, and what became of it."""

import asyncio
import json
import ssl
from dataclasses import asdict, dataclass, fields
from functools import cache
from http import HTTPStatus
from typing import Any, Final

import httpx

from coursehub.vocabulary.limits import Admission, Limits, SpawnRequest

_LARGEST_ANSWER: Final = 65_536
_VERDICTS: Final = frozenset(
    {HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}
)
_AGAIN_S: Final = (0.2, 0.8)


class ServiceDown(Exception):
    """No verdict: the service did not answer, or not as a service that is well does."""


class Unanswered(ServiceDown):
    """Nothing came back: the service may have done what it was asked, or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A refusal (RFC 9457), with a sentence that is safe to show."""

    status: int
    code: str
    sentence: str
    retry_after_s: int | None = None


class SpawnRefused(Exception):
    """The service's no."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.sentence)
        self.verdict = verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The service at `url` (prefix included); no question takes longer than `timeout_s`."""

    url: str
    token: str
    timeout_s: float

    async def admit(self, request: SpawnRequest) -> Admission:
        """
        The seat and limits of one spawn; SpawnRefused or ServiceDown.

        An answer that was lost on the way is asked for again: the same spawn
        id gets the same seat.
        """
        try:
            async with asyncio.timeout(self.timeout_s):
                for pause_s in _AGAIN_S:
                    try:
                        return _admission(await self._post("admissions", asdict(request)))
                    except Unanswered:
                        await asyncio.sleep(pause_s)
                return _admission(await self._post("admissions", asdict(request)))
        except TimeoutError as cause:
            raise Unanswered("it did not answer in time") from cause

    async def running(
        self, reservation_id: str, *, memory_bytes: int | None, cpu: float | None
    ) -> None:
        """Tell what a started server was really given."""
        given = {"memory_bytes": memory_bytes, "cpu": cpu}
        await self._tell(f"reservations/{reservation_id}/running", given)

    async def close(self, reservation_id: str) -> None:
        """Give back a seat."""
        await self._tell(f"reservations/{reservation_id}/close", {})

    async def _tell(self, path: str, body: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(self.timeout_s):
                await self._post(path, body)
        except TimeoutError as cause:
            raise Unanswered("it did not answer in time") from cause

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON answer, None without one; the token travels in a header, never in logs."""
        if not self.url:
            raise ServiceDown("its address is not set (COURSEHUB_SERVICE_URL)")
        address = f"{self.url.rstrip('/')}/api/v1/hub/{path}"
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            async with (
                # The way to the service is direct; certificates are read once a process.
                httpx.AsyncClient(timeout=self.timeout_s, verify=_tls(), trust_env=False) as client,
                client.stream("POST", address, json=body, headers=headers) as answer,
            ):
                return _judged(answer, await _bounded(answer))
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as cause:
            raise ServiceDown("its address is no address (COURSEHUB_SERVICE_URL)") from cause
        except httpx.HTTPError as cause:
            raise Unanswered("it did not answer") from cause


async def _bounded(answer: httpx.Response) -> bytes:
    content = b""
    async for chunk in answer.aiter_bytes():
        content += chunk
        if len(content) > _LARGEST_ANSWER:
            raise ServiceDown("its answer is too long")
    return content


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _judged(answer: httpx.Response, content: bytes) -> Any:
    """The body of a good answer; SpawnRefused for a verdict, ServiceDown for anything else."""
    try:
        body = json.loads(content) if content else None
    except ValueError as cause:
        raise ServiceDown(f"it answered {answer.status_code} and no JSON") from cause
    if answer.is_success:
        return body
    if isinstance(body, dict) and answer.status_code in _VERDICTS:
        code, sentence = str(body.get("code", "")), str(body.get("detail", ""))
        if code == "not-the-hub":
            raise ServiceDown("it does not know the Hub's token (COURSEHUB_HUB_TOKEN)")
        if code and sentence:
            wait = body.get("retry_after_s")
            raise SpawnRefused(
                Verdict(
                    status=answer.status_code,
                    code=code,
                    sentence=sentence,
                    retry_after_s=wait if isinstance(wait, int) else None,
                )
            )
    raise ServiceDown(f"it answered {answer.status_code}")


def _admission(body: Any) -> Admission:
    """
    The Admission that the JSON spells; ServiceDown where it spells none.

    What this Hub does not know yet is left out: a service may be newer.
    """
    try:
        limits = Limits(**_known(Limits, body["limits"]))
        admission = Admission(**{**_known(Admission, body), "limits": limits})
    except (AttributeError, TypeError, KeyError) as cause:
        raise ServiceDown("its answer is no admission") from cause
    if not _is_sound(admission):
        raise ServiceDown("its answer is no admission")
    return admission


def _is_sound(admission: Admission) -> bool:
    """Whether the values are of the types that a spawner's traits take."""
    texts = (admission.reservation_id, admission.course, admission.role, admission.notebook_dir)
    return (
        all(isinstance(text, str) for text in texts)
        and all(
            isinstance(amount, int | float | None) for amount in asdict(admission.limits).values()
        )
        and isinstance(admission.environment, dict)
        and all(isinstance(value, str) for value in admission.environment.values())
    )


def _known(kind: type, body: Any) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in body.items() if name in names}
