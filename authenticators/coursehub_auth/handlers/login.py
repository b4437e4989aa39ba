"""Where a platform begins a login (LTI security framework 5.1.1.1)."""

import time
from http import HTTPStatus

from coursehub.vocabulary.launch import Registration
from coursehub_auth import frames, state
from coursehub_auth.addresses import lies_inside
from coursehub_auth.errors import LaunchRefused, unreadable
from coursehub_auth.handlers.base import LtiHandler
from coursehub_auth.login import LoginRequest, authorization_url, login_request
from coursehub_auth.values import printable

LOGIN_FIELDS = (
    "iss",
    "login_hint",
    "target_link_uri",
    "client_id",
    "lti_deployment_id",
    "lti_message_hint",
    "next",
)
STORAGE_FIELD = "lti_storage_target"


class LoginHandler(LtiHandler):
    """
    A platform begins a login; the browser goes to its authorization endpoint.

    In a frame a page comes first, which finds out where the browser can keep
    the login's state: in a cookie, with the platform, or only in a new window.
    """

    async def get(self) -> None:
        try:
            self.read_form()
            asked = self._asked()
            registration = await self._registration(asked)
            ticket, secret = self._begin(asked, registration)
        except LaunchRefused as refused:
            raise self.refusal(refused) from refused
        finally:
            # The Hub logs addresses; the platform's hints may name a person.
            self.request.uri = self.request.path
        url = authorization_url(
            asked,
            registration,
            ticket,
            redirect_uri=f"{self.hub_url}lti13/oauth_callback",
            state=state.sealed(ticket, key=self.state_key),
        )
        if self.framed:
            self._show_choice(registration, ticket, secret=secret, url=url)
            return
        self.set_header("Cache-Control", "no-store")
        # 303, not 302: the Hub's log writes the target of a 302, hints included.
        self.redirect(url, status=HTTPStatus.SEE_OTHER)

    post = get

    def _asked(self) -> LoginRequest:
        names = (*LOGIN_FIELDS, STORAGE_FIELD)
        return login_request({name: self.field(name) for name in names if self._has(name)})

    async def _registration(self, asked: LoginRequest) -> Registration:
        self.registration_name = printable(f"{asked.issuer}, client {asked.client_id}")
        registration: Registration = await self.door.registrations.find(
            issuer=asked.issuer, client_id=asked.client_id, deployment_id=asked.deployment_id
        )
        self.name_registration(registration)
        return registration

    def _begin(self, asked: LoginRequest, registration: Registration) -> tuple[state.Ticket, str]:
        """The login's ticket and secret, with the cookie set."""
        if not lies_inside(asked.target, origin=self.origin, base_url=self.base_url):
            raise unreadable("target-elsewhere", "The link's target is not an address of this Hub.")
        ticket, secret = state.begin(
            issuer=registration.issuer,
            client_id=registration.client_id,
            deployment_id=asked.deployment_id,
            target=asked.target,
            storage_target=asked.storage_target if self.framed else "",
            next_url=asked.next_url,
            now=time.time(),
        )
        for name in state.surplus(list(self.request.cookies)):
            self.set_state_cookie(name, "", max_age_s=0)
        self.set_state_cookie(ticket.cookie_name, secret, max_age_s=state.LIFE_S)
        return ticket, secret

    def _show_choice(
        self, registration: Registration, ticket: state.Ticket, *, secret: str, url: str
    ) -> None:
        framing = (*frames.known(registration), frames.asker(self.request.headers))
        platform = frames.origin_of(registration.auth_login_url)
        self.show(
            "login",
            framed_by=frames.ancestors((*framing, *self.authenticator.frame_ancestors)),
            # The login anew is redirected to the LMS, and from there perhaps to the
            # university's own login: the directive holds for all of that way.
            form_action=f"'self' https: {platform}",
            go_on=url,
            ticket=ticket,
            secret=secret,
            platform=platform,
            again={name: self.field(name) for name in LOGIN_FIELDS if self._has(name)},
        )

    def _has(self, name: str) -> bool:
        return name in self.request.arguments


class CookieHandler(LtiHandler):
    """Whether this browser kept a login's cookie, asked by our own page in a frame."""

    async def get(self) -> None:
        cookie = self.get_cookie(f"{state.COOKIE_PREFIX}{self.field('login')}")
        self.set_header("Cache-Control", "no-store")
        self.finish({"kept": cookie is not None})
