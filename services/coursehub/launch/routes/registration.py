"""What LMSs see of registration, and what the Hub tells of unknown deployments."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, status
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from coursehub.launch.actions import deployments
from coursehub.launch.actions.registration import registering
from coursehub.launch.routes import platforms
from coursehub.vocabulary import families
from coursehub.vocabulary.addresses import LONGEST, host_of
from coursehub.web import framing, problems
from coursehub.web.house import InHouse
from coursehub.web.identity import HubItself
from coursehub.web.pages import page

api = APIRouter(prefix="/api/v1/hub", tags=["hub"], dependencies=[HubItself])
public = APIRouter(tags=["lti"], include_in_schema=False)
routers = (api, public, *platforms.routers)

Text = Annotated[str, Field(min_length=1, max_length=LONGEST)]
Token = Annotated[str, Query(max_length=10_000)]

# An LMS lets a tool register by the address of this page once, so it has no button "Try again".
BEGIN_ANEW: Final = (
    "Once that is put right, begin the registration anew in the LMS, with the same link unless the "
    "reason above says otherwise. To load this page again does not help."
)


class Seen(BaseModel):
    """A deployment that a registered platform signed a launch for, and that nobody approved."""

    model_config = ConfigDict(extra="forbid")

    issuer: Text
    client_id: Text
    deployment_id: Annotated[str, Field(min_length=1, max_length=deployments.LONGEST_ID)]


@api.post("/deployments", status_code=status.HTTP_204_NO_CONTENT)
def saw(seen: Seen, house: InHouse) -> None:
    """A deployment that nobody approved yet waits for an administrator, with one click."""
    deployments.see(house.store, house.clock, **seen.model_dump())


@public.get("/lti/register")
async def register(
    request: Request,
    house: InHouse,
    link: Annotated[str, Query(max_length=200)] = "",
    openid_configuration: Annotated[str, Query(max_length=LONGEST)] = "",
    registration_token: Token = "",
) -> Response:
    """The LMS that opened this address registers itself (LTI Dynamic Registration 1.0)."""
    # The LMS shows this page in a frame; nothing on it can be clicked but its end.
    if "*" not in openid_configuration:
        sites = families.framing_sites(host_of(openid_configuration))
        framing.allow(request, openid_configuration, *sites)
    if not openid_configuration:
        return page(request, "launch/registration_start.html")
    problems.lead_on(request, BEGIN_ANEW)
    done = await registering.register(
        house.store,
        house.outside,
        house.clock,
        registering.Request(
            link=link,
            openid_configuration=openid_configuration,
            registration_token=registration_token,
        ),
        settings=house.settings,
    )
    response = page(request, "launch/registration_done.html", done=done)
    # The address of this page holds what the LMS gave this Hub alone.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
