"""People who launch: each with a browser of their own, so many at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

import httpx

from benchmarks.launch.lms import CLIENT_ID, DEPLOYMENT, Lms

TIMEOUT_S: Final = 60.0
LOGIN_COOKIE: Final = "jupyterhub-hub-login"


class Failed(Exception):
    """The person was not let in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one turn took, in seconds: as a whole, and each launch that let its person in."""

    whole: float
    each: tuple[float, ...]
    failures: tuple[str, ...]


Launch = Callable[[httpx.AsyncClient, int], Awaitable[None]]


async def turn(launch: Launch, people: Iterable[int], *, at_once: int) -> Turn:
    """All these people launched, `at_once` of them at any time, over kept connections."""
    waiting, each, failures = iter(people), list[float](), list[str]()
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)

    async def one_after_another(transport: httpx.AsyncHTTPTransport) -> None:
        for person in waiting:
            browser = httpx.AsyncClient(transport=transport, trust_env=False, timeout=TIMEOUT_S)
            began = time.perf_counter()
            try:
                await launch(browser, person)
            except (Failed, httpx.HTTPError) as failure:
                failures.append(f"person {person}: {failure!r}")
            else:
                each.append(time.perf_counter() - began)

    async with httpx.AsyncHTTPTransport(limits=limits) as transport:
        began = time.perf_counter()
        await asyncio.gather(*(one_after_another(transport) for _ in range(at_once)))
        whole = time.perf_counter() - began
    return Turn(whole=whole, each=tuple(each), failures=tuple(failures))


def launching(hub_url: str, lms: Lms) -> Launch:
    """A full launch: login initiation, the platform's signed answer, and its callback."""
    target = f"{hub_url}/hub/lti13/launch"

    async def launch(browser: httpx.AsyncClient, person: int) -> None:
        begun = await browser.post(
            f"{hub_url}/hub/lti13/oauth_login",
            data={
                "iss": lms.issuer,
                "login_hint": str(person),
                "target_link_uri": target,
                "client_id": CLIENT_ID,
                "lti_deployment_id": DEPLOYMENT,
            },
        )
        asked = parse_qs(urlsplit(begun.headers.get("location", "")).query)
        if not begun.is_redirect or not {"nonce", "state"} <= asked.keys():
            raise Failed(f"login initiation: {begun.status_code}")
        token = lms.token(person, nonce=asked["nonce"][0], target=target)
        form = {"id_token": token, "state": asked["state"][0]}
        _check(browser, await browser.post(f"{hub_url}/hub/lti13/oauth_callback", data=form))

    return launch


def typing(hub_url: str) -> Launch:
    """The Hub's own form, fetched and sent."""

    async def launch(browser: httpx.AsyncClient, person: int) -> None:
        await browser.get(f"{hub_url}/hub/login")
        form = {
            "username": f"p{person:06}",
            "password": "x",
            "_xsrf": browser.cookies.get("_xsrf", path="/hub/") or "",
        }
        _check(browser, await browser.post(f"{hub_url}/hub/login", data=form))

    return launch


def _check(browser: httpx.AsyncClient, reply: httpx.Response) -> None:
    """Nothing for someone who is logged in now and sent on."""
    if not reply.is_redirect or not browser.cookies.get(LOGIN_COOKIE):
        raise Failed(f"callback: {reply.status_code} {reply.text[-300:]}")
