"""One bounded HTTP exchange: so many seconds and so many bytes, and no more."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import httpx

from coursehub.outbound import PrivateAddress


class NoAnswer(Exception):
    """No complete, readable answer in the time and size allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer: its status, media type and body."""

    status: int
    media_type: str
    body: bytes

    def json(self) -> Any:
        """The body as JSON; NoAnswer if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as cause:
            raise NoAnswer("the answer is not JSON") from cause


async def exchange(
    client: httpx.AsyncClient, request: httpx.Request, *, timeout_s: float, max_bytes: int
) -> Reply:
    """The answer to one request; redirects are not followed. PrivateAddress goes through."""
    try:
        async with asyncio.timeout(timeout_s):
            response = await client.send(request, stream=True)
            try:
                body = await _read(response, max_bytes=max_bytes)
            finally:
                await response.aclose()
    except PrivateAddress:
        raise
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as cause:
        raise NoAnswer(type(cause).__name__) from cause
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Reply(status=response.status_code, media_type=media_type, body=body)


async def _read(response: httpx.Response, *, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > max_bytes:
            raise NoAnswer(f"the answer is longer than {max_bytes} bytes")
    return bytes(body)
