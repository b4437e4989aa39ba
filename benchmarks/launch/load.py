"""People who launch: each with a browser of their own, so many at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

import aiohttp
from yarl import URL

from benchmarks.launch.lms import CLIENT_ID, DEPLOYMENT, Lms

TIMEOUT_S: Final = 60.0
REDIRECTS: Final = frozenset({302, 303})
LOGIN_COOKIE: Final = "jupyterhub-hub-login"


class Failed(Exception):
    """The person was not let in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one turn took, in seconds: as a whole, and each launch that let its person in."""

    whole: float
    each: tuple[float, ...]
    failures: tuple[str, ...]


Launch = Callable[[aiohttp.ClientSession, int], Awaitable[None]]


async def turn(launch: Launch, people: Iterable[int], *, at_once: int) -> Turn:
    """
    All these people launched, `at_once` of them at any time, over kept connections.

    By aiohttp: with httpx and fifty of them at once, the load itself was what took longest.
    """
    waiting, each, failures = iter(people), list[float](), list[str]()

    async def one_after_another(connections: aiohttp.BaseConnector) -> None:
        for person in waiting:
            began = time.perf_counter()
            try:
                async with _browser(connections) as browser:
                    await launch(browser, person)
            except (Failed, aiohttp.ClientError, TimeoutError) as failure:
                failures.append(f"person {person}: {failure!r}")
            else:
                each.append(time.perf_counter() - began)

    async with aiohttp.TCPConnector(limit=at_once) as connections:
        began = time.perf_counter()
        await asyncio.gather(*(one_after_another(connections) for _ in range(at_once)))
        whole = time.perf_counter() - began
    return Turn(whole=whole, each=tuple(each), failures=tuple(failures))


def _browser(connections: aiohttp.BaseConnector) -> aiohttp.ClientSession:
    """A browser that holds no cookie yet."""
    return aiohttp.ClientSession(
        connector=connections,
        connector_owner=False,
        cookie_jar=aiohttp.CookieJar(unsafe=True),  # also those of 127.0.0.1
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
    )


def launching(hub_url: str, lms: Lms) -> Launch:
    """A full launch: login initiation, the platform's signed answer, and its callback."""
    target = f"{hub_url}/hub/lti13/launch"

    async def launch(browser: aiohttp.ClientSession, person: int) -> None:
        begun = await _send(
            browser,
            f"{hub_url}/hub/lti13/oauth_login",
            {
                "iss": lms.issuer,
                "login_hint": str(person),
                "target_link_uri": target,
                "client_id": CLIENT_ID,
                "lti_deployment_id": DEPLOYMENT,
            },
        )
        asked = parse_qs(urlsplit(begun).query)
        if not {"nonce", "state"} <= asked.keys():
            raise Failed("login initiation: no nonce and state")
        token = lms.token(person, nonce=asked["nonce"][0], target=target)
        form = {"id_token": token, "state": asked["state"][0]}
        await _send(browser, f"{hub_url}/hub/lti13/oauth_callback", form)
        _check(browser, hub_url)

    return launch


def typing(hub_url: str) -> Launch:
    """The Hub's own form, fetched and sent."""

    async def launch(browser: aiohttp.ClientSession, person: int) -> None:
        async with browser.get(f"{hub_url}/hub/login") as page:
            await page.read()
        proof = browser.cookie_jar.filter_cookies(URL(f"{hub_url}/hub/login")).get("_xsrf")
        form = {
            "username": f"p{person:06}",
            "password": "x",
            "_xsrf": proof.value if proof else "",
        }
        await _send(browser, f"{hub_url}/hub/login", form)
        _check(browser, hub_url)

    return launch


async def _send(browser: aiohttp.ClientSession, url: str, form: dict[str, str]) -> str:
    """Where the form's answer leads."""
    async with browser.post(url, data=form, allow_redirects=False) as reply:
        text = await reply.text()
    if reply.status not in REDIRECTS:
        raise Failed(f"{urlsplit(url).path}: {reply.status} {text[-300:]}")
    return reply.headers["Location"]


def _check(browser: aiohttp.ClientSession, hub_url: str) -> None:
    """Nothing for someone who is logged in now."""
    if LOGIN_COOKIE not in browser.cookie_jar.filter_cookies(URL(f"{hub_url}/hub/")):
        raise Failed("sent on without being logged in")
