"""What the Hub asks at a launch, and the tool's public keys for LMSs."""

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from coursehub.launch.actions import arrivals, launches, naming
from coursehub.vocabulary.launch import Launch, Registration, Welcome
from coursehub.vocabulary.people import HubName
from coursehub.web.house import InHouse
from coursehub.web.identity import HubItself
from coursehub.web.openapi import KeySet

api = APIRouter(prefix="/api/v1/hub", tags=["hub"], dependencies=[HubItself])
public = APIRouter(tags=["lti"])
routers = (api, public)


class Registrations(BaseModel):
    """Every LMS at once: a Hub that knew a part of them would turn the others' people away."""

    items: list[Registration]


@api.get("/registrations")
def registrations(house: InHouse) -> Registrations:
    """Every LMS that this Hub trusts; no pages."""
    return Registrations(items=launches.registrations(house.store))


@api.post("/launches")
async def receive(launch: Launch, house: InHouse) -> Welcome:
    """Who a verified launch is on this Hub, and where to send them."""
    return await launches.receive(
        house.store, house.hub, house.clock, launch, settings=house.settings
    )


class Taken(BaseModel):
    """A name under which the Hub has an account that no launch made."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=255)


class Renamed(BaseModel):
    """The name that a newcomer has from now on."""

    hub_name: HubName


@api.post("/launches/{launch_id}/name")
async def rename(launch_id: str, taken: Taken, house: InHouse) -> Renamed:
    """Another name for a newcomer, in place of the one that is taken."""
    name = await naming.another(
        house.store, house.hub, house.clock, launch_id, taken=HubName(taken.name)
    )
    return Renamed(hub_name=name)


class Arrivals(BaseModel):
    """Launches whose people the Hub knows from now on."""

    model_config = ConfigDict(extra="forbid")

    launch_ids: list[str] = Field(max_length=1000)


@api.post("/arrivals", status_code=status.HTTP_204_NO_CONTENT)
def arrive(told: Arrivals, house: InHouse) -> None:
    """The people of these launches are known to the Hub now."""
    arrivals.note(house.store, house.clock, told.launch_ids)


class Newcomer(BaseModel):
    """Someone whom the Hub's own login brings for the first time."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=255)


@api.post("/newcomers", status_code=status.HTTP_204_NO_CONTENT)
def welcome(newcomer: Newcomer, house: InHouse) -> None:
    """The Hub's own login may make an account of this name."""
    naming.release(house.store, HubName(newcomer.name))


@public.get("/lti/jwks.json")
async def jwks(house: InHouse) -> KeySet:
    """The tool's public keys, by which an LMS knows its requests (RFC 7517)."""
    return KeySet.model_validate(await run_in_threadpool(house.keys.public_jwks))
