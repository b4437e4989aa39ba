"""Where the platform's signed answer arrives (LTI security framework 5.1.1.3)."""

import time
from dataclasses import dataclass, replace
from http import HTTPStatus

from tornado import web

from coursehub.vocabulary.launch import Launch, Registration
from coursehub_auth import frames, state, verify
from coursehub_auth.claims import launch_of
from coursehub_auth.errors import LaunchRefused, unproven, unreadable
from coursehub_auth.handlers.base import LtiHandler

STORED_FIELD = "stored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A launch, the platform's origin, and the sources that may frame what is shown of it."""

    launch: Launch
    platform: str
    framed_by: str


class CallbackHandler(LtiHandler):
    """The platform's answer: verified, told to the service, and the person logged in."""

    async def get(self) -> None:
        raise web.HTTPError(HTTPStatus.METHOD_NOT_ALLOWED)

    async def post(self) -> None:
        try:
            self.read_form()
            ticket = self._ticket()
            proof = self._proof(ticket)
            if not proof and self._may_ask_platform(ticket):
                self._ask_platform(ticket, await self._verified(ticket))
                return
            state.check_browser(ticket, proof)
            verified = await self._verified(ticket)
            welcome = await self.door.service.launch(verified.launch)
            self.check_landing(welcome)
            self.set_state_cookie(ticket.cookie_name, "", max_age_s=0)
            await self.lead_on(welcome, framed_by=verified.framed_by)
        except LaunchRefused as refused:
            raise self.refusal(refused) from refused

    def _ticket(self) -> state.Ticket:
        """What this login began with."""
        sealed = self.field("state")
        if not sealed:
            raise unreadable("state-missing", "The LMS's answer belongs to no login of this Hub.")
        ticket = state.opened(sealed, key=self.state_key, now=time.time())
        self.registration_name = f"{ticket.issuer}, client {ticket.client_id}"
        if self.field("error"):
            raise unproven("platform-refused", "The LMS did not confirm the login. Try it again.")
        return ticket

    def _proof(self, ticket: state.Ticket) -> str:
        """
        What only the browser knows that began this login, from its cookie or the platform.

        What the platform kept is taken from our own page alone: any other
        could send along what an attacker kept in a browser of their own.
        """
        cookie: str | None = self.get_cookie(ticket.cookie_name)
        if cookie:
            return cookie
        is_ours = frames.is_from(self.origin, self.request.headers)
        return self.field(STORED_FIELD) if is_ours else ""

    def _may_ask_platform(self, ticket: state.Ticket) -> bool:
        was_asked = STORED_FIELD in self.request.arguments
        return self.framed and bool(ticket.storage_target) and not was_asked

    def _ask_platform(self, ticket: state.Ticket, verified: Verified) -> None:
        """A page that has the platform say what it keeps, and comes back with it."""
        self.show(
            "storage",
            framed_by=verified.framed_by,
            action=f"{self.hub.base_url}lti13/oauth_callback",
            ticket=ticket,
            platform=verified.platform,
            token=self.field("id_token"),
            state=self.field("state"),
        )

    async def _verified(self, ticket: state.Ticket) -> Verified:
        """The launch that the token proves."""
        token = self.field("id_token")
        kid = verify.key_id(token)
        registration = await self._registration(ticket, ticket.deployment_id)
        key = await self.door.key_sets.key(registration.key_set_url, kid)
        claims = verify.signed_claims(token, key)
        stated = claims.get(f"{verify.CLAIM}deployment_id")
        if isinstance(stated, str) and stated not in registration.deployment_ids:
            registration = await self._registration(ticket, stated)
        expected = verify.Expected(
            registration=registration,
            nonce=ticket.nonce,
            deployment_id=ticket.deployment_id,
            target=ticket.target,
            now=time.time(),
            skew_s=self.authenticator.clock_skew_s,
        )
        await self._check(claims, expected)
        self.framed = frames.is_framed(
            self.request.headers, document_target=frames.document_target(claims)
        )
        launch = launch_of(
            claims,
            client_id=registration.client_id,
            target=ticket.target,
            next_url=ticket.next_url,
        )
        framing = (*frames.known(registration), *frames.signed(claims))
        framed_by = frames.ancestors((*framing, *self.authenticator.frame_ancestors))
        return Verified(
            launch=_shown_in(launch, framed_by),
            platform=frames.origin_of(registration.auth_login_url),
            framed_by=framed_by,
        )

    async def _check(self, claims: verify.Claims, expected: verify.Expected) -> None:
        """Nothing for a good token; a deployment that nobody approved is told to the service."""
        try:
            verify.check(claims, expected)
        except LaunchRefused as refused:
            # All but the deployment was found good: the platform itself has named it.
            if refused.code == verify.UNKNOWN_DEPLOYMENT:
                named = claims[f"{verify.CLAIM}deployment_id"]
                await self.door.service.saw(expected.registration, deployment_id=named)
            raise

    async def _registration(self, ticket: state.Ticket, deployment_id: str) -> Registration:
        found: Registration = await self.door.registrations.find(
            issuer=ticket.issuer, client_id=ticket.client_id, deployment_id=deployment_id
        )
        return found


def _shown_in(launch: Launch, framed_by: str) -> Launch:
    """The launch, its selection with the sources that may frame it: its pages are the service's."""
    if launch.deep_linking is None:
        return launch
    sources = tuple(framed_by.split())
    return replace(launch, deep_linking=replace(launch.deep_linking, framed_by=sources))
