"""The one composition root: adapters are built and routers mounted here, by a call."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool

import coursehub.courses.routes
import coursehub.grading.routes
import coursehub.launch.routes
import coursehub.modules.routes
import coursehub.quotas.routes
import coursehub.roster.routes
from coursehub import jobs, logs
from coursehub.adapters.autograde import NbgraderAutograder, NbgraderGradebooks
from coursehub.adapters.blobs import FsspecBlobs
from coursehub.adapters.clock import SystemClock
from coursehub.adapters.consumers import SignedConsumers
from coursehub.adapters.git import GitRepos
from coursehub.adapters.guarded import GuardedHttp
from coursehub.adapters.hub import HubApi
from coursehub.adapters.keys import ToolKeys
from coursehub.adapters.lms.lti import LtiLms
from coursehub.adapters.lms.tokens import Tokens
from coursehub.adapters.lms.wire import Wire
from coursehub.adapters.rosters import AnyRosters, ListFiles, SourceSecrets
from coursehub.launch.actions.registration import whereabouts
from coursehub.roster.actions import sync
from coursehub.settings import Settings
from coursehub.store import Store
from coursehub.vocabulary.scopes import SERVICES
from coursehub.web import health, login, metrics, middleware, pages, problems, showcase
from coursehub.web.house import House
from coursehub.web.openapi import Documented

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

EVER_THERE: Final[tuple[APIRouter, ...]] = (
    health.router,
    metrics.router,
    login.router,
    showcase.router,
)
"""What is served whichever services run."""

ROUTERS: Final[Mapping[str, tuple[APIRouter, ...]]] = {
    "launch": coursehub.launch.routes.routers,
    "roster": coursehub.roster.routes.routers,
    "courses": coursehub.courses.routes.routers,
    "modules": coursehub.modules.routes.routers,
    "grading": coursehub.grading.routes.routers,
    "quotas": coursehub.quotas.routes.routers,
}


def build(settings: Settings, store: Store, *, services: tuple[str, ...] = SERVICES) -> FastAPI:
    """The application that serves the chosen services over a database in its newest shape."""
    logs.configure(settings.log_level)
    house = furnish(settings, store)
    app = Documented(
        openapi_url=f"{settings.prefix}api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lambda _: _life(house, services),
    )
    app.state.house = house
    app.state.hub_oauth = login.make_oauth(settings)
    middleware.install(app, settings)
    problems.install(app)
    pages.mount(app, settings)
    prefix = settings.prefix.rstrip("/")
    for router in (*EVER_THERE, *(router for name in services for router in ROUTERS[name])):
        app.include_router(router, prefix=prefix)
    return app


def furnish(settings: Settings, store: Store) -> House:
    """The house with its real adapters; nothing is asked of anyone yet."""
    passphrase = settings.key_passphrase.get_secret_value()
    keys = ToolKeys(settings.data_dir / "keys", passphrase=passphrase)
    consumers = SignedConsumers(settings.data_dir / "keys")
    blobs = FsspecBlobs(settings.blobs)
    secrets = SourceSecrets(settings.data_dir / "keys")
    wire = Wire(
        timeout_s=settings.request_timeout_s, allow_private=settings.allow_private_platforms
    )
    return House(
        settings=settings,
        store=store,
        hub=HubApi(settings),
        lms=LtiLms(
            keys,
            consumers,
            timeout_s=settings.request_timeout_s,
            allow_private=settings.allow_private_platforms,
        ),
        rosters=AnyRosters(wire, Tokens(wire, keys), secrets.open),
        roster_files=ListFiles(),
        outside=GuardedHttp(
            timeout_s=settings.request_timeout_s, allow_private=settings.allow_private_platforms
        ),
        repos=GitRepos(settings),
        blobs=blobs,
        autograder=NbgraderAutograder(settings, blobs),
        gradebooks=NbgraderGradebooks(settings),
        clock=SystemClock(),
        keys=keys,
        consumers=consumers,
    )


@asynccontextmanager
async def _life(house: House, services: tuple[str, ...]) -> AsyncIterator[None]:
    """The schedule runs while the application does; what a killed one left is put in order."""
    sync.abandon(house.store, house.clock)
    if "launch" in services:
        await run_in_threadpool(whereabouts.leave, house.settings)
    scheduler = jobs.schedule(house, services)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
        await house.background.close()
        await house.autograder.close()
        await house.repos.close()
        await house.lms.close()
        await house.rosters.close()
        await house.hub.close()


def listening(settings: Settings) -> tuple[str, int]:
    """
    Host and port to listen on, from the address that the Hub was given.

    A loopback address is listened on itself; behind any other name, that of
    a Kubernetes service for one, the process listens on every address it has.
    """
    parts = urlsplit(settings.service_url)
    host = parts.hostname or "127.0.0.1"
    return host if host in LOOPBACK else "0.0.0.0", parts.port or 10101  # noqa: S104 - as said
