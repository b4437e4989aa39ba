"""The coursehub service, as the Hub talks to it."""

import asyncio
from contextlib import suppress
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from coursehub.vocabulary.launch import Groups, Launch, Registration, SignedForm, Welcome
from coursehub.vocabulary.people import HubName
from coursehub_auth.errors import LaunchRefused, Unreachable
from coursehub_auth.fetching import NoAnswer, Reply

MAX_BYTES: Final = 4 * 1024 * 1024
MAX_DETAIL_CHARS: Final = 500
AT_ONCE: Final = 6
"""Questions at once: the service writes one after another."""
KEPT_S: Final = 4.0
"""How long a connection is kept: for less than the service does, by uvicorn, five seconds."""


class Service:
    """
    The Hub's questions over HTTP, each with a bound on time and size.

    By aiohttp, JupyterHub's own library: each question by httpx took the Hub 3 ms more.
    """

    def __init__(self, *, url: str, token: str, timeout_s: float) -> None:
        self._base = f"{url.rstrip('/')}/api/v1/hub/"
        self._token = token
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None
        self._end: asyncio.Task[None] | None = None

    async def registrations(self) -> tuple[Registration, ...]:
        """Every platform that this Hub trusts."""
        reply = await self._ask("GET", "registrations")
        try:
            return tuple(_registration(item) for item in reply.json()["items"])
        except (KeyError, TypeError, NoAnswer) as cause:
            raise _down() from cause

    async def launch(self, launch: Launch) -> Welcome:
        """Who that is on this Hub; LaunchRefused in the service's words, replays included."""
        reply = await self._ask("POST", "launches", asdict(launch))
        return _read_welcome(reply)

    async def lti11_launch(self, form: SignedForm) -> Welcome:
        """Who an LTI 1.1 launch is on this Hub; the service has the secrets, and verifies it."""
        reply = await self._ask("POST", "lti11-launches", asdict(form))
        return _read_welcome(reply)

    async def another_name(self, launch_id: str, *, taken: HubName) -> HubName:
        """Another name for a newcomer: there is an account of this one that no launch made."""
        reply = await self._ask("POST", f"launches/{launch_id}/name", {"name": taken})
        try:
            return HubName(_text(reply.json()["hub_name"]))
        except (KeyError, TypeError, NoAnswer) as cause:
            raise _down() from cause

    async def arrived(self, launch_ids: list[str]) -> None:
        """Nothing; the service knows that the Hub users of these launches exist now."""
        await self._ask("POST", "arrivals", {"launch_ids": launch_ids})

    async def saw(self, registration: Registration, *, deployment_id: str) -> None:
        """Nothing; an administrator can approve the deployment, if the service hears of it."""
        seen = {
            "issuer": registration.issuer,
            "client_id": registration.client_id,
            "deployment_id": deployment_id,
        }
        with suppress(LaunchRefused):  # the launch is refused in any case
            await self._ask("POST", "deployments", seen)

    async def newcomer(self, name: str) -> None:
        """Nothing; LaunchRefused where the name is that of a person of an LMS."""
        await self._ask("POST", "newcomers", {"name": name})

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Reply:
        asked = self._opened().request(method, self._base + path, json=body, allow_redirects=False)
        try:
            async with asked as response:
                reply = Reply(
                    status=response.status,
                    media_type=response.content_type,
                    body=await _read(response.content),
                )
        except (NoAnswer, TimeoutError, aiohttp.ClientError) as cause:
            raise _down() from cause
        if HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            return reply
        raise _refusal(reply)

    def _opened(self) -> aiohttp.ClientSession:
        """The connections that are kept, of the loop that runs."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                # The token goes to the service alone: no proxy of the environment, no redirect.
                headers={"Authorization": f"Bearer {self._token}", "Accept-Encoding": "identity"},
                timeout=aiohttp.ClientTimeout(total=self._timeout_s),
                cookie_jar=aiohttp.DummyCookieJar(),
                connector=aiohttp.TCPConnector(
                    limit=AT_ONCE,
                    keepalive_timeout=KEPT_S,
                    resolver=aiohttp.ThreadedResolver(),
                ),
            )
            self._end = asyncio.create_task(_closed_at_the_end(self._session))
        return self._session


async def _closed_at_the_end(session: aiohttp.ClientSession) -> None:
    """Nothing; the session is closed when the Hub ends, which it says by cancelling every task."""
    try:
        await asyncio.Event().wait()
    finally:
        await session.close()


async def _read(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > MAX_BYTES:
            raise NoAnswer(f"the answer is longer than {MAX_BYTES} bytes")
    return bytes(body)


def _refusal(reply: Reply) -> LaunchRefused:
    """What the service's problem document says (RFC 9457), if it is meant for the person."""
    if (
        reply.media_type != "application/problem+json"
        or reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    ):
        return _down()
    problem = reply.json()
    if not isinstance(problem, dict):
        return _down()
    code, detail = problem.get("code"), problem.get("detail")
    if not isinstance(code, str) or not isinstance(detail, str) or code == "not-the-hub":
        return _down()
    wait = problem.get("retry_after_s")
    return LaunchRefused(
        code,
        detail[:MAX_DETAIL_CHARS],
        status=reply.status,
        retry_after_s=wait if isinstance(wait, int) else None,
    )


def _down() -> Unreachable:
    return Unreachable(
        "service-down",
        "The course service does not answer at this moment. Nothing is lost: "
        "open the link again in a minute.",
    )


def _registration(item: Any) -> Registration:
    return Registration(
        issuer=_text(item["issuer"]),
        client_id=_text(item["client_id"]),
        deployment_ids=tuple(_text(each) for each in item["deployment_ids"]),
        auth_login_url=_text(item["auth_login_url"]),
        key_set_url=_text(item["key_set_url"]),
    )


def _read_welcome(reply: Reply) -> Welcome:
    try:
        return _welcome(reply.json())
    except (AttributeError, KeyError, TypeError, NoAnswer) as cause:
        raise _down() from cause


def _welcome(item: Any) -> Welcome:
    return Welcome(
        launch_id=_text(item["launch_id"]),
        # Nobody is logged in where a ticket opens the landing, so nobody needs a name.
        hub_name=HubName("" if item.get("ticket") else _text(item["hub_name"])),
        landing=_text(item["landing"]),
        graders=tuple(HubName(_text(each)) for each in item.get("graders", ())),
        groups=_groups(item.get("groups") or {}),
        is_linked=item.get("is_linked", False) is True,
        ticket=_text(item["ticket"]) if item.get("ticket") else "",
        tell_arrival=item.get("tell_arrival", False) is True,
        named_at=_seconds(item.get("named_at", 0.0)),
    )


def _groups(item: Any) -> Groups:
    return Groups(
        join=tuple(_text(each) for each in item.get("join", ())),
        leave=tuple(_text(each) for each in item.get("leave", ())),
    )


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(value)
    return value
