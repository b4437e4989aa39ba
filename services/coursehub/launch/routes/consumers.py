"""LTI 1.1: launches that the Hub hands on as they came, for the secrets are here alone."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from coursehub.launch.actions import consumers
from coursehub.vocabulary.launch import SignedForm, Welcome
from coursehub.web.house import InHouse
from coursehub.web.identity import HubItself

MOST_FIELDS = 200
LONGEST_FIELD = 32_768

api = APIRouter(prefix="/api/v1/hub", tags=["hub"], dependencies=[HubItself])
routers = (api,)

_Name = Annotated[str, Field(max_length=255)]
_Value = Annotated[str, Field(max_length=LONGEST_FIELD)]


class Form(BaseModel):
    """A form that was sent to the Hub's launch address."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Field(max_length=2000)]
    fields: Annotated[dict[_Name, _Value], Field(max_length=MOST_FIELDS)]


@api.post("/lti11-launches")
async def receive(form: Form, house: InHouse) -> Welcome:
    """Who an LTI 1.1 launch is on this Hub, if its signature is right, and where to send them."""
    return await consumers.receive(
        house.store,
        house.hub,
        house.clock,
        house.consumers,
        SignedForm(url=form.url, fields=form.fields),
        settings=house.settings,
    )
