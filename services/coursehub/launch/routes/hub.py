"""What the Hub asks at a launch, and the tool's public keys for LMSs."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, status
from starlette.concurrency import run_in_threadpool

from coursehub.launch.actions import arrivals, launches
from coursehub.vocabulary.launch import Launch, Registration, Welcome
from coursehub.web.house import InHouse
from coursehub.web.identity import HubItself

api = APIRouter(prefix="/api/v1/hub", tags=["hub"], dependencies=[HubItself])
public = APIRouter(tags=["lti"])
routers = (api, public)


@api.get("/registrations")
def registrations(house: InHouse) -> Mapping[str, list[Registration]]:
    """Every LMS that this Hub trusts."""
    return {"items": launches.registrations(house.store)}


@api.post("/launches")
async def receive(launch: Launch, house: InHouse) -> Welcome:
    """Who a verified launch is on this Hub, and where to send them."""
    return await launches.receive(
        house.store, house.hub, house.clock, launch, settings=house.settings
    )


@api.post("/launches/{launch_id}/arrival", status_code=status.HTTP_204_NO_CONTENT)
async def arrive(launch_id: str, house: InHouse) -> None:
    """The person is known to the Hub now: their groups are brought up to date."""
    await arrivals.arrive(house.store, house.hub, house.clock, launch_id)


@public.get("/lti/jwks.json")
async def jwks(house: InHouse) -> Mapping[str, Any]:
    """The tool's public keys, by which an LMS knows its requests (RFC 7517)."""
    return await run_in_threadpool(house.keys.public_jwks)
