"""One request to an LMS: bounded in time and size, its failure put in our words."""

import asyncio
import copy
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final, Protocol
from urllib.parse import urljoin

import httpx
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from coursehub.errors import Conflict, CoursehubError, Invalid, Missing, Refused, Unreachable
from coursehub.outbound import JudgedTransport, PrivateAddress
from coursehub.vocabulary.addresses import is_safe_address

_MOST_BYTES: Final = 20_000_000
_MOST_WAIT_S: Final = 86_400
_TRIES: Final = 3
_LINK = re.compile(r"<([^>]*)>([^<]*)")
# Some platforms send curly quotes, in UTF-8 or in Windows' own code page.
_QUOTES = "\"'\u201c\u201d\u201e\u2033\x93\x94 "


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back, whole, and what the far side is called in a sentence."""

    url: str
    status: int
    headers: httpx.Headers
    body: bytes
    far_side: str = "The LMS"

    def json(self) -> Any:
        """The body; Unreachable where it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as cause:
            raise Unreachable(
                "lms-malformed", f"{self.far_side} gave an answer that cannot be read."
            ) from cause


class Sender(Protocol):
    """Whatever sends one request: a wire, or one with patience."""

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None = None,
    ) -> Reply: ...


class Wire:
    """HTTP to LMSs, over one pool of connections."""

    def __init__(self, *, timeout_s: float, allow_private: bool, far_side: str = "The LMS") -> None:
        self._timeout_s = timeout_s
        self.far_side = far_side
        self._client = httpx.AsyncClient(
            timeout=timeout_s,
            follow_redirects=False,
            trust_env=False,  # no password of a .netrc; proxies are the transport's matter
            transport=JudgedTransport(allow_private=allow_private),
        )

    def called(self, far_side: str) -> "Wire":
        """This wire, over the same pool, with another name for the far side in its sentences."""
        other = copy.copy(self)
        other.far_side = far_side
        return other

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None = None,
    ) -> Reply:
        """
        The reply, whatever its status; Unreachable where there is none in time.

        Addresses come with launches and rosters, and tokens go there: Invalid
        for one that is not https, or http on this machine, and Refused for one
        inside this network, unless a setting lets LMSs be there.

        Only a connection that never came to be is tried again: the request
        was not heard, so nothing can happen twice.
        """
        if not is_safe_address(url):
            raise Invalid(
                "lms-not-https",
                f"{self.far_side} names an address of its services that is not https. Its "
                "administrator can set its own address to https.",
            )
        again = AsyncRetrying(
            retry=retry_if_exception(_was_not_heard),
            stop=stop_after_attempt(_TRIES),
            wait=wait_random_exponential(multiplier=0.1, max=1),
            reraise=True,
        )
        try:
            async with asyncio.timeout(self._timeout_s):
                async for attempt in again:
                    with attempt:
                        return await self._once(method, url, headers=headers, content=content)
        except PrivateAddress as cause:
            raise Refused("lms-private", str(cause)) from cause
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as cause:
            raise Unreachable("lms-unreachable", f"{self.far_side} did not answer.") from cause
        raise AssertionError("tenacity returns or raises")

    async def _once(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes | None
    ) -> Reply:
        sent = self._client.stream(method, url, headers=dict(headers), content=content)
        async with sent as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise Unreachable("lms-too-large", f"{self.far_side}'s answer is too large.")
            return Reply(
                url=url,
                status=response.status_code,
                headers=response.headers,
                body=bytes(body),
                far_side=self.far_side,
            )

    async def close(self) -> None:
        """No connection is left open."""
        await self._client.aclose()


def _was_not_heard(error: BaseException) -> bool:
    return isinstance(error, httpx.ConnectError) and not isinstance(error, PrivateAddress)


def require_success(reply: Reply) -> Reply:
    """The reply, if it is one of success; otherwise an error of ours is raised."""
    if HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
        return reply
    raise _failure(reply)


def _failure(reply: Reply) -> CoursehubError:
    status, name = reply.status, reply.far_side
    if is_busy(reply):
        sentence = f"{name} asks for fewer requests."
        return Unreachable("lms-busy", sentence, retry_after_s=retry_after_s(reply))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        sentence = f"{name} failed (status {status})."
        return Unreachable("lms-failed", sentence, retry_after_s=retry_after_s(reply))
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Refused(
            "lms-refused",
            f"{name} does not let this Hub do that: check the tool's registration and its "
            "services there.",
        )
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return Missing("lms-missing", f"{name} knows nothing under that address any more.")
    if status == HTTPStatus.CONFLICT:
        return Conflict("lms-newer", f"{name} holds something newer already.")
    return Invalid("lms-rejected", f"{name} did not accept this (status {status}).")


def is_busy(reply: Reply) -> bool:
    """Canvas throttles with 403 and says so in the body, as others do with 429."""
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    return reply.status == HTTPStatus.FORBIDDEN and b"rate limit" in reply.body[:1000].lower()


def retry_after_s(reply: Reply) -> int | None:
    """Seconds or a date (RFC 9110, 10.2.3); None where the LMS says nothing of use."""
    said = reply.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return min(int(said[:9]), _MOST_WAIT_S)
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    seconds = (moment - datetime.now(UTC)).total_seconds()
    return int(min(max(seconds, 0), _MOST_WAIT_S))


def next_url(reply: Reply) -> str | None:
    """The address of the next page; None at the end."""
    return linked(reply, "next")


def linked(reply: Reply, relation: str) -> str | None:
    """
    The address in that relation to the page (RFC 8288), as platforms really write it.

    An access token goes with the request, so a page elsewhere is not followed.
    """
    for target, parameters in _LINK.findall(", ".join(reply.headers.get_list("link"))):
        if relation in _relations(parameters):
            found = urljoin(reply.url, html.unescape(target.strip()))
            require_same_place(found, reply.url)
            return found
    return None


def require_same_place(url: str, known: str) -> None:
    """Nothing, if both addresses are of one server; Unreachable otherwise."""
    if _origin(url) != _origin(known):
        raise Unreachable("lms-malformed", "The LMS sends this Hub to another address for more.")


def _relations(parameters: str) -> list[str]:
    for parameter in re.split(r"[;,]", parameters):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "rel":
            return value.strip(_QUOTES).lower().split()
    return []


def _origin(url: str) -> tuple[str, str, int | None]:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return ("", "", None)
    return (parsed.scheme, parsed.host, parsed.port)
